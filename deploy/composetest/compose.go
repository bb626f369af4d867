package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
)

// composeCommand runs the compose command.
type composeCommand struct {
	line string
	out  io.Writer
}

const (
	lookEvery   = 500 * time.Millisecond
	cleanupTime = time.Minute
	healthyTime = 2 * time.Minute
	logLines    = "40"
)

func (c composeCommand) command(ctx context.Context, args ...string) *exec.Cmd {
	words := strings.Fields(c.line)
	return exec.CommandContext(ctx, words[0], append(words[1:], args...)...) //nolint:gosec // the caller's own command
}

// run runs compose quietly and shows its output when it goes wrong.
func (c composeCommand) run(ctx context.Context, args ...string) error {
	output, err := c.command(ctx, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w\n%s", c.line, strings.Join(args, " "), err, output)
	}
	return nil
}

// waitHealthy waits until the health check of every container says so.
func (c composeCommand) waitHealthy(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, healthyTime)
	defer cancel()
	last := "no container"
	for {
		sick, err := c.sick(ctx)
		if err == nil && len(sick) == 0 {
			return nil
		}
		if err == nil {
			last = strings.Join(sick, ", ")
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait until every container is healthy: %s: %w", last, ctx.Err())
		case <-time.After(lookEvery):
		}
	}
}

// sick returns the containers that are not healthy, with their state.
func (c composeCommand) sick(ctx context.Context) ([]string, error) {
	ids, err := c.command(ctx, "ps", "-q").Output()
	if err != nil {
		return nil, fmt.Errorf("list the containers: %w", err)
	}
	fields := strings.Fields(string(ids))
	if len(fields) == 0 {
		return []string{"no container"}, nil
	}
	args := append([]string{"inspect", "--format", "{{.Name}} {{.State.Health.Status}}"}, fields...)
	states, err := exec.CommandContext(ctx, "docker", args...).Output() //nolint:gosec // ids come from docker
	if err != nil {
		return nil, fmt.Errorf("inspect the containers: %w", err)
	}
	var sick []string
	for line := range strings.Lines(string(states)) {
		if !strings.HasSuffix(strings.TrimSpace(line), " healthy") {
			sick = append(sick, strings.TrimSpace(line))
		}
	}
	return sick, nil
}

// waitRole waits until a router says that it has the role.
func (c composeCommand) waitRole(ctx context.Context, service, role string) error {
	return poll(ctx, service+" to be "+role, func() (bool, string, error) {
		says, err := c.command(ctx, "exec", "-T", service, "/signalbox", "health", "--addr", "http://127.0.0.1:7421/readyz").CombinedOutput()
		return err == nil && strings.Contains(string(says), role), strings.TrimSpace(string(says)), nil
	})
}

// showLogs shows the end of each container's log.
func (c composeCommand) showLogs() {
	ctx, cancel := context.WithTimeout(context.Background(), cleanupTime)
	defer cancel()
	var logs bytes.Buffer
	command := c.command(ctx, "logs", "--no-color", "--tail", logLines)
	command.Stdout, command.Stderr = &logs, &logs
	if err := command.Run(); err != nil {
		_, _ = fmt.Fprintln(c.out, "composetest: show the logs:", err)
	}
	_, _ = io.Copy(c.out, &logs)
}

func (c composeCommand) takeDown() {
	ctx, cancel := context.WithTimeout(context.Background(), cleanupTime)
	defer cancel()
	if err := c.run(ctx, "down", "--volumes", "--remove-orphans", "--timeout", "5"); err != nil {
		_, _ = fmt.Fprintln(c.out, "composetest:", err)
	}
}
