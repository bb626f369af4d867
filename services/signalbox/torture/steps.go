package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/busserver"
	"github.com/signalbox-io/signalbox/services/signalbox/torture/judge"
	"github.com/signalbox-io/signalbox/services/signalbox/torture/vendor"
	"github.com/signalbox-io/signalbox/services/signalbox/torture/wire"
)

const (
	lookEvery = 50 * time.Millisecond
	// quietTime is how long nothing more must happen once everything has.
	quietTime = 500 * time.Millisecond
)

// stepResult is what one case showed.
type stepResult struct {
	cut     cut
	isHit   bool
	kind    string // of the write or call
	verdict judge.Verdict
	// recoveries are from the kill until the process could work again.
	recoveries []time.Duration
	reached    steps
	hasty      int // see box
	err        error
}

// steps are what a story has done to the bus and to vendors.
type steps struct {
	writes []string // subjects
	calls  []string // methods and paths
	// startWrites and startCalls are how many were made before the story began.
	startWrites, startCalls int
}

// byClock are steps that are made again and again while nothing changes: the word
// that a router still decides, and the lists that leases are compared with.
var byClock = []string{ //nolint:gochecknoglobals // a table
	"$KV." + bus.BucketCursors + "._active", "GET /anodot/api/v2/alerts", "GET /anodot/api/v2/bc/data-streams",
}

// enoughByClock is how many of each are among the steps of a story.
const enoughByClock = 3

// passes reports whether a step is one too many of those that the clock makes.
func (c *stepCase) passes(step string) bool {
	if !slices.Contains(byClock, step) {
		return false
	}
	if c.ticks == nil {
		c.ticks = map[string]int{}
	}
	c.ticks[step]++
	return c.ticks[step] > enoughByClock
}

// stepCase plays the scene once, with one kill or none.
type stepCase struct {
	h     *harness
	scene scene
	cut   cut

	isHit   atomic.Bool
	mu      sync.Mutex
	kind    string
	reached steps
	ticks   map[string]int
}

func (c *stepCase) watchWrite(w wire.Write) wire.Cut {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.passes(w.Subject) {
		return wire.Pass
	}
	c.reached.writes = append(c.reached.writes, w.Subject)
	if c.cut.at != "write" || len(c.reached.writes) != c.cut.number {
		return wire.Pass
	}
	c.kind = kindOf(w.Subject)
	c.isHit.Store(true)
	if c.cut.what == cutAfter {
		return wire.After
	}
	return wire.Before
}

func (c *stepCase) watchCall(call vendor.Call) vendor.Cut {
	c.mu.Lock()
	defer c.mu.Unlock()
	path := call.Method + " " + call.Path
	if c.passes(path) {
		return vendor.Pass
	}
	c.reached.calls = append(c.reached.calls, path)
	if c.cut.at != "call" || len(c.reached.calls) != c.cut.number {
		return vendor.Pass
	}
	c.kind = kindOf(path)
	c.isHit.Store(true)
	return c.cut.atVendor()
}

func (c *stepCase) run(ctx context.Context) (r stepResult) {
	ctx, cancel := context.WithTimeout(ctx, c.scene.time)
	defer cancel()
	r.err = c.play(ctx, &r)
	c.mu.Lock()
	defer c.mu.Unlock()
	r.cut, r.isHit, r.kind, r.reached = c.cut, c.isHit.Load(), c.kind, c.reached
	return r
}

func (c *stepCase) play(ctx context.Context, r *stepResult) (err error) {
	set := c.scene.setup
	set.binary, set.ports, set.call = c.h.binary, c.h.ports, c.watchCall
	b, err := newBox(ctx, set, func(b *box) { b.kill(c.cut.victim) })
	if err != nil {
		return err
	}
	server := busserver.New(busserver.Options{Listen: "127.0.0.1:0", StoreDir: filepath.Join(b.dir, "nats")}, slog.New(slog.DiscardHandler))
	if err := server.Start(ctx); err != nil {
		return err
	}
	proxy, err := wire.NewProxy(ctx, wire.Options{
		Server: strings.TrimPrefix(server.URL(), "nats://"), Watch: c.watchWrite, Kill: func() { b.kill(victimRouter) },
	})
	if err != nil {
		return errors.Join(err, server.Stop(ctx))
	}
	defer func() {
		clean := err == nil && r.verdict.IsClean()
		err = errors.Join(err, b.close(c.h.keep && !clean), proxy.Close(), server.Stop(context.WithoutCancel(ctx)))
		if c.h.keep && !clean {
			c.h.say("steps: %s: logs and data are in %s", c.cut, b.dir)
		}
	}()
	if err := b.prepare(ctx, []string{"nats://" + proxy.Addr()}, []string{server.URL()}); err != nil {
		return err
	}
	return c.tell(ctx, b, r)
}

// tell plays the story in the box and judges it.
func (c *stepCase) tell(ctx context.Context, b *box, r *stepResult) error {
	if err := b.open(ctx); err != nil {
		return err
	}
	c.begin()
	b.grace = c.scene.grace
	if err := c.scene.play(ctx, b); err != nil {
		return err
	}
	err := b.settle(ctx, b.grace)
	r.verdict, r.hasty = b.judge(b.grace), int(b.hasty.Load())
	for _, o := range append(b.router.recoveries(), b.adapters.recoveries()...) {
		r.recoveries = append(r.recoveries, o.To.Sub(o.From))
	}
	return err
}

// begin notes that what is written and called from now on belongs to the story.
func (c *stepCase) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reached.startWrites, c.reached.startCalls = len(c.reached.writes), len(c.reached.calls)
}

// settle waits until everything that is due has happened and nothing is under
// way any more, and a while longer. What has not happened when it should have
// ends the wait too: the judge says so.
func (b *box) settle(ctx context.Context, grace time.Duration) error {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait until the story is over: %w", ctx.Err())
		case <-ticker.C:
		}
		if err := b.check(); err != nil {
			return err
		}
		v := b.judge(grace)
		isOver := v.Missing+v.Left == 0 && b.router.isUp() && b.adapters.isUp() && b.isIdle(ctx)
		if isOver || time.Now().After(b.deadline(grace)) {
			return sleep(ctx, quietTime)
		}
	}
}

// deadline is when everything must have happened, long after it is due.
func (b *box) deadline(grace time.Duration) time.Time {
	last := b.began
	for _, d := range b.dues.List {
		for _, t := range []time.Time{d.From, d.Until} {
			if t.After(last) {
				last = t
			}
		}
	}
	for _, o := range append(append(b.router.recoveries(), b.adapters.recoveries()...), b.excuses.all()...) {
		if o.To.After(last) {
			last = o.To
		}
	}
	return last.Add(3 * grace)
}
