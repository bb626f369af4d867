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

// patience is how long the whole check may take.
const patience = 6 * time.Minute

func main() {
	var c check
	flag.StringVar(&c.binary, "signalbox", "bin/signalbox", "the binary to run")
	flag.StringVar(&c.data, "data", "../shared/data", "folder of the real data")
	flag.DurationVar(&c.playTime, "play", defaultPlayTime, "how long the slice takes to happen")
	flag.BoolVar(&c.keep, "keep", false, "leave the temporary folder behind")
	flag.Parse()
	c.out = os.Stdout
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	ctx, cancel := context.WithTimeout(ctx, patience)
	err := c.run(ctx)
	cancel()
	stop()
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "replaycheck:", err)
		os.Exit(1) //nolint:forbidigo // this is the main of a test program
	}
}

const (
	// defaultPlayTime makes a week of data a matter of less than a minute.
	defaultPlayTime = 40 * time.Second
	// headStart is how long the processes have before the first record
	// happens. Being late does no harm: polls look back.
	headStart = 5 * time.Second
	// settleTime holds two polls of every source but Anura, so that what must
	// not come has the time to come.
	settleTime = 12 * time.Second
	lookEvery  = time.Second
	tellEvery  = 10 * time.Second
)

// check is one run.
type check struct {
	binary, data string
	playTime     time.Duration
	keep         bool
	out          io.Writer
}

func (c check) say(format string, args ...any) {
	_, _ = fmt.Fprintf(c.out, "replaycheck: "+format+"\n", args...)
}

func (c check) run(ctx context.Context) (err error) {
	if err := checkFolder(c.data); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "signalbox-replaycheck-")
	if err != nil {
		return fmt.Errorf("make a temporary folder: %w", err)
	}
	defer func() {
		if c.keep {
			c.say("configuration, data and logs are in %s", dir)
			return
		}
		err = errors.Join(err, os.RemoveAll(dir))
	}()
	b := &box{dir: dir}
	if b.binary, err = process.Binary(c.binary); err != nil {
		return err
	}
	if b.at, err = freeAddresses(ctx); err != nil {
		return err
	}
	err = errors.Join(c.play(ctx, b), b.stop(ctx))
	if err != nil && !errors.Is(err, errDiffers) && b.signalbox != nil {
		c.say("the log of serve ends with\n%s", b.signalbox.LogTail())
	}
	return err
}

// play lets the slice happen, with one kill, and compares.
func (c check) play(ctx context.Context, b *box) error {
	part := newSlice(time.Now().Add(headStart).UTC(), c.playTime)
	want, err := readExpected(c.data, part)
	if err != nil {
		return err
	}
	if b.config, err = writeConfig(b.dir, b.at, want.sites); err != nil {
		return err
	}
	if err := b.startVendors(ctx, c.data, part); err != nil {
		return err
	}
	if err := b.startSignalbox(ctx); err != nil {
		return err
	}
	c.introduce(want, part)
	if err := c.killHalfway(ctx, b, part); err != nil {
		return err
	}
	return c.judge(ctx, b, want)
}

func (c check) killHalfway(ctx context.Context, b *box, part slice) error {
	if err := sleep(ctx, time.Until(part.start.Add(c.playTime/2))); err != nil {
		return err
	}
	if err := b.check(); err != nil {
		return err
	}
	if err := b.signalbox.Kill(); err != nil {
		return err
	}
	c.say("signalbox was killed in the middle; starting it again")
	if err := b.startSignalbox(ctx); err != nil {
		return err
	}
	return sleep(ctx, time.Until(part.start.Add(c.playTime)))
}

// judge waits until nothing differs, then a while longer, and compares again.
func (c check) judge(ctx context.Context, b *box, want expected) error {
	c.say("the last record has happened; waiting for the last polls (Anura's are a minute apart)")
	until := time.Now().Add(lastPolls)
	told := time.Now()
	for {
		got, err := c.look(ctx, b)
		if err != nil {
			return err
		}
		differences := got.difference(want)
		if len(differences) == 0 || time.Now().After(until) {
			break
		}
		if time.Since(told) >= tellEvery {
			told = time.Now()
			c.say("%d events; %.90s…", got.events, differences[0])
		}
		if err := sleep(ctx, lookEvery); err != nil {
			return err
		}
	}
	if err := sleep(ctx, settleTime); err != nil {
		return err
	}
	got, err := c.look(ctx, b)
	if err != nil {
		return err
	}
	excesses, err := b.excesses(ctx)
	if err != nil {
		return err
	}
	return c.report(want, got, append(got.difference(want), excesses...))
}

// lastPolls is how long the last record may take to the stream: Anura's
// interval of a minute with its jitter, and time for a slow machine.
const lastPolls = 90 * time.Second

func (c check) look(ctx context.Context, b *box) (seen, error) {
	if err := b.check(); err != nil {
		return seen{}, err
	}
	return readStream(ctx, "nats://"+b.at.nats)
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
