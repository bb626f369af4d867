package lease

import (
	"slices"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/event"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
)

// Key names what a lease is about.
type Key struct {
	// Source of the target.
	Source string
	// Target is what is paused: `alert:<id>`.
	Target string
}

// KeyOf returns what the lease is about.
func KeyOf(l *actionv1.Lease) Key { return Key{Source: l.GetSource(), Target: l.GetTarget()} }

// Claim is one action's wish that a target stay paused.
type Claim struct {
	// Key is what shall stay paused.
	Key Key
	// Holder is the action and the end of its time.
	Holder *actionv1.Holder
	// StateBefore is the target's state as read before it was paused.
	StateBefore string
	// TakenAt is the event time of the event behind the action.
	TakenAt time.Time
	// Reason why, in words.
	Reason string
}

// take returns the lease that c begins.
func take(c Claim) *actionv1.Lease {
	return &actionv1.Lease{
		Id:          event.Hash("lease", c.Key.Source, c.Key.Target, c.Holder.GetActionId()),
		Source:      c.Key.Source,
		Target:      c.Key.Target,
		Holders:     []*actionv1.Holder{proto.CloneOf(c.Holder)},
		State:       actionv1.LeaseState_LEASE_STATE_ACTIVE,
		Reason:      c.Reason,
		StateBefore: c.StateBefore,
		TakenAt:     timestamppb.New(c.TakenAt),
		Until:       c.Holder.GetUntil(),
	}
}

// join returns the lease with c's holder in it; the longest holder decides.
func join(l *actionv1.Lease, c Claim) *actionv1.Lease {
	l = proto.CloneOf(l)
	l.Holders = append(l.GetHolders(), proto.CloneOf(c.Holder))
	if c.Holder.GetUntil().AsTime().After(l.GetUntil().AsTime()) {
		l.Until = c.Holder.GetUntil()
	}
	return l
}

func holds(l *actionv1.Lease, actionID string) bool {
	return slices.ContainsFunc(l.GetHolders(), func(h *actionv1.Holder) bool { return h.GetActionId() == actionID })
}

func isActive(l *actionv1.Lease) bool {
	return l.GetState() == actionv1.LeaseState_LEASE_STATE_ACTIVE
}
