package vendorhttp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

const stampBytes = 8

// journal keeps a window's slots in a file of eight bytes each: nanoseconds
// since 1970, negative while the call is in flight, 0 for a free slot. It
// survives the death of the process; it is not synced to the disk, because a
// machine is not up again within the minute that it covers. The nil journal
// keeps nothing.
type journal struct{ file *os.File }

// openJournal opens or creates the file for n slots and returns the calls it
// holds. A call that was in flight when its process died may have been counted
// up to that moment, so it counts from now; so does a stamp of the future.
func openJournal(path string, n int, now time.Time) (*journal, []time.Time, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, nil, fmt.Errorf("create folder of rate budgets: %w", err)
	}
	content, err := os.ReadFile(path) //nolint:gosec // the path is made of data_dir and a checked source name
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, nil, fmt.Errorf("read rate budget: %w", err)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // same path
	if err != nil {
		return nil, nil, fmt.Errorf("open rate budget: %w", err)
	}
	j := &journal{file: file}
	calls := readStamps(content, now)
	if err := j.rewrite(newWindow(n, calls, nil)); err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	return j, calls, nil
}

func readStamps(content []byte, now time.Time) []time.Time {
	var calls []time.Time
	for ; len(content) >= stampBytes; content = content[stampBytes:] {
		stamp := int64(binary.BigEndian.Uint64(content))
		at := time.Unix(0, stamp)
		switch {
		case stamp == 0:
			continue
		case stamp < 0 || at.After(now):
			at = now
		}
		if now.Sub(at) < span {
			calls = append(calls, at)
		}
	}
	return calls
}

// rewrite gives the file the window's size and content, so that later writes
// need no further space on the disk.
func (j *journal) rewrite(w *window) error {
	if err := j.file.Truncate(int64(len(w.slots) * stampBytes)); err != nil {
		return fmt.Errorf("size rate budget: %w", err)
	}
	for i, s := range w.slots {
		if err := j.write(i, s.at, s.busy); err != nil {
			return err
		}
	}
	return nil
}

func (j *journal) write(i int, at time.Time, busy bool) error {
	if j == nil {
		return nil
	}
	var stamp int64
	if !at.IsZero() {
		stamp = at.UnixNano()
	}
	if busy {
		stamp = -stamp
	}
	var b [stampBytes]byte
	binary.BigEndian.PutUint64(b[:], uint64(stamp))
	if _, err := j.file.WriteAt(b[:], int64(i*stampBytes)); err != nil {
		return fmt.Errorf("write rate budget: %w", err)
	}
	return nil
}

func (j *journal) close() error {
	if j == nil {
		return nil
	}
	return j.file.Close()
}
