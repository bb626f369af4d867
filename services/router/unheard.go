package router

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/lease"
	"github.com/signalbox-io/signalbox/services/router/ledger"
	"github.com/signalbox-io/signalbox/services/router/retry"
)

// tellUnheard offers what the ledger and the leases say and the engine has not
// heard, because a former process was killed after it had written it there and
// before it was recorded as an input. It goes by what the engine waits for, so that
// nothing that it has heard is told again, and what is told twice changes nothing.
// It ends when all is offered, or with ctx.
func (r *Router) tellUnheard(ctx context.Context, open <-chan engine.Open) {
	select {
	case all := <-open:
		for _, id := range all.Actions {
			if r.tellAction(ctx, id) != nil {
				return
			}
		}
		for _, target := range all.Unresumed {
			r.tellResumed(ctx, target)
		}
		r.tellEnds(ctx, all)
	case <-ctx.Done():
	}
}

// tellAction offers what became of one action. The error is that ctx has ended.
func (r *Router) tellAction(ctx context.Context, id string) error {
	var a *actionv1.Action
	err := retry.Do(ctx, r.opts.Logger, "read action "+id, func(ctx context.Context) error {
		record, err := r.ledger.Get(ctx, id)
		a = record.Action
		if errors.Is(err, jetstream.ErrKeyNotFound) || errors.Is(err, ledger.ErrDamaged) {
			return nil // nobody can tell
		}
		return err
	})
	if err != nil || a == nil {
		return err
	}
	if a.GetDecidedBy() != "" && a.GetState() != actionv1.State_STATE_REFUSED {
		r.on.offer(ctx, wordOn(a))
	}
	switch {
	case !isPause(a) || !ledger.IsFinal(a.GetState()) || r.on.retries.isPast(a):
	case !hasLease(a):
		r.on.offer(ctx, endingOf(a))
	case r.leases.Active(lease.Key{Source: a.GetSource(), Target: a.GetTarget()}) == nil:
		r.on.offer(ctx, &routerv1.Input{Content: &routerv1.Input_LeaseEnded{LeaseEnded: &routerv1.LeaseEnded{
			Source: a.GetSource(), Target: a.GetTarget(), State: actionv1.LeaseState_LEASE_STATE_ENDED,
			ActionIds: []string{id}, OnTime: !a.GetExpiresAt().AsTime().After(time.Now()),
		}}})
	}
	return nil
}

// tellResumed offers that an alert whose lease is over is resumed, if it is.
func (r *Router) tellResumed(ctx context.Context, target engine.Target) {
	if r.leases.Active(lease.Key{Source: target.Source, Target: target.Name}) != nil {
		return // its end is told when it comes
	}
	r.on.offer(ctx, &routerv1.Input{Content: &routerv1.Input_LeaseEnded{LeaseEnded: &routerv1.LeaseEnded{
		Source: target.Source, Target: target.Name, State: actionv1.LeaseState_LEASE_STATE_ENDED, OnTime: true,
	}}})
}

// endsKept is how far back ends are told again that the engine has not heard of. It
// keeps in mind for a day longer what it has.
const endsKept = 6 * 24 * time.Hour

// tellEnds offers the ends of actions that came to nothing, as far as the engine has
// not heard of them. Reading the ledger takes a while, in which somebody may have one
// tried again.
func (r *Router) tellEnds(ctx context.Context, all engine.Open) {
	since := time.Now().Add(-endsKept)
	var ends []*actionv1.Action
	err := retry.Do(ctx, r.opts.Logger, "look for ends of actions that nobody has heard of", func(ctx context.Context) error {
		ends = nil
		return r.ledger.Each(ctx, func(a *actionv1.Action) {
			isHeard := all.Heard[engine.EndKey(a.GetId(), a.GetRetries())]
			if isNotDone(a) && !isHeard && a.GetUpdatedAt().AsTime().After(since) {
				ends = append(ends, a)
			}
		})
	})
	if err != nil {
		return // ctx has ended
	}
	for _, a := range ends {
		if !r.on.retries.isPast(a) {
			r.on.offer(ctx, endingOf(a))
		}
	}
}
