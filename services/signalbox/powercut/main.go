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
	"github.com/signalbox-io/signalbox/services/signalbox/process/disk"
)

// diskBytes is room for some minutes of events.
const diskBytes = 2 << 30

// options are what the command line says.
type options struct {
	binary  string
	sync    string
	before  time.Duration
	load    time.Duration
	workers int
}

func main() {
	var o options
	flag.StringVar(&o.binary, "signalbox", "bin/signalbox", "the binary to run")
	flag.StringVar(&o.sync, "sync", "always", "nats.embedded.sync")
	flag.DurationVar(&o.before, "before", 0, "how long the streams are there before events come")
	flag.DurationVar(&o.load, "load", 20*time.Second, "how long events come before the power is cut")
	flag.IntVar(&o.workers, "workers", 16, "publishers, each of which waits for every acknowledgement")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := o.run(ctx, os.Stdout); err != nil {
		stop()
		_, _ = fmt.Fprintln(os.Stderr, "powercut:", err)
		os.Exit(1) //nolint:forbidigo,gocritic // this is the main of a test program
	}
}

// errLoss is returned where nothing may be lost.
var errLoss = errors.New("sync: always must lose nothing")

func (o options) run(ctx context.Context, out io.Writer) error {
	result, err := trial(ctx, o)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintln(out, result)
	if o.sync == "always" && result.isLoss() {
		return errLoss
	}
	return nil
}

// trial runs one power cut from beginning to end.
func trial(ctx context.Context, o options) (result, error) {
	binary, err := process.Binary(o.binary)
	if err != nil {
		return result{}, err
	}
	dir, err := os.MkdirTemp("", "powercut")
	if err != nil {
		return result{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	d, err := disk.New(ctx, dir, diskBytes)
	if err != nil {
		return result{}, err
	}
	ledger, err := o.live(ctx, binary, dir, d)
	if err != nil {
		return result{}, errors.Join(err, d.Detach(context.WithoutCancel(ctx)))
	}
	if err := d.Attach(ctx); err != nil {
		return result{}, err
	}
	found, err := count(ctx, d.Mount, ledger)
	return found, errors.Join(err, d.Detach(context.WithoutCancel(ctx)))
}
