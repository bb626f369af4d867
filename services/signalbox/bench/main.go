package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/signalbox-io/signalbox/services/signalbox/process"
)

// patience is how long the whole run may take.
const patience = 25 * time.Minute

func main() {
	var b bench
	var floor floorOptions
	var page string
	flag.StringVar(&b.binary, "signalbox", "bin/signalbox", "the binary to measure")
	flag.StringVar(&page, "out", "", "page whose figures are written anew, such as docs/benchmarks.md")
	flag.StringVar(&b.only, "only", "", "parts to measure, such as matching,router; all if empty")
	flag.IntVar(&b.rounds, "rounds", 5, "how often starts and throughput are measured; the median counts")
	flag.IntVar(&b.events, "events", 200_000, "events on the stream that the router catches up with")
	flag.StringVar(&floor.nats, "floor", "", "internal: be the bare NATS server on this address")
	flag.StringVar(&floor.http, "floor-http", "", "internal: address of its /readyz")
	flag.StringVar(&floor.store, "floor-store", "", "internal: folder of its store")
	flag.StringVar(&floor.sync, "floor-sync", "", "internal: when it flushes")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := floor.runOr(ctx, func(ctx context.Context) error { return b.run(ctx, page, os.Stdout) })
	stop()
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1) //nolint:forbidigo // this is the main of a benchmark
	}
}

// bench is one run.
type bench struct {
	binary string
	only   string // names of parts, "" for all
	rounds int
	events int

	dir string
	out io.Writer
	// self is this program, which is the floor's too.
	self string
}

func (b *bench) say(format string, args ...any) {
	_, _ = fmt.Fprintf(b.out, "bench: "+format+"\n", args...)
}

func (b *bench) run(ctx context.Context, page string, out io.Writer) (err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	b.out = out
	if b.binary, err = process.Binary(b.binary); err != nil {
		return err
	}
	if b.self, err = os.Executable(); err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	if b.dir, err = os.MkdirTemp("", "signalbox-bench-"); err != nil {
		return fmt.Errorf("make a temporary folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	on := machine()
	rows, err := b.measure(ctx)
	if err != nil {
		return err
	}
	text := on + "\n\n" + table(rows)
	_, _ = fmt.Fprintf(out, "\n%s", text)
	if page == "" {
		return nil
	}
	return rewrite(page, text)
}

// part is one experiment.
type part struct {
	name    string
	measure func(context.Context) ([]row, error)
}

func (b *bench) parts() []part {
	return []part{
		{"matching", b.measureMatching},
		{"state", b.measureState},
		{"start", b.measureStart},
		{"router", b.measureRouter},
		{"poller", b.measurePoller},
		{"latency", b.measureLatency},
		{"action", b.measureActions},
		{"comparing", b.measureComparing},
		{"take-over", b.measureTakeOver},
		{"backtest", b.measureBacktest},
		{"loading", b.measureLoading},
		{"size", b.measureSize},
	}
}

// measure takes the figures, one after the other, so that none disturbs another.
func (b *bench) measure(ctx context.Context) ([]row, error) {
	var rows []row
	for _, p := range b.parts() {
		if b.only != "" && !slices.Contains(strings.Split(b.only, ","), p.name) {
			continue
		}
		more, err := p.measure(ctx)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("--only %s names no part; there are matching, state, start, router, poller, latency, action, comparing, take-over, backtest, loading and size", b.only)
	}
	return rows, nil
}

func (b *bench) measureSize(context.Context) ([]row, error) {
	info, err := os.Stat(b.binary)
	if err != nil {
		return nil, fmt.Errorf("measure the binary: %w", err)
	}
	return []row{{what: "size of the binary", figure: bytesText(float64(info.Size()))}}, nil
}

// machine tells where it is measured, and how busy that is with something else.
func machine() string {
	return fmt.Sprintf("Measured on %s/%s with %d processors (%s), %s; the load average was %s at the start.",
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), processor(), runtime.Version(), load())
}
