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
	// Target is what is held: `alert:<id>`, `stream:<id>`, `watcher:<suffix>`,
	// `exclusion:<type>=<value>`.
	Target string
}

// KeyOf returns what the lease is about.
func KeyOf(l *actionv1.Lease) Key { return Key{Source: l.GetSource(), Target: l.GetTarget()} }

// Claim is one action's wish that its effect on a target stay for a while.
type Claim struct {
	// Key is what shall be held.
	Key Key
	// Holder is the action and the end of its time.
	Holder *actionv1.Holder
	// StateBefore is the target's state as read before the effect.
	StateBefore string
	// MadeID is the vendor's id of what was made and is deleted at the end, empty
	// for a pause.
	MadeID string
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
		MadeId:      c.MadeID,
		TakenAt:     timestamppb.New(c.TakenAt),
		Until:       c.Holder.GetUntil(),
	}
}

// join returns the lease with c's holder in it; the longest holder decides.
// Holders that are over by now, and all but the longest of each rule, leave it:
// a lease is extended for as long as its rules fire, and its record must not
// grow with each of them.
func join(l *actionv1.Lease, c Claim, now time.Time) *actionv1.Lease {
	l = proto.CloneOf(l)
	holders := slices.DeleteFunc(l.GetHolders(), func(h *actionv1.Holder) bool { return !h.GetUntil().AsTime().After(now) })
	l.Holders = longestPerRule(append(holders, proto.CloneOf(c.Holder)))
	if c.Holder.GetUntil().AsTime().After(l.GetUntil().AsTime()) {
		l.Until, l.ReleasedBy, l.ReleaseReason = c.Holder.GetUntil(), "", ""
	}
	return l
}

// longestPerRule returns the longest holder of each rule, in the order of the
// rules' first ones.
func longestPerRule(holders []*actionv1.Holder) []*actionv1.Holder {
	var longest []*actionv1.Holder
	at := map[string]int{}
	for _, h := range holders {
		i, found := at[h.GetRule()]
		switch {
		case !found:
			at[h.GetRule()] = len(longest)
			longest = append(longest, h)
		case h.GetUntil().AsTime().After(longest[i].GetUntil().AsTime()):
			longest[i] = h
		}
	}
	return longest
}

// holdsAsLong reports whether the holder is in the lease, or another of its rule
// for at least as long.
func holdsAsLong(l *actionv1.Lease, holder *actionv1.Holder) bool {
	return slices.ContainsFunc(l.GetHolders(), func(h *actionv1.Holder) bool {
		return h.GetActionId() == holder.GetActionId() ||
			h.GetRule() == holder.GetRule() && !h.GetUntil().AsTime().Before(holder.GetUntil().AsTime())
	})
}

func isActive(l *actionv1.Lease) bool {
	return l.GetState() == actionv1.LeaseState_LEASE_STATE_ACTIVE
}
