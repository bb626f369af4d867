package process

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// ticksPerSecond is the unit of /proc/PID/stat; Linux has had this one on
// every architecture for decades.
const ticksPerSecond = 100

// RSS returns how many bytes of memory the process holds.
func RSS(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("read the memory of process %d: %w; it takes Linux's /proc", pid, err)
	}
	return parseRSS(string(text))
}

func parseRSS(status string) (int64, error) {
	for line := range strings.Lines(status) {
		value, ok := strings.CutPrefix(line, "VmRSS:")
		if !ok {
			continue
		}
		kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read the memory of a process: %w", err)
		}
		return kib << 10, nil
	}
	return 0, errors.New("read the memory of a process: it holds none, so it has ended")
}

// CPU returns how much processor time the process has used, its threads and
// the kernel's work for it included.
func CPU(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, fmt.Errorf("read the processor time of process %d: %w; it takes Linux's /proc", pid, err)
	}
	return parseCPU(text)
}

// parseCPU reads the 14th and 15th field. The second one is the name, which
// may hold anything, so that fields count from its closing bracket.
func parseCPU(stat []byte) (time.Duration, error) {
	const user, system, needed = 11, 12, 13
	end := bytes.LastIndexByte(stat, ')')
	fields := strings.Fields(string(stat[end+1:]))
	if end < 0 || len(fields) < needed {
		return 0, fmt.Errorf("read the processor time of a process: %d fields in its stat", len(fields))
	}
	var ticks int64
	for _, field := range []string{fields[user], fields[system]} {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read the processor time of a process: %w", err)
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / ticksPerSecond, nil
}
