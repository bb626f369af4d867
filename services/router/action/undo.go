package action

import (
	"context"
	"fmt"
	"strings"

	"github.com/signalbox-io/signalbox/pkg/event"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/lease"
	"github.com/signalbox-io/signalbox/services/router/ledger"
)

const (
	leaseEnded      = actionv1.LeaseState_LEASE_STATE_ENDED
	leaseOverridden = actionv1.LeaseState_LEASE_STATE_OVERRIDDEN
)

// over undoes what the lease holds if it is over by now. It runs in the target's
// lane, so that no action can join the lease meanwhile.
func (x *Executor) over(ctx context.Context, key lease.Key) error {
	l := x.leases.Active(key)
	if l == nil || l.GetUntil().AsTime().After(x.opts.Now()) {
		return nil
	}
	r, err := x.ledger.Create(ctx, undoOf(l))
	if err != nil {
		return err
	}
	return x.carry(ctx, r)
}

// undoOf is the action that ends the lease: the same for every attempt.
func undoOf(l *actionv1.Lease) *actionv1.Action {
	a := &actionv1.Action{Id: undoID(l), Source: l.GetSource(), Target: l.GetTarget()}
	switch target := l.GetTarget(); {
	case strings.HasPrefix(target, streamPrefix):
		a.Type = "resume_stream"
		a.Operation = &actionv1.Action_ResumeStream{ResumeStream: &actionv1.ResumeStream{
			StreamId: strings.TrimPrefix(target, streamPrefix),
		}}
	case strings.HasPrefix(target, watcherPrefix):
		a.Type = "delete_watcher"
		a.Operation = &actionv1.Action_DeleteWatcher{DeleteWatcher: &actionv1.DeleteWatcher{WatcherId: l.GetMadeId()}}
	case strings.HasPrefix(target, exclusionPrefix):
		a.Type = "delete_exclusion"
		a.Operation = &actionv1.Action_DeleteExclusion{DeleteExclusion: &actionv1.DeleteExclusion{ExclusionId: l.GetMadeId()}}
	default:
		a.Type = "resume_alert"
		a.Operation = &actionv1.Action_ResumeAlert{ResumeAlert: &actionv1.ResumeAlert{
			AlertId: strings.TrimPrefix(target, alertPrefix),
		}}
	}
	return a
}

func undoID(l *actionv1.Lease) string { return event.Hash("resume", l.GetId()) }

// undo ends the lease on the target: at its end, or because a rule says so. The
// lease ends when the target is seen resumed, or deleted. It never gives up; only
// a target that neither a reading nor a call has found for long is taken for gone.
// Without a lease of ours there is nothing to undo: what others paused is theirs.
func (x *Executor) undo(ctx context.Context, r ledger.Record, t *turn, e *effect) (ledger.Record, error) {
	a := r.Action
	l := x.leases.Active(keyOf(a))
	switch {
	case l == nil && r.State() == pending && !ledger.EndsLease(a):
		return x.end(ctx, r, done, detailNotOurs)
	case l == nil || ledger.EndsLease(a) && undoID(l) != a.GetId():
		return x.end(ctx, r, done, detailNoLease)
	}
	seen, err := e.look(ctx)
	isThere := err == nil && seen.isThere
	t.count(isThere, err)
	switch {
	case e.deletes && isGone(err) && r.State() == attempting && a.GetStateBefore() != "" && t.isMissing():
		return x.release(ctx, r, l, verdict{leaseEnded, done, reasonOf(e, a)})
	case isGone(err):
		return x.requestUndo(ctx, r, l, t, e, "")
	case err != nil:
		return x.again(ctx, r, t, r.State(), err)
	case isThere && r.State() == attempting:
		if t.asked.Equal(t.since) && a.GetAttempts() > 1 { // the process before asked, and more than once
			x.comesLate(keyOf(a))
		}
		return x.release(ctx, r, l, verdict{leaseEnded, done, reasonOf(e, a)})
	case t.undone > 1:
		return x.release(ctx, r, l, verdict{leaseOverridden, done, byHand(e)})
	case isThere: // nobody asked for it; a late answer shows the state before the effect
		t.wait = x.opts.ReadBackEvery
		return r, nil
	default:
		return x.requestUndo(ctx, r, l, t, e, seen.state)
	}
}

// reasonOf says why the action has ended the lease.
func reasonOf(e *effect, a *actionv1.Action) string {
	if ledger.EndsLease(a) {
		return detailOver
	}
	return byRule(e, a)
}

func byRule(e *effect, a *actionv1.Action) string {
	return fmt.Sprintf(detailByRule, e.did, a.GetRule())
}

func byHand(e *effect) string { return fmt.Sprintf(detailByHand, e.did) }

// count takes note of a reading before the end of a lease.
func (t *turn) count(isUndone bool, err error) {
	t.miss(err)
	switch {
	case isGone(err):
		t.undone = 0
	case err != nil: // tells nothing
	case !isUndone:
		t.gone, t.undone = absence{}, 0
	default:
		t.gone = absence{}
		t.undone++
	}
}

// requestUndo asks for the end of what was read as lasting, or not found: a
// reading may be wrong. A vendor that refuses is asked again: nobody else will do
// it.
func (x *Executor) requestUndo(
	ctx context.Context, r ledger.Record, l *actionv1.Lease, t *turn, e *effect, stateBefore string,
) (ledger.Record, error) {
	was := r.State()
	switch {
	case x.looksAgain(r, t):
		return r, nil
	case t.accepted:
		t.accepted = false
		return x.again(ctx, r, t, attempting, errUnseen)
	}
	r, err := x.attempt(ctx, r, t, stateBefore)
	if err != nil {
		return r, err
	}
	_, err = e.ask(ctx)
	if was == attempting { // of two calls only one is seen to have arrived
		x.comesLate(keyOf(r.Action))
	}
	switch {
	case stateBefore == "" && (err == nil || isGone(err)) && x.isLongGone(&t.gone):
		return x.release(ctx, r, l, verdict{leaseEnded, failed, detailGone})
	case outcomeOf(err) == refused:
		return x.again(ctx, r, t, was, err)
	default:
		return x.settle(ctx, r, t, was, err)
	}
}

// verdict is how a lease and the action that ends it end.
type verdict struct {
	lease  actionv1.LeaseState
	action actionv1.State
	reason string
}

// release ends the lease and then the action: a crash in between finds the
// action open and its lease ended.
func (x *Executor) release(
	ctx context.Context, r ledger.Record, l *actionv1.Lease, v verdict,
) (ledger.Record, error) {
	if err := x.leases.Close(ctx, l, v.lease, v.reason); err != nil {
		return r, err
	}
	if l.GetReleasedBy() != "" && v.reason == detailOver {
		v.reason = lease.ReleaseText(l)
	}
	return x.end(ctx, r, v.action, v.reason)
}
