package action

import (
	"context"
	"time"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
)

// Drift is a kind of difference between a lease and the vendor's state.
type Drift string

// The kinds of drift.
const (
	// DriftOverridden is a target that somebody resumed or deleted by hand; its
	// lease has ended.
	DriftOverridden Drift = "overridden"
	// DriftOrphaned is an effect of ours that is still there and under no lease,
	// because the lease's record is lost.
	DriftOrphaned Drift = "orphaned"
	// DriftGone is a target that the vendor does not know; its lease stays to its
	// end.
	DriftGone Drift = "gone"
)

// Difference is one drift that was found. It may be found again by the next
// process.
type Difference struct {
	Kind Drift
	// LeaseID is the lease's id, "" for what is under none.
	LeaseID string
	// Action holds the lease longest, or took the one that is lost. Of one whose
	// record cannot be read it has what the lease tells: id, rule, source and target.
	Action *actionv1.Action
	// Detail says what follows, in words.
	Detail string
}

// drifted tells of a difference between a lease and the vendor's state.
func (x *Executor) drifted(ctx context.Context, kind Drift, l *actionv1.Lease, detail string) {
	x.opts.Drifted(ctx, Difference{Kind: kind, LeaseID: l.GetId(), Action: x.holderOf(ctx, l), Detail: detail})
}

// readTime is how long the record of an action may take that is only told about.
const readTime = 5 * time.Second

// holderOf returns the action that holds the lease longest.
func (x *Executor) holderOf(ctx context.Context, l *actionv1.Lease) *actionv1.Action {
	var longest *actionv1.Holder
	for _, h := range l.GetHolders() {
		if longest == nil || h.GetUntil().AsTime().After(longest.GetUntil().AsTime()) {
			longest = h
		}
	}
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	if r, err := x.ledger.Get(ctx, longest.GetActionId()); err == nil {
		return r.Action
	}
	return &actionv1.Action{
		Id: longest.GetActionId(), Rule: longest.GetRule(), Source: l.GetSource(), Target: l.GetTarget(),
	}
}
