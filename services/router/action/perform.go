package action

import (
	"context"
	"fmt"
	"slices"
	"time"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/lease"
	"github.com/signalbox-io/signalbox/services/router/ledger"
)

// perform has an effect made that can be read back. Where it is under a lease, the
// record in ATTEMPTING with the state read before is the lease's intent: whoever
// finds it reads the vendor and, if the effect is there, takes the lease, even one
// that is over by then.
func (x *Executor) perform(ctx context.Context, r ledger.Record, t *turn, e *effect) (ledger.Record, error) {
	a, isFresh, l := r.Action, !mayHaveHappened(r), x.leaseOf(r.Action, e)
	switch {
	case holds(l, a): // the lease was taken, and the action's end not written
		return x.end(ctx, r, done, underLease(detailHolds, l))
	case isFresh && x.isExpired(a):
		return x.end(ctx, r, expired, expiry(a))
	case r.State() == pending && l != nil:
		return x.hold(ctx, r, e, l.GetMadeId(), detailJoined)
	case isFresh && x.isGivenUp(t, e.giveUp):
		return x.end(ctx, r, failed, givenUp(a, e.giveUp))
	}
	seen, err := x.lookFor(ctx, r, t, e)
	if err != nil {
		return x.unseen(ctx, r, t, e, err)
	}
	t.gone = absence{}
	switch {
	case seen.isThere && isFresh:
		return x.foundThere(ctx, r, e, seen)
	case seen.isThere && e.deletes && !t.isMissing(): // one answer may be wrong
		t.wait = x.opts.ReadBackEvery
		return r, nil
	case seen.isThere && t.accepted:
		return x.had(ctx, r, e, seen.made)
	case seen.isThere:
		return x.hold(ctx, r, e, seen.made, fmt.Sprintf(detailReadBack, e.did))
	case seen.wasThere && !isFresh && a.GetStateBefore() == stateAbsent:
		return x.end(ctx, r, done, fmt.Sprintf(detailMadeAndUndone, e.did))
	default:
		return x.request(ctx, r, t, e, seen)
	}
}

// unseen settles a reading that failed. Of an effect that is under a lease and may
// be there, only a target that is gone for long is given up: somebody must end it.
func (x *Executor) unseen(ctx context.Context, r ledger.Record, t *turn, e *effect, cause error) (ledger.Record, error) {
	isFresh := !mayHaveHappened(r)
	switch {
	case isGone(cause) && !isFresh && x.isLongGone(&t.gone): // one answer may be wrong, and hide our effect
		return x.end(ctx, r, failed, detailGone)
	case !isFresh && e.until == nil && x.isGivenUp(t, e.giveUp):
		return x.end(ctx, r, failed, givenUp(r.Action, e.giveUp)+detailMayBe)
	default:
		return x.unread(ctx, r, t, cause)
	}
}

// request asks for an effect that is not there, unless it is too late, the target
// must not be touched, or a former call may still have it. What would be there
// twice is not asked for again once the vendor has accepted it.
func (x *Executor) request(ctx context.Context, r ledger.Record, t *turn, e *effect, seen sight) (ledger.Record, error) {
	a, was := r.Action, r.State()
	if mayHaveHappened(r) {
		was = attempting // whatever this attempt comes to
	}
	switch {
	case x.looksAgain(r, t) || e.makes && x.mayStillHappen(r, t):
		return r, nil
	case seen.never != "":
		return x.abandon(ctx, r, t, forbidden, fmt.Sprintf(detailNever, seen.never))
	case x.isExpired(a):
		return x.abandon(ctx, r, t, expired, expiry(a))
	case x.isGivenUp(t, e.giveUp):
		return x.abandon(ctx, r, t, failed, givenUp(a, e.giveUp))
	case t.accepted && (e.makes || e.until == nil && t.unseen >= patience):
		return x.end(ctx, r, failed, detailUnseen)
	case t.accepted:
		t.accepted = false
		t.unseen++
		return x.again(ctx, r, t, attempting, errUnseen)
	case x.mayBeUndone(r, t, e):
		return r, nil
	}
	r, err := x.attempt(ctx, r, t, seen.state)
	if err != nil {
		return r, err
	}
	made, err := e.ask(ctx)
	if err == nil && made != "" {
		return x.hold(ctx, r, e, made, fmt.Sprintf(detailMade, e.did, e.noun, made))
	}
	return x.settle(ctx, r, t, was, err)
}

