package main

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// Bars of the state that rules keep, with a million keys.
const (
	stateBar    = 500.0  // processor nanoseconds of an event
	keyBytesBar = 200.0  // bytes of a key
	loadBar     = 2000.0 // processor milliseconds to come back from a snapshot
)

// stateUsages are what state is used for, as the benchmark of the engine names it.
func stateUsages() [3]string { return [...]string{"count", "cooldown", "correlation"} }

// figures are what benchmarks print, by the benchmark's name and the unit.
type figures map[string]map[string]float64

// measureState measures what the engine keeps for a million keys. Matching and
// decisions would hide it, so it is measured from inside, by go test.
func (b *bench) measureState(ctx context.Context) ([]row, error) {
	b.say("state of 1,000,000 keys")
	command := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "^Benchmark(State|Snapshot)1M$", "-benchtime", "1x", "./services/router/engine")
	out, err := command.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("measure the state with go test, in the repository's folder: %w\n%s", err, out)
	}
	return stateRows(parseFigures(string(out)))
}

// parseFigures reads the lines of go test's benchmarks: the name with the number
// of processors, how often it ran, and each value before its unit.
func parseFigures(text string) figures {
	all := figures{}
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 2 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := strings.TrimPrefix(fields[0], "Benchmark")
		if at := strings.LastIndexByte(name, '-'); at >= 0 {
			name = name[:at]
		}
		all[name] = map[string]float64{}
		for i := 2; i+1 < len(fields); i += 2 {
			if value, err := strconv.ParseFloat(fields[i], 64); err == nil {
				all[name][fields[i+1]] = value
			}
		}
	}
	return all
}

// taker takes figures and keeps the error of the first that is not there.
type taker struct {
	figures figures
	err     error
}

func (x *taker) take(name, unit string) float64 {
	value, ok := x.figures[name][unit]
	if !ok && x.err == nil {
		x.err = fmt.Errorf("the benchmark %s prints no %s", name, unit)
	}
	return value
}

func stateRows(all figures) ([]row, error) {
	x := &taker{figures: all}
	var rows []row
	most := 0.0
	for _, usage := range stateUsages() {
		name := "State1M/" + usage
		cost, floor := x.take(name, "cpu-ns/event"), x.take(name, "map-ns/event")
		most = max(most, x.take(name, "B/key"))
		rows = append(rows, row{
			what: "state of a million keys, " + usage + ": an event", floor: nanosText(floor), figure: nanosText(cost),
			ratio: times(cost, floor), bar: "≤ 500 ns", isMet: cost <= stateBar,
		})
	}
	rows = append(rows, row{
		what: "the same, memory of a key at most", figure: fmt.Sprintf("%.0f B", most), bar: "≤ 200 B", isMet: most <= keyBytesBar,
	})
	return append(rows, snapshotRows(x)...), x.err
}

func snapshotRows(x *taker) []row {
	const name = "Snapshot1M"
	written, loaded, size := x.take(name, "written-cpu-ms"), x.take(name, "loaded-cpu-ms"), x.take(name, "MB")
	return []row{
		{what: "snapshot of a million keys and ids, written", figure: millisText(written / 1e3)},
		{what: "the same, loaded", figure: millisText(loaded / 1e3), bar: "< 2 s", isMet: loaded < loadBar},
		{what: "the same, its size", figure: bytesText(size * 1e6)},
	}
}

func nanosText(ns float64) string { return fmt.Sprintf("%.0f ns", ns) }
