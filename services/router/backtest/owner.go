package backtest

import (
	"time"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// owner is who asked for an action that takes a lease.
type owner struct {
	rule    string
	key     []string
	eventID string
	entity  string
	// gone is when no lease of the action can end any more.
	gone time.Time
}

// owners knows who asked for the actions whose leases may still end, by their
// ids.
type owners struct {
	byID map[string]owner
	// sweepAt is the size at which those that are over are looked for.
	sweepAt int
}

const leastSweep = 10_000

func newOwners() owners { return owners{byID: map[string]owner{}, sweepAt: leastSweep} }

// note remembers the actions of an output that take leases.
func (o *owners) note(s *side, out engine.Output, clock time.Time) {
	d := out.Decision
	if d == nil || len(out.Actions) == 0 {
		return
	}
	r := s.rules[d.GetRule()]
	for i, a := range out.Actions {
		if spec := rule.SpecOf(a.GetType()); spec == nil || !spec.IsLease() || r == nil || i >= len(r.Do) {
			continue
		}
		o.byID[a.GetId()] = owner{
			rule: d.GetRule(), key: d.GetKey(), eventID: d.GetEventId(), entity: d.GetEntity(),
			gone: clock.Add(r.ApproveWithin).Add(r.Do[i].For),
		}
	}
	if len(o.byID) >= o.sweepAt {
		o.sweep(clock)
	}
}

func (o *owners) sweep(clock time.Time) {
	for id, x := range o.byID {
		if x.gone.Before(clock) {
			delete(o.byID, id)
		}
	}
	o.sweepAt = max(leastSweep, 2*len(o.byID))
}

// resumed returns the line of a lease that ended, and forgets its holders.
func (o *owners) resumed(l *actionv1.Lease) *routerv1.BacktestLine {
	line := &routerv1.BacktestLine{
		Outcome: Resumed, Time: l.GetEndedAt(), Source: l.GetSource(), Clause: "lease",
		Actions: []*routerv1.BacktestAction{resumeOf(l.GetSource(), l.GetTarget())},
	}
	var longest *actionv1.Holder
	for _, h := range l.GetHolders() {
		if longest == nil || h.GetUntil().AsTime().After(longest.GetUntil().AsTime()) {
			longest = h
		}
	}
	holder := o.byID[longest.GetActionId()]
	line.Rule, line.Key, line.EventId, line.Entity = longest.GetRule(), holder.key, holder.eventID, holder.entity
	line.Detail = "paused since " + instant(l.GetTakenAt())
	for _, h := range l.GetHolders() {
		delete(o.byID, h.GetActionId())
	}
	return line
}