// lookFor looks for the effect. What is not found is deleted. What would be there
// twice, and may be a record that could not be read, is not known to be absent.
func (x *Executor) lookFor(ctx context.Context, r ledger.Record, t *turn, e *effect) (sight, error) {
	seen, err := e.look(ctx)
	t.miss(err)
	switch {
	case e.deletes && isGone(err):
		return sight{state: stateAbsent, isThere: true}, nil
	case err == nil && seen.isPartial && e.makes && mayHaveHappened(r):
		return seen, errUnreadable
	default:
		return seen, err
	}
}

// foundThere ends an action whose effect was there already. What a lease of ours
// would undo stays from then on, because the action has no end.
func (x *Executor) foundThere(ctx context.Context, r ledger.Record, e *effect, seen sight) (ledger.Record, error) {
	if l := x.leases.Active(keyOf(r.Action)); l != nil && e.makes {
		if err := x.leases.Close(ctx, l, leaseEnded, fmt.Sprintf(detailStays, r.Action.GetRule())); err != nil {
			return r, err
		}
	}
	return x.ledger.Move(ctx, r, done, func(a *actionv1.Action) {
		a.Detail, a.StateBefore = e.alreadyThere(), seen.state
	})
}

// had ends an action whose effect is there, as the vendor has said twice: by its
// answer and when read back. What is deleted has no lease any more. Less does not
// end a lease: nobody would resume what is not deleted after all.
func (x *Executor) had(ctx context.Context, r ledger.Record, e *effect, made string) (ledger.Record, error) {
	if l := x.leases.Active(keyOf(r.Action)); e.deletes && l != nil {
		if err := x.leases.Close(ctx, l, leaseEnded, byRule(e, r.Action)); err != nil {
			return r, err
		}
	}
	return x.hold(ctx, r, e, made, e.did)
}

// hold takes or joins the lease of an effect that ends, and then ends the action:
// a crash in between finds the action open and the holder in the lease already.
func (x *Executor) hold(ctx context.Context, r ledger.Record, e *effect, made, detail string) (ledger.Record, error) {
	if e.until == nil {
		return x.end(ctx, r, done, detail)
	}
	a := r.Action
	l, err := x.leases.Take(ctx, lease.Claim{
		Key:         keyOf(a),
		Holder:      &actionv1.Holder{Rule: a.GetRule(), ActionId: a.GetId(), Until: e.until},
		StateBefore: a.GetStateBefore(),
		MadeID:      made,
		TakenAt:     TakenAt(a),
		Reason:      "rule " + a.GetRule(),
	})
	if err != nil {
		return r, err
	}
	return x.end(ctx, r, done, underLease(detail, l))
}

// alreadyThere is the detail of an effect that nobody had to ask for.
func (e *effect) alreadyThere() string {
	if e.already != "" {
		return e.already
	}
	return fmt.Sprintf(detailAlready, e.did)
}

func underLease(detail string, l *actionv1.Lease) string {
	return fmt.Sprintf(detailLease, detail, l.GetId(), l.GetUntil().AsTime().Format(time.RFC3339))
}

// leaseOf returns the active lease that the effect may join, nil for none.
func (x *Executor) leaseOf(a *actionv1.Action, e *effect) *actionv1.Lease {
	if e.until == nil {
		return nil
	}
	return x.leases.Active(keyOf(a))
}

// holds reports whether the action has its share in the lease already.
func holds(l *actionv1.Lease, a *actionv1.Action) bool {
	return slices.ContainsFunc(l.GetHolders(), func(h *actionv1.Holder) bool { return h.GetActionId() == a.GetId() })
}

// TakenAt is from when on a lease of the action counts: from its approval, or else
// from the event time of the event behind it.
func TakenAt(a *actionv1.Action) time.Time {
	if a.GetDecidedAt() != nil {
		return a.GetDecidedAt().AsTime()
	}
	if a.GetEventTime() != nil {
		return a.GetEventTime().AsTime()
	}
	return a.GetCreatedAt().AsTime()
}

// keyOf names the lane of the action, and what its lease is about. All that would
// be found as the same thing share a lane.
func keyOf(a *actionv1.Action) lease.Key {
	key := lease.Key{Source: a.GetSource(), Target: a.GetTarget()}
	switch o := a.GetOperation().(type) {
	case *actionv1.Action_CreateWatcher:
		key.Target = watcherPrefix + markOf(o.CreateWatcher.GetName())
	case *actionv1.Action_CreateAlert:
		key.Target = alertPrefix + markOf(o.CreateAlert.GetTitle())
	case *actionv1.Action_AddExclusion:
		key.Target = exclusionPrefix + o.AddExclusion.GetType() + "=" + o.AddExclusion.GetValue()
	}
	return key
}

// How the targets of leases begin.
const (
	alertPrefix     = "alert:"
	streamPrefix    = "stream:"
	watcherPrefix   = "watcher:"
	exclusionPrefix = "exclusion:"
)
