package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gofrs/flock"
)

// locks keep two processes from running the same part on the same data_dir:
// each would overwrite what the other keeps. The kernel lets go of a lock when
// its process ends, however it ends.
type locks struct {
	dir   string
	parts []string
	held  []*flock.Flock
}

func newLocks(dataDir string, parts []string) *locks {
	return &locks{dir: filepath.Join(dataDir, "lock"), parts: parts}
}

// take makes the folder and takes every lock, or says which process is in the
// way.
func (l *locks) take(context.Context) error {
	if err := os.MkdirAll(l.dir, folderMode); err != nil {
		return fmt.Errorf("make data_dir: %w; set data_dir to a folder that this user may write", err)
	}
	for _, part := range l.parts {
		if err := l.takeOne(part); err != nil {
			return errors.Join(err, l.release(context.Background()))
		}
	}
	return nil
}

func (l *locks) takeOne(part string) error {
	path := filepath.Join(l.dir, part)
	lock := flock.New(path, flock.SetPermissions(0o600))
	taken, err := lock.TryLock()
	if err != nil {
		return fmt.Errorf("lock %s: %w", path, err)
	}
	if !taken {
		return fmt.Errorf("data_dir %s is in use: %s runs in %s; stop that one, or give this one another data_dir",
			filepath.Dir(l.dir), part, owner(path))
	}
	l.held = append(l.held, lock)
	if err := os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())), 0o600); err != nil {
		return fmt.Errorf("note the owner of %s: %w", path, err)
	}
	return nil
}

// owner names the process that wrote itself into the lock.
func owner(path string) string {
	text, err := os.ReadFile(path) //nolint:gosec // a lock of this folder
	if err != nil || strings.TrimSpace(string(text)) == "" {
		return "another process"
	}
	return "process " + strings.TrimSpace(string(text))
}

// release gives the locks back. Their files stay: removing one could take it
// from a process that is just taking it.
func (l *locks) release(context.Context) error {
	var errs []error
	for _, lock := range l.held {
		errs = append(errs, lock.Unlock())
	}
	l.held = nil
	return errors.Join(errs...)
}
