package engine_test

import (
	"google.golang.org/protobuf/types/known/timestamppb"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
)

// run gives the engine what happens one after the other: events, inputs that are
// none, and times to which the clock moves.
func run(e *engine.Engine, steps ...any) []engine.Output {
	var out []engine.Output
	for _, step := range steps {
		switch step := step.(type) {
		case *eventv1.Event:
			out = append(out, e.Event(stored(step)[0])...)
		case engine.Input:
			out = append(out, e.Event(step)...)
		case *routerv1.Input:
			out = append(out, e.Take(step)...)
		case string:
			out = append(out, e.Advance(at(step))...)
		default:
			panic("no step")
		}
	}
	return out
}

func taken(clock string) *timestamppb.Timestamp { return timestamppb.New(at(clock)) }

// inventory are the alerts of anodot-prod.
func inventory(clock string, alerts ...*routerv1.InventoryAlert) *routerv1.Input {
	return &routerv1.Input{TakenAt: taken(clock), Content: &routerv1.Input_Inventory{
		Inventory: &routerv1.Inventory{Source: "anodot-prod", Alerts: alerts},
	}}
}

func known(id string) *routerv1.InventoryAlert {
	return &routerv1.InventoryAlert{Id: id, Title: "alert " + id, Severity: "high", Labels: []string{"team:a", "label-" + id}}
}

func paused(id string) *routerv1.InventoryAlert {
	alert := known(id)
	alert.Paused = true
	return alert
}

func ended(clock, action string, state actionv1.State, hasLease bool) *routerv1.Input {
	return &routerv1.Input{TakenAt: taken(clock), Content: &routerv1.Input_ActionEnded{ActionEnded: &routerv1.ActionEnded{
		ActionId: action, Source: "anodot-prod", Target: "alert:17", State: state, HasLease: hasLease,
	}}}
}

func said(clock, action string, approved bool) *routerv1.Input {
	return &routerv1.Input{TakenAt: taken(clock), Content: &routerv1.Input_Approval{Approval: &routerv1.Approval{
		ActionId: action, Approved: approved, By: "Ann",
	}}}
}

func overridden(clock, target string) *routerv1.Input {
	return &routerv1.Input{TakenAt: taken(clock), Content: &routerv1.Input_LeaseEnded{LeaseEnded: &routerv1.LeaseEnded{
		Source: "anodot-prod", Target: target, State: actionv1.LeaseState_LEASE_STATE_OVERRIDDEN,
	}}}
}

// onTime is a lease that ended when its time was over; clock may be empty.
func onTime(clock, target string, actions ...string) *routerv1.Input {
	in := endedEarly(clock, target, actions...)
	in.GetLeaseEnded().State, in.GetLeaseEnded().OnTime = actionv1.LeaseState_LEASE_STATE_ENDED, true
	return in
}

// endedEarly is a lease of these actions that somebody ended by hand.
func endedEarly(clock, target string, actions ...string) *routerv1.Input {
	in := overridden("00:00", target)
	in.GetLeaseEnded().ActionIds, in.TakenAt = actions, nil
	if clock != "" {
		in.TakenAt = taken(clock)
	}
	return in
}

// saidAt is a person's word that is taken at a time and was said at another.
func saidAt(clock, when, action string) *routerv1.Input {
	in := said(clock, action, true)
	in.GetApproval().ApprovedAt = taken(when)
	return in
}

// asked is the id of the first action that an output asks for.
func asked(out []engine.Output) string {
	for _, o := range out {
		if len(o.Actions) > 0 {
			return o.Actions[0].GetId()
		}
	}
	return ""
}
