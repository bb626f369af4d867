package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

const (
	// commandTime is how long a command may take that ends by itself.
	commandTime = 30 * time.Second
	// watchTime is how long an endless one runs before it is interrupted.
	watchTime = 2 * time.Second
	// endTime is how long it may then take.
	endTime = 15 * time.Second
)

// runner runs commands as bash does for a reader.
type runner struct {
	instance *instance
	// path is where signalbox and grpcurl are.
	path string
	dir  string
}

func (r runner) run(ctx context.Context, l line) error {
	ctx, cancel := context.WithTimeout(ctx, commandTime)
	defer cancel()
	//nolint:gosec // the pages' own commands
	command := exec.CommandContext(ctx, "bash", "-c", r.instance.prelude()+r.instance.adapt(l.text))
	command.Dir = r.dir
	command.Env = append(os.Environ(), "PATH="+r.path+string(filepath.ListSeparator)+os.Getenv("PATH")) //nolint:forbidigo // handed on
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	// The whole group: bash waits for what it has started.
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
	if l.endless() {
		return watch(command)
	}
	output, err := command.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w\n%s", err, output)
	}
	return nil
}

// watch lets the command run for a while and interrupts it. One that ended
// before did not do what the page says.
func watch(command *exec.Cmd) error {
	output := &tail{}
	command.Stdout, command.Stderr = output, output
	if err := command.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	select {
	case err := <-ended:
		return fmt.Errorf("it ended by itself: %w\n%s", errors.Join(errEnded, err), output)
	case <-time.After(watchTime):
	}
	if err := syscall.Kill(-command.Process.Pid, syscall.SIGINT); err != nil {
		return fmt.Errorf("interrupt it: %w", err)
	}
	select {
	case err := <-ended:
		_ = err // curl and grpcurl call an interruption a failure
		return nil
	case <-time.After(endTime):
		return fmt.Errorf("it did not stop within %s of an interruption\n%s", endTime, output)
	}
}

var errEnded = errors.New("nobody had interrupted it")

// tail keeps the end of what a command printed.
type tail struct{ text []byte }

const tailBytes = 4 << 10

// Write appends. Only the command's own goroutine calls it, and its reader
// waits for that.
func (t *tail) Write(p []byte) (int, error) {
	t.text = append(t.text, p...)
	t.text = t.text[max(0, len(t.text)-tailBytes):]
	return len(p), nil
}

// String returns what is kept.
func (t *tail) String() string { return string(t.text) }
