package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"time"

	"github.com/signalbox-io/signalbox/pkg/bus/busserver"
	"github.com/signalbox-io/signalbox/services/signalbox/torture/story"
	"github.com/signalbox-io/signalbox/services/signalbox/torture/wire"
)

// spare is what a story may take beyond its length.
const spare = 6 * time.Minute

// drawFrom returns what draws the n-th kind of thing from the seed.
func (h *harness) drawFrom(n uint64) *rand.Rand {
	return rand.New(rand.NewPCG(h.seed, n)) //nolint:gosec // a seed repeats a story
}

// chaos plays a long story and breaks something every few seconds.
func (h *harness) chaos(ctx context.Context) (r row, err error) {
	s := h.scale()
	ctx, cancel := context.WithTimeout(ctx, s.length+spare)
	defer cancel()
	h.say("chaos: %s, %d events, %d pauses, %d watchers, seed %d", s.length, s.events, s.pauses, s.watchers, h.seed)
	m := &mischief{random: h.drawFrom(1), done: map[string]int{}}
	r = row{part: "chaos", faults: m.done}
	m.box, err = newBox(ctx, setup{
		binary: h.binary, ports: h.ports, leases: s.leases, alerts: s.alerts(), reconcile: s.reconcile, call: m.watchCall,
	}, nil)
	if err != nil {
		return r, err
	}
	address, err := h.ports.free(ctx)
	if err != nil {
		return r, err
	}
	m.server = busserver.New(busserver.Options{Listen: address, StoreDir: filepath.Join(m.box.dir, "nats")}, slog.New(slog.DiscardHandler))
	proxy, err := wire.NewProxy(ctx, wire.Options{Server: address, Watch: m.watchWrite, Kill: func() { m.box.kill(victimRouter) }})
	if err != nil {
		return r, err
	}
	err = errors.Join(m.server.Start(ctx), m.box.prepare(ctx, []string{"nats://" + proxy.Addr()}, []string{"nats://" + address}))
	if err == nil {
		err = h.playChaos(ctx, m, s, &r)
	}
	keep := h.keep && (err != nil || !r.IsClean())
	if keep {
		h.say("chaos: logs and data are in %s", m.box.dir)
	}
	return r, errors.Join(err, m.box.close(keep), proxy.Close(), m.server.Stop(context.WithoutCancel(ctx)))
}

func (h *harness) playChaos(ctx context.Context, m *mischief, s scale, r *row) error {
	if err := m.box.open(ctx); err != nil {
		return err
	}
	ended := make(chan error, 1)
	for _, at := range s.limits {
		m.limits = append(m.limits, m.box.began.Add(at))
	}
	go func() { ended <- m.play(ctx, m.box.began.Add(s.length), s.between) }()
	err := m.box.play(ctx, s.script(h.drawFrom(2)))
	if err = errors.Join(err, <-ended); err != nil {
		return err
	}
	m.box.vendors.Simulator.ClearFaults("")
	err = m.box.settle(ctx, s.grace)
	h.sum(m.box, s.grace, r)
	return err
}

// play lets every beat happen in its time.
func (b *box) play(ctx context.Context, beats []story.Beat) error {
	for i, what := range beats {
		if err := sleep(ctx, time.Until(b.began.Add(what.After))); err != nil {
			return err
		}
		if err := b.check(); err != nil {
			return err
		}
		if err := b.publish(ctx, i, what); err != nil {
			return err
		}
	}
	return nil
}

// sum judges a long story, prints what is wrong, and how to repeat it.
func (h *harness) sum(b *box, grace time.Duration, r *row) {
	r.Verdict = b.judge(grace)
	for _, excess := range b.vendors.Simulator.Excesses() {
		r.Faults = append(r.Faults, fmt.Sprintf("budget: %s was called beyond its limit of %d a minute (%s)",
			excess.Vendor, excess.LimitPerMinute, excess.Class))
	}
	for _, o := range append(b.router.recoveries(), b.adapters.recoveries()...) {
		r.recoveries = append(r.recoveries, o.To.Sub(o.From))
	}
	for _, fault := range r.Faults {
		h.say("%s: %s", r.part, fault)
	}
	if !r.IsClean() {
		quick := ""
		if h.quick {
			quick = " --quick"
		}
		h.say("%s: repeat it with: %s", r.part, h.again("--part %s --seed %d --length %s%s --keep", r.part, h.seed, h.length, quick))
	}
}
