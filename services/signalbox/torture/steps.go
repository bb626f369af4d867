package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/signalbox-io/signalbox/pkg/bus/busserver"
	"github.com/signalbox-io/signalbox/services/signalbox/torture/judge"
	"github.com/signalbox-io/signalbox/services/signalbox/torture/story"
	"github.com/signalbox-io/signalbox/services/signalbox/torture/vendor"
	"github.com/signalbox-io/signalbox/services/signalbox/torture/wire"
)

const (
	stepReconcile = time.Second
	// stepGrace is one comparison of the leases, and what a busy machine takes.
	stepGrace = stepReconcile + 7*time.Second
	// stepTime bounds one case.
	stepTime  = 90 * time.Second
	lookEvery = 50 * time.Millisecond
	// quietTime is how long nothing more must happen once everything has.
	quietTime = 500 * time.Millisecond
)

// stepStory has a lease with two holders, an alert that somebody else has
// paused, a watcher and a notification.
func stepStory() []story.Beat {
	return []story.Beat{{Alert: "a1"}, {Alert: "a1", IsLonger: true}, {Metric: "m1", IsHigh: true}, {Alert: "a2"}}
}

// stepResult is what one case showed.
type stepResult struct {
	cut     cut
	isHit   bool
	kind    string // of the write or call
	verdict judge.Verdict
	// recoveries are from the kill until the process could work again.
	recoveries []time.Duration
	writes     []string // subjects, of the baseline
	calls      []string
	err        error
}

// stepCase plays the story once, with one kill or none.
type stepCase struct {
	h   *harness
	cut cut

	isHit  atomic.Bool
	mu     sync.Mutex
	kind   string
	writes []string
	calls  []string
}

func (c *stepCase) watchWrite(w wire.Write) wire.Cut {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writes = append(c.writes, w.Subject)
	if c.cut.at != "write" || w.Number != c.cut.number {
		return wire.Pass
	}
	c.kind = kindOf(w.Subject)
	c.isHit.Store(true)
	if c.cut.isAfter {
		return wire.After
	}
	return wire.Before
}

func (c *stepCase) watchCall(call vendor.Call) vendor.Cut {
	c.mu.Lock()
	defer c.mu.Unlock()
	path := call.Method + " " + call.Path
	c.calls = append(c.calls, path)
	if c.cut.at != "call" || call.Number != c.cut.number {
		return vendor.Pass
	}
	c.kind = kindOf(path)
	c.isHit.Store(true)
	if c.cut.isAfter {
		return vendor.After
	}
	return vendor.Before
}

func (c *stepCase) run(ctx context.Context) (r stepResult) {
	ctx, cancel := context.WithTimeout(ctx, stepTime)
	defer cancel()
	r.err = c.play(ctx, &r)
	c.mu.Lock()
	defer c.mu.Unlock()
	r.cut, r.isHit, r.kind, r.writes, r.calls = c.cut, c.isHit.Load(), c.kind, c.writes, c.calls
	return r
}

func (c *stepCase) play(ctx context.Context, r *stepResult) (err error) {
	b, err := newBox(ctx, setup{
		binary: c.h.binary, ports: c.h.ports, leases: story.Leases{Short: c.h.lease, Long: c.h.lease + time.Second},
		alerts: []string{"a1"}, foreign: []string{"a2"}, reconcile: stepReconcile, call: c.watchCall,
	}, func(b *box) { b.kill(c.cut.victim) })
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
			err = errors.Join(err, fmt.Errorf("logs and data are in %s", b.dir))
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
	for i, what := range stepStory() {
		if err := b.publish(ctx, i, what); err != nil {
			return err
		}
	}
	err := b.settle(ctx, stepGrace)
	r.verdict = b.judge(stepGrace)
	for _, o := range append(b.router.recoveries(), b.adapters.recoveries()...) {
		r.recoveries = append(r.recoveries, o.To.Sub(o.From))
	}
	return err
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
