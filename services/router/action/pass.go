package action

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/ledger"
)

// Short names of the states this package moves between.
const (
	pending    = actionv1.State_STATE_PENDING
	attempting = actionv1.State_STATE_ATTEMPTING
	done       = actionv1.State_STATE_DONE
	failed     = actionv1.State_STATE_FAILED
	expired    = actionv1.State_STATE_EXPIRED
	forbidden  = actionv1.State_STATE_REFUSED // by safety
)

// pass brings the action one attempt further. The record that comes back is
// final, or the turn tells when to look at it again.
func (x *Executor) pass(ctx context.Context, r ledger.Record, t *turn) (ledger.Record, error) {
	e := x.effectOf(r.Action)
	switch {
	case e == nil:
		return x.end(ctx, r, failed, fmt.Sprintf(detailNoSuchAction, r.Action.GetType()))
	case e.resumes || ledger.EndsLease(r.Action):
		return x.undo(ctx, r, t, e)
	case e.look == nil:
		return x.send(ctx, r, t, e)
	default:
		return x.perform(ctx, r, t, e)
	}
}

// end moves the action to a final state. One that is not seen to be done, although it
// may have been, stays unsettled: whoever has it tried again must know.
func (x *Executor) end(ctx context.Context, r ledger.Record, to actionv1.State, detail string) (ledger.Record, error) {
	return x.ledger.Move(ctx, r, to, func(a *actionv1.Action) {
		a.Detail, a.Unsettled = detail, to != done && mayHaveHappened(r)
	})
}

// mayHaveHappened reports whether an attempt may have had the effect, one before a
// retry included.
func mayHaveHappened(r ledger.Record) bool { return r.State() == attempting || r.Action.GetUnsettled() }

// attempt records that the effect is about to be asked for. From here on it may
// have happened.
func (x *Executor) attempt(ctx context.Context, r ledger.Record, t *turn, stateBefore string) (ledger.Record, error) {
	if err := x.checkStop(r.Action); err != nil {
		return r, err
	}
	ctx, cancel := t.unlessHurried(ctx)
	defer cancel()
	moved, err := x.ledger.Move(ctx, r, attempting, func(a *actionv1.Action) {
		a.Attempts++
		a.Detail = ""
		if !mayHaveHappened(r) || a.GetStateBefore() == "" { // else it is the state before an earlier attempt that counts
			a.StateBefore = stateBefore
		}
	})
	if err != nil && errors.Is(context.Cause(ctx), errHurry) {
		return r, errHurry
	}
	return moved, err
}

// again records why the action is not at its end and when the next attempt is
// due. The state must tell the truth: attempting if the effect may have
// happened.
func (x *Executor) again(
	ctx context.Context, r ledger.Record, t *turn, state actionv1.State, cause error,
) (ledger.Record, error) {
	t.failures++
	t.wait = max(x.opts.Backoff.Delay(t.failures), rpc.RetryAfter(cause, longestRetryAfter))
	due := timestamppb.New(x.opts.Now().Add(t.wait))
	x.logger.WarnContext(ctx, "action is tried again",
		slog.String("action_id", r.Action.GetId()), slog.String("type", r.Action.GetType()),
		slog.String("source", r.Action.GetSource()), slog.String("target", r.Action.GetTarget()),
		slog.Int("failures", t.failures), slog.Duration("wait", t.wait), slog.Any("error", cause))
	return x.ledger.Move(ctx, r, state, func(a *actionv1.Action) {
		a.Detail = describe(cause)
		a.NextAttemptAt = due
	})
}

// settle records what a call for the effect came to; was is where the action
// stood before the attempt. One that the vendor accepted is read back by the
// next pass, at once. A refusal ends the action unless an earlier attempt may
// have had the effect.
func (x *Executor) settle(
	ctx context.Context, r ledger.Record, t *turn, was actionv1.State, cause error,
) (ledger.Record, error) {
	result := outcomeOf(cause)
	t.accepted = result == effected
	if result == refused && was == pending {
		return x.ledger.Move(ctx, r, failed, func(a *actionv1.Action) { a.Detail = describe(cause) })
	}
	if result == refused || result == untouched {
		t.readings = patience // nothing to look for
		return x.again(ctx, r, t, was, cause)
	}
	t.readings, t.asked = 0, x.opts.Now()
	if result == effected {
		return r, nil
	}
	return x.again(ctx, r, t, attempting, cause)
}

// unread records that the vendor could not be read, so that nothing may be
// asked for. A vendor that refuses to be read ends an action that has had no
// effect for certain, and no other.
func (x *Executor) unread(ctx context.Context, r ledger.Record, t *turn, cause error) (ledger.Record, error) {
	if outcomeOf(cause) == refused && !mayHaveHappened(r) {
		return x.end(ctx, r, failed, describe(cause))
	}
	return x.again(ctx, r, t, r.State(), cause)
}

// patience is how often what was asked for is looked for before it is asked
// for again.
const patience = 3

// errUnseen is why something is asked for again that the vendor accepted.
var errUnseen = errors.New(detailUnseen)

// looksAgain reports whether the next pass should read again before anything
// is asked for: vendors may show a change late.
func (x *Executor) looksAgain(r ledger.Record, t *turn) bool {
	if !mayHaveHappened(r) || t.readings >= patience {
		return false
	}
	t.readings++
	t.wait = x.opts.ReadBackEvery
	return true
}

// mayStillHappen reports whether a call for the effect may still be on its way
// to the vendor: one that was cut off, by us or by a crash, lives no longer
// than a call may take. Until then the next pass reads again.
func (x *Executor) mayStillHappen(r ledger.Record, t *turn) bool {
	rest := x.opts.CallTimeout - x.opts.Now().Sub(t.asked)
	if !mayHaveHappened(r) || rest <= 0 {
		return false
	}
	t.wait = max(rest/2, x.opts.ReadBackEvery)
	return true
}

// abandon ends an action that was not done, once its effect cannot come any
// more.
func (x *Executor) abandon(
	ctx context.Context, r ledger.Record, t *turn, to actionv1.State, detail string,
) (ledger.Record, error) {
	if x.mayStillHappen(r, t) {
		return r, nil
	}
	return x.end(ctx, r, to, detail)
}

// isExpired reports whether it is too late to do the action.
func (x *Executor) isExpired(a *actionv1.Action) bool {
	return a.GetExpiresAt() != nil && !x.opts.Now().Before(a.GetExpiresAt().AsTime())
}

// isGivenUp reports whether the action has been tried for long enough.
func (x *Executor) isGivenUp(t *turn, after time.Duration) bool {
	return x.opts.Now().Sub(t.since) >= after
}

// givenUp is the detail of an action that was tried for long enough.
func givenUp(a *actionv1.Action, after time.Duration) string {
	why := a.GetDetail()
	if why == "" {
		why = detailNotShown
	}
	return fmt.Sprintf(detailGivenUp, after, why)
}

// expiry is the detail of an action that is too late.
func expiry(a *actionv1.Action) string {
	return fmt.Sprintf(detailExpired, a.GetExpiresAt().AsTime().Format(time.RFC3339))
}
