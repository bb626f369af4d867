package action

import (
	"context"
	"strings"

	"github.com/signalbox-io/signalbox/pkg/event"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	"github.com/signalbox-io/signalbox/services/router/lease"
	"github.com/signalbox-io/signalbox/services/router/ledger"
)

const (
	leaseEnded      = actionv1.LeaseState_LEASE_STATE_ENDED
	leaseOverridden = actionv1.LeaseState_LEASE_STATE_OVERRIDDEN
)

// over resumes the target if its lease is over by now. It runs in the target's
// lane, so that no pause can join the lease meanwhile.
func (x *Executor) over(ctx context.Context, key lease.Key) error {
	l := x.leases.Active(key)
	if l == nil || l.GetUntil().AsTime().After(x.opts.Now()) {
		return nil
	}
	r, err := x.ledger.Create(ctx, &actionv1.Action{
		Id: resumeID(l), Source: l.GetSource(), Target: l.GetTarget(), Type: "resume_alert",
		Operation: &actionv1.Action_ResumeAlert{ResumeAlert: &actionv1.ResumeAlert{
			AlertId: alertID(lease.KeyOf(l)),
		}},
	})
	if err != nil {
		return err
	}
	return x.carry(ctx, r)
}

// alertID returns the vendor's id of the alert that the key names.
func alertID(key lease.Key) string { return strings.TrimPrefix(key.Target, "alert:") }

// resumeID is the same for every attempt to end the lease.
func resumeID(l *actionv1.Lease) string { return event.Hash("resume", l.GetId()) }

// resumeAlert resumes the alert at the end of its lease and ends the lease when
// the alert is seen active. It never gives up; only an alert that neither a
// reading nor a resume has found for long is taken for gone.
func (x *Executor) resumeAlert(ctx context.Context, r ledger.Record, t *turn) (ledger.Record, error) {
	a := r.Action
	l := x.leases.Active(keyOf(a))
	if l == nil || resumeID(l) != a.GetId() {
		return x.end(ctx, r, done, detailNoLease)
	}
	paused, err := x.isPaused(ctx, a.GetSource(), a.GetResumeAlert().GetAlertId())
	t.count(paused, err)
	switch {
	case isGone(err):
		return x.resumePaused(ctx, r, l, t, "")
	case err != nil:
		return x.again(ctx, r, t, r.State(), err)
	case !paused && r.State() == attempting:
		return x.release(ctx, r, l, verdict{leaseEnded, done, detailOver})
	case t.resumed > 1:
		return x.release(ctx, r, l, verdict{leaseOverridden, done, detailByHand})
	case !paused: // nobody asked for it; a late answer shows the state before the pause
		t.wait = x.opts.ReadBackEvery
		return r, nil
	default:
		return x.resumePaused(ctx, r, l, t, statePaused)
	}
}

// count takes note of a reading before the end of a lease.
func (t *turn) count(paused bool, err error) {
	switch {
	case isGone(err):
		t.resumed = 0
	case err != nil: // tells nothing
	case paused:
		t.gone, t.resumed = absence{}, 0
	default:
		t.gone = absence{}
		t.resumed++
	}
}

// resumePaused asks for the resume of an alert that was read paused, or not
// found: a reading may be wrong. A vendor that refuses is asked again: nobody
// else will resume it.
func (x *Executor) resumePaused(
	ctx context.Context, r ledger.Record, l *actionv1.Lease, t *turn, stateBefore string,
) (ledger.Record, error) {
	a, was := r.Action, r.State()
	switch {
	case x.looksAgain(r, t):
		return r, nil
	case t.accepted:
		t.accepted = false
		return x.again(ctx, r, t, attempting, errUnseen)
	}
	r, err := x.attempt(ctx, r, stateBefore)
	if err != nil {
		return r, err
	}
	err = x.onAnodot(ctx, a.GetSource(), func(ctx context.Context, client anodotv1.AnodotServiceClient) error {
		_, err := client.ResumeAlert(ctx, &anodotv1.ResumeAlertRequest{
			Source: a.GetSource(), AlertId: a.GetResumeAlert().GetAlertId(),
		})
		return err
	})
	switch {
	case stateBefore == "" && (err == nil || isGone(err)) && x.isLongGone(&t.gone):
		return x.release(ctx, r, l, verdict{leaseEnded, failed, detailGone})
	case outcomeOf(err) == refused:
		return x.again(ctx, r, t, was, err)
	default:
		return x.settle(ctx, r, t, was, err)
	}
}

// verdict is how a lease and its resume end.
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
	return x.end(ctx, r, v.action, v.reason)
}
