package router

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/signalbox-io/signalbox/services/router/retry"
)

// term is a time of standing by and then deciding. What it began to write when it
// is over must not be written any more.
type term struct {
	router *Router
	server *Server
	epoch  atomic.Uint64
	active atomic.Bool
	over   atomic.Bool
}

// begin makes the router that stands by next.
func (p *Replica) begin(rules *Rules) *term {
	t, held := &term{}, p.claim
	open := fence(func() bool { return !t.over.Load() && held.IsHeld() })
	opts := p.opts
	opts.Bus, opts.Dialer = fencedBus{opts.Bus, open}, fencedDialer{opts.Dialer, open}
	t.router = newRouter(opts, rules, p.metrics)
	t.router.place = p.place
	t.server = NewServer(t.router)
	for _, gauge := range []prometheus.Gauge{p.metrics.active, p.metrics.lag, p.metrics.waiting, p.metrics.keys} {
		gauge.Set(0) // what it was at is no concern of this process any more
	}
	p.now.Store(t)
	return t
}

// decide lets the term's router decide until the claim is lost or ctx ends. An
// orderly end stores what was decided first and gives the claim back then, so that
// another one begins at once and with everything.
func (p *Replica) decide(ctx context.Context, t *term) {
	leading, lose := context.WithCancel(ctx)
	defer lose()
	var isOvertaken atomic.Bool
	t.router.loop.lose = func() {
		isOvertaken.Store(true)
		lose()
	}
	keeping, release := context.WithCancel(context.WithoutCancel(ctx))
	defer release()
	var keeper sync.WaitGroup
	isOurs := true
	keeper.Go(func() {
		defer lose()
		isOurs = p.keep(keeping)
	})
	err := p.lead(leading, t)
	t.over.Store(true)
	release()
	keeper.Wait()
	switch {
	case !isOurs:
		p.opts.Logger.WarnContext(ctx, "another router has taken over, standing by", slog.Uint64("epoch", t.epoch.Load()))
	case isOvertaken.Load(): // after its input only a take-over may be recorded
		p.opts.Logger.WarnContext(ctx, "another router has recorded an input, taking over anew", slog.Uint64("epoch", t.epoch.Load()))
	case err == nil:
		p.claim.Release(ctx)
	}
}

// lead takes over, decides until ctx ends and stops. The error is that it did not
// stop in order: then the claim must run out, because nobody knows what is on its
// way.
func (p *Replica) lead(ctx context.Context, t *term) error {
	if !p.takeOver(ctx, t) {
		return nil
	}
	t.active.Store(true)
	p.metrics.active.Set(1)
	p.opts.Logger.InfoContext(ctx, "this process decides now", slog.Uint64("epoch", t.epoch.Load()),
		slog.Uint64("after_sequence", t.router.loop.position.Sequence), slog.Bool("overtakes", t.router.loop.hasOvertaken))
	_ = t.router.Start(ctx) // it never fails
	<-ctx.Done()
	t.active.Store(false)
	p.metrics.active.Set(0)
	return t.router.Stop(p.stopContext())
}

// stopContext is that of Stop, or one that has ended for a router that must stop at
// once.
func (p *Replica) stopContext() context.Context {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopping != nil {
		return p.stopping()
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// takeOver records that this process decides from here on, and reports whether it
// did before ctx ended. From then on the router before can record nothing any more.
func (p *Replica) takeOver(ctx context.Context, t *term) bool {
	l := t.router.loop
	told := retry.Reporting(ctx, func(what string, err error) {
		if err != nil {
			p.opts.Health.Fail(what + ": " + brief(err))
		}
	})
	epoch, err := l.takeOver(told, p.holder)
	if err != nil {
		return false
	}
	t.epoch.Store(epoch)
	p.claim.Number(epoch)
	p.other.Store(nil)
	p.metrics.epoch.Set(float64(epoch))
	p.metrics.takeOvers.Inc()
	t.router.lookAtFiles(ctx)
	l.hasOvertaken = p.claim.IsStolen()
	l.nextSnapshot = time.Now().Add(firstSnapshot) // deciding comes first
	t.router.status.stand(fmt.Sprintf("active, epoch %d", epoch))
	p.opts.Health.Note(t.router.status.note())
	return true
}

// firstSnapshot is how long after a take-over the first snapshot is stored: of much
// state it takes seconds.
const firstSnapshot = 5 * time.Second

// keep renews the claim until ctx ends; false when it is another's. While the bus is
// away nobody can take over, and nothing can be written either.
func (p *Replica) keep(ctx context.Context) bool {
	for retry.Wait(ctx, min(renewEvery, p.opts.TakeOverAfter/6)) == nil {
		isOurs, err := p.claim.Renew(ctx)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			p.opts.Logger.DebugContext(ctx, "claim not renewed", slog.Any("error", err))
		case !isOurs:
			return false
		}
	}
	return true
}
