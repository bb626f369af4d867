package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/signalbox-io/signalbox/services/signalbox/process"
)

// errFaults ends the command with exit code 1.
var errFaults = errors.New("a promise was not kept; see the faults above")

// harness is what every part works with.
type harness struct {
	binary string
	ports  *ports
	out    io.Writer

	mu       sync.Mutex // of out
	parts    string
	only     string
	scene    string
	seed     uint64
	quick    bool
	keep     bool
	parallel int
	lease    time.Duration
	grace    time.Duration
	length   time.Duration
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == nodeCommand {
		os.Exit(runNode(os.Args[2:])) //nolint:forbidigo // this is the main of a test program
	}
	h := &harness{out: os.Stdout, ports: &ports{}}
	h.flags(flag.CommandLine)
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := h.run(ctx)
	stop()
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "torture:", err)
		os.Exit(1) //nolint:forbidigo // this is the main of a test program
	}
}

// flags are the settings of the command line.
func (h *harness) flags(set *flag.FlagSet) {
	set.StringVar(&h.binary, "signalbox", "bin/signalbox", "the binary to break")
	set.StringVar(&h.parts, "part", "steps,chaos,cluster", "which parts to run")
	set.StringVar(&h.only, "case", "", "the only cut of part steps to make, such as leases:write:12:before:router")
	set.StringVar(&h.scene, "scene", "", "the only scenes of part steps to play: of leases, words, stop, timed, refused, once and stream")
	set.Uint64Var(&h.seed, "seed", 0, "what chaos and cluster draw from, and where --quick begins; 0 takes one of the clock")
	set.BoolVar(&h.quick, "quick", false, "a part of each that takes a minute on two processors")
	set.BoolVar(&h.keep, "keep", false, "leave the folders of cases that failed behind")
	set.IntVar(&h.parallel, "parallel", 16, "how many cases of part steps run at once")
	set.DurationVar(&h.lease, "lease", 11*time.Second, "how long part steps pauses")
	set.DurationVar(&h.grace, "grace", 8*time.Second, "what an effect of part steps may take on this machine; less than --lease")
	set.DurationVar(&h.length, "length", 10*time.Minute, "how long the story of chaos takes")
}

func (h *harness) say(format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, _ = fmt.Fprintf(h.out, "torture: "+format+"\n", args...)
}

// again is the command that repeats what failed.
func (h *harness) again(format string, args ...any) string {
	return "go run ./services/signalbox/torture --signalbox " + h.binary + " " + fmt.Sprintf(format, args...)
}

func (h *harness) run(ctx context.Context) (err error) {
	if h.binary, err = process.Binary(h.binary); err != nil {
		return err
	}
	if h.lease < h.grace+2*time.Second {
		return fmt.Errorf("--lease %s is to be two seconds longer than --grace %s: what is missing could not be told from what came too late", h.lease, h.grace)
	}
	if h.seed == 0 {
		h.seed = uint64(time.Now().UnixNano()) % 1_000_000
	}
	h.ports.next = int(rand.Uint32() % (lastPort - firstPort)) //nolint:gosec // two harnesses at once should not meet
	var list []partOf
	for name := range strings.SplitSeq(h.parts, ",") {
		i := slices.IndexFunc(h.all(), func(p partOf) bool { return p.name == name })
		if i < 0 {
			return fmt.Errorf("there is no part %q; there are steps, chaos and cluster", name)
		}
		list = append(list, h.all()[i])
	}
	rows, err := h.runParts(ctx, list)
	return errors.Join(h.report(rows), err)
}

// partOf is one part of the harness.
type partOf struct {
	name string
	run  func(context.Context) (row, error)
}

func (h *harness) all() []partOf {
	return []partOf{{"steps", h.steps}, {"chaos", h.chaos}, {"cluster", h.cluster}}
}

// runParts runs part steps beside the others, which come one after the other, or
// for --quick all at once: they mostly wait.
func (h *harness) runParts(ctx context.Context, list []partOf) ([]row, error) {
	rows, faults := make([]row, len(list)), make([]error, len(list))
	var running sync.WaitGroup
	before := make(chan struct{})
	close(before)
	for i, part := range list {
		mine, next := before, make(chan struct{})
		if h.quick || part.name == "steps" {
			mine, next = nil, before
		}
		before = next
		running.Go(func() {
			if mine != nil {
				<-mine
				defer close(next)
			}
			r, err := part.run(ctx)
			if err != nil {
				err = fmt.Errorf("%s: %w", part.name, err)
			}
			rows[i], faults[i] = r, err
		})
	}
	running.Wait()
	return rows, errors.Join(faults...)
}
