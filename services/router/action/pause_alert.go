package action

import (
	"context"
	"fmt"
	"slices"
	"time"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	"github.com/signalbox-io/signalbox/services/router/lease"
	"github.com/signalbox-io/signalbox/services/router/ledger"
)

// The alert's state as the ledger and the lease keep it.
const (
	stateActive = "active"
	statePaused = "paused"
)

// pauseAlert pauses the alert under a lease. The record in ATTEMPTING with the
// state read before is the lease's intent: whoever finds it reads the alert and,
// if it is paused, takes the lease, even one that is over by then.
func (x *Executor) pauseAlert(ctx context.Context, r ledger.Record, t *turn) (ledger.Record, error) {
	a, isFresh, l := r.Action, r.State() == pending, x.leases.Active(keyOf(r.Action))
	switch {
	case holds(l, a): // the lease was taken, and the action's end not written
		return x.end(ctx, r, done, underLease(detailHolds, l))
	case isFresh && x.isExpired(a):
		return x.end(ctx, r, expired, expiry(a))
	case isFresh && l != nil:
		return x.hold(ctx, r, detailJoined)
	case isFresh && x.isGivenUp(t, x.opts.GiveUpAfter):
		return x.end(ctx, r, failed, givenUp(a, x.opts.GiveUpAfter))
	}
	alert, err := x.readAlert(ctx, a.GetSource(), a.GetPauseAlert().GetAlertId())
	paused := alert.GetPaused()
	if err == nil {
		t.gone = absence{}
	}
	switch {
	case isGone(err) && !isFresh && x.isLongGone(&t.gone): // one answer may be wrong, and hide our pause
		return x.end(ctx, r, failed, detailGone)
	case err != nil:
		return x.unread(ctx, r, t, err)
	case paused && isFresh:
		return x.ledger.Move(ctx, r, done, func(a *actionv1.Action) {
			a.Detail, a.StateBefore = detailForeign, statePaused
		})
	case paused && t.accepted:
		return x.hold(ctx, r, detailPaused)
	case paused:
		return x.hold(ctx, r, detailPausedReadBack)
	default:
		return x.pauseActive(ctx, r, t, x.opts.Never(alert))
	}
}

// pauseActive asks for the pause of an alert that was read active, unless it is
// too late, or never says why the alert must not be touched.
func (x *Executor) pauseActive(ctx context.Context, r ledger.Record, t *turn, never string) (ledger.Record, error) {
	a, was := r.Action, r.State()
	switch {
	case x.looksAgain(r, t):
		return r, nil
	case never != "":
		return x.abandon(ctx, r, t, forbidden, fmt.Sprintf(detailNever, never))
	case x.isExpired(a):
		return x.abandon(ctx, r, t, expired, expiry(a))
	case x.isGivenUp(t, x.opts.GiveUpAfter):
		return x.abandon(ctx, r, t, failed, givenUp(a, x.opts.GiveUpAfter))
	case t.accepted:
		t.accepted = false
		return x.again(ctx, r, t, attempting, errUnseen)
	}
	r, err := x.attempt(ctx, r, stateActive)
	if err != nil {
		return r, err
	}
	err = x.onAnodot(ctx, a.GetSource(), func(ctx context.Context, client anodotv1.AnodotServiceClient) error {
		_, err := client.PauseAlert(ctx, &anodotv1.PauseAlertRequest{
			Source: a.GetSource(), AlertId: a.GetPauseAlert().GetAlertId(),
		})
		return err
	})
	return x.settle(ctx, r, t, was, err)
}

// hold takes or joins the lease and then ends the action: a crash in between
// finds the action open and the holder in the lease already.
func (x *Executor) hold(ctx context.Context, r ledger.Record, detail string) (ledger.Record, error) {
	a := r.Action
	until := a.GetPauseAlert().GetUntil()
	l, err := x.leases.Take(ctx, lease.Claim{
		Key:         keyOf(a),
		Holder:      &actionv1.Holder{Rule: a.GetRule(), ActionId: a.GetId(), Until: until},
		StateBefore: a.GetStateBefore(),
		TakenAt:     takenAt(a),
		Reason:      "rule " + a.GetRule(),
	})
	if err != nil {
		return r, err
	}
	return x.end(ctx, r, done, underLease(detail, l))
}

func underLease(detail string, l *actionv1.Lease) string {
	return fmt.Sprintf(detailLease, detail, l.GetId(), l.GetUntil().AsTime().Format(time.RFC3339))
}

// holds reports whether the action has its share in the lease already.
func holds(l *actionv1.Lease, a *actionv1.Action) bool {
	return slices.ContainsFunc(l.GetHolders(), func(h *actionv1.Holder) bool { return h.GetActionId() == a.GetId() })
}

// takenAt is the event time of the event behind the action.
func takenAt(a *actionv1.Action) time.Time {
	if a.GetEventTime() != nil {
		return a.GetEventTime().AsTime()
	}
	return a.GetCreatedAt().AsTime()
}

// keyOf names the lane of the action, which for a pause is what its lease is
// about. All watchers that would be found as the same one share a lane.
func keyOf(a *actionv1.Action) lease.Key {
	if w := a.GetCreateWatcher(); w != nil {
		return lease.Key{Source: a.GetSource(), Target: "watcher:" + watcherMark(w.GetName())}
	}
	return lease.Key{Source: a.GetSource(), Target: a.GetTarget()}
}
