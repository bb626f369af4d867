package router

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/backtest"
	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/explain"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// lookback explains one event from what is stored. A set that decided about the
// event is followed as the router itself follows its records after a restart: each
// switch of rules, approval and end of a lease takes its place, so that what is
// explained is what was decided. Any other set is taken as if it had always been in
// force.
type lookback struct {
	router   *Router
	js       jetstream.JetStream
	asked    *rule.Set
	request  *routerv1.ExplainRequest
	settings engine.Settings

	at placed
	// recorded was decided about the event, the last of it at lastRecord.
	recorded   []*decisionv1.Decision
	lastRecord time.Time
	// inForce is the version that decided when the event came, "" if no record
	// tells; isFollowed tells that the records are followed.
	inForce    string
	isFollowed bool
	// isSettled tells that what was decided about the event is recorded.
	isSettled bool

	events, inputs, decisions *jetstream.StreamInfo
	sets                      map[string]*rule.Set // by version; nil for one that is not kept
}

// placed is where an event stands on its stream.
type placed struct {
	sequence         uint64
	stored, occurred time.Time
}

// isRead reports whether there is an event that can be read.
func (p placed) isRead() bool { return !p.occurred.IsZero() }

// explain goes over as much as the clauses of the rules reach back. What comes out
// otherwise than was recorded depends on more: then everything that is stored is
// gone over.
func (l *lookback) explain(ctx context.Context) (*routerv1.ExplainResponse, error) {
	from := l.at.stored.Add(-backtest.Reach(l.asked, l.settings))
	run, err := l.goOver(ctx, from)
	if err != nil {
		return nil, err
	}
	isShort := false
	if run.Differs(l.request.GetRules()...) && from.After(l.events.State.FirstTime) {
		whole, err := l.goOverAll(ctx)
		switch {
		case err == nil:
			run, from = whole, time.Time{}
		case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
			isShort = true
		default:
			return nil, err
		}
	}
	answer := run.Explain(l.request.GetRules()...)
	if answer == nil {
		return nil, noSuchEvent(l.request.GetEventId())
	}
	answer.DecidedBy, answer.Notes = l.inForce, l.notes(answer, from, isShort)
	return answer, nil
}

// goOverAll goes over everything that is stored, and leaves time to answer without
// it where that takes too long.
func (l *lookback) goOverAll(ctx context.Context) (*explain.Run, error) {
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-time.Until(deadline)/10))
		defer cancel()
	}
	return l.goOver(ctx, time.Time{})
}

// goOver shows a run what is stored from a time on, until nothing about the event
// can be decided any more.
func (l *lookback) goOver(ctx context.Context, from time.Time) (*explain.Run, error) {
	run := explain.New(l.asked, l.settings, l.request.GetEventId())
	run.Recorded(l.recorded, l.isFollowed, l.isSettled)
	until := l.until()
	window := backtest.Stored{JetStream: l.js, From: from, To: until.Add(time.Nanosecond)}
	if err := window.Over(ctx, &followed{Run: run, ctx: ctx, lookback: l}); err != nil {
		return nil, fmt.Errorf("go over the stored events: %w", err)
	}
	if passed := l.events.TimeStamp.Add(-clockMargin); passed.Before(until) { // as the router waits
		until = passed
	}
	run.End(until)
	return run, nil
}

// until is when nothing is decided about the event any more, as far as is known: a
// suggestion may be refused when it is approved, long after.
func (l *lookback) until() time.Time {
	began := l.at.stored
	if l.at.occurred.After(began) { // by a clock that is ahead
		began = l.at.occurred
	}
	until := began.Add(explain.After(l.asked, l.settings))
	if l.lastRecord.After(until) {
		return l.lastRecord
	}
	return until
}

// followed is a run that follows the switches of rules.
type followed struct {
	*explain.Run

	ctx      context.Context //nolint:containedctx // a visitor is called within one visit
	lookback *lookback
}

// Take is shown what was recorded besides events.
func (f *followed) Take(in *routerv1.Input) error {
	version := in.GetRuleSetSwitch().GetRuleSet()
	if in.GetRuleSetSwitch() == nil || !f.lookback.isFollowed {
		return f.Run.Take(in)
	}
	set, err := f.lookback.setOf(f.ctx, version)
	if err != nil || set == nil {
		return err
	}
	at := time.Time{}
	if in.GetTakenAt() != nil {
		at = in.GetTakenAt().AsTime()
	}
	return f.Switch(at, set, func(w *engine.Warmer) error {
		from := in.GetRuleSetSwitch().GetWarmFrom()
		if from == nil {
			return explain.ErrNotWarmed
		}
		_, err := warmUp(f.ctx, f.lookback.js, w, from.AsTime(), in.GetAfterSequence())
		return err
	})
}

// setOf returns the set of that version, nil if it is not kept.
func (l *lookback) setOf(ctx context.Context, version string) (*rule.Set, error) {
	if set, ok := l.sets[version]; ok {
		return set, nil
	}
	rules, err := archive{l.router.opts.Bus}.load(ctx, version)
	switch {
	case errors.Is(err, errNoSet):
		l.sets[version] = nil
	case err != nil:
		return nil, err
	default:
		l.sets[version] = rules.Set
	}
	return l.sets[version], nil
}
