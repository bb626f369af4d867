package process

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

// ErrGone is returned for a process that ended on its own.
var ErrGone = errors.New("process has ended")

// killWait is how long the kernel may take to end a killed process.
const killWait = 10 * time.Second

// Process is one running process. Its owner calls [Process.Stop] or
// [Process.Kill] at the end; both are harmless on one that has ended.
type Process struct {
	// Name is what messages call it.
	Name string

	log    string
	cmd    *exec.Cmd
	exited chan struct{}
	err    error // of the exit, readable once exited is closed
}

// Start runs the command. What it prints goes to the end of <name>.log in dir,
// so that a second process of the same name continues the first one's log. The
// process does not end with a context: that would hide who ends it.
func Start(dir, name, path string, args ...string) (*Process, error) {
	p := &Process{Name: name, log: filepath.Join(dir, name+".log"), exited: make(chan struct{})}
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the log of %s: %w", name, err)
	}
	defer func() { _ = log.Close() }()  // the process has its own copy
	p.cmd = exec.Command(path, args...) //nolint:gosec,noctx // the caller's own binary, ended by Stop and Kill
	p.cmd.Stdout, p.cmd.Stderr = log, log
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		defer close(p.exited)
		p.err = p.cmd.Wait()
	}()
	return p, nil
}

// Binary returns the whole path of the binary to run, or how to get one.
func Binary(path string) (string, error) {
	whole, err := filepath.Abs(path)
	if err == nil {
		_, err = os.Stat(whole)
	}
	if err != nil {
		return "", fmt.Errorf("find the binary to run: %w; build it with make build, or give another one with --signalbox", err)
	}
	return whole, nil
}

// PID is the id that the kernel gave the process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Check returns ErrGone if the process has ended, with its exit code and the
// end of its log.
func (p *Process) Check() error {
	select {
	case <-p.exited:
		return fmt.Errorf("%s: %w (%w); its log ends with\n%s", p.Name, ErrGone, exitOf(p.err), p.LogTail())
	default:
		return nil
	}
}

func exitOf(err error) error {
	if err == nil {
		return errors.New("exit code 0")
	}
	return err
}

// Kill ends the process as `kill -9` does, and waits until it is gone.
func (p *Process) Kill() error {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill %s: %w", p.Name, err)
	}
	select {
	case <-p.exited:
		return nil
	case <-time.After(killWait):
		return fmt.Errorf("kill %s: process %d is still there after %s", p.Name, p.PID(), killWait)
	}
}

// Stop asks the process to stop, and waits until it has. One that has not when
// ctx ends is killed, and that is an error, as is another exit code than 0.
func (p *Process) Stop(ctx context.Context) error {
	if err := p.Check(); err != nil {
		return nil //nolint:nilerr // it has stopped, however that came
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop %s: %w", p.Name, err)
	}
	select {
	case <-p.exited:
	case <-ctx.Done():
		return errors.Join(fmt.Errorf("stop %s: %w", p.Name, ctx.Err()), p.Kill())
	}
	if p.err != nil {
		return fmt.Errorf("stop %s: %w", p.Name, p.err)
	}
	return nil
}

const tailBytes = 4 << 10

// LogTail returns the end of what the process printed.
func (p *Process) LogTail() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-tailBytes):])
}
