package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/signalbox-io/signalbox/services/signalbox/process"
)

// longrun is one run.
type longrun struct {
	binary, data string
	last, every  time.Duration
	speed        float64
	out          io.Writer
}

func main() {
	var l longrun
	flag.StringVar(&l.binary, "signalbox", "bin/signalbox", "the binary to run")
	flag.StringVar(&l.data, "data", "../shared/data", "folder of the recorded data")
	flag.DurationVar(&l.last, "for", 30*time.Minute, "how long it runs")
	flag.DurationVar(&l.every, "every", 10*time.Second, "how often is looked")
	flag.Float64Var(&l.speed, "speed", 400, "how many times faster the data happen")
	flag.Parse()
	l.out = os.Stdout
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := l.run(ctx)
	stop()
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "longrun:", err)
		os.Exit(1) //nolint:forbidigo // this is the main of a test program
	}
}

const (
	answerEvery = 50 * time.Millisecond
	startTime   = time.Minute
	stopTime    = 12 * time.Second
)

func (l longrun) run(ctx context.Context) (err error) {
	binary, err := process.Binary(l.binary)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "signalbox-longrun-")
	if err != nil {
		return fmt.Errorf("make a temporary folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	at, err := l.start(ctx, binary, dir)
	defer func() { err = errors.Join(err, at.stop(ctx)) }()
	if err != nil {
		return err
	}
	samples, err := l.watch(ctx, at)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprint(l.out, table(samples))
	return judge(samples)
}

// watch looks again and again until the time is over.
func (l longrun) watch(ctx context.Context, at *box) ([]sample, error) {
	var samples []sample
	ticker := time.NewTicker(l.every)
	defer ticker.Stop()
	for end := time.Now().Add(l.last); time.Now().Before(end); {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-ticker.C:
		}
		s, err := at.look(ctx)
		if err != nil {
			return nil, err
		}
		samples = append(samples, s)
		if len(samples)%6 == 0 {
			_, _ = fmt.Fprintf(l.out, "longrun: %s left; %s\n", time.Until(end).Round(time.Second), s)
		}
	}
	return samples, nil
}
