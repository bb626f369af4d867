package backtest

import (
	"google.golang.org/protobuf/types/known/timestamppb"

	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
)

// sort is what makes two actions comparable.
type sort struct{ kind, source, target string }

// asked is an action that a set of rules asks for.
type asked struct {
	sort
	place *routerv1.BacktestPlace
}

// asked returns the actions that follow from outputs, in order.
func (s *side) asked(outputs []engine.Output) []asked {
	var all []asked
	for _, out := range outputs {
		d := out.Decision
		if d == nil || d.GetOutcome() == decisionv1.Outcome_OUTCOME_SHADOW || !isAsked(d.GetOutcome()) {
			continue
		}
		for _, a := range s.actionsOf(d) {
			all = append(all, asked{sort{a.GetType(), a.GetSource(), a.GetTarget()}, placeOf(d, a.GetUntil())})
		}
	}
	return all
}

func placeOf(d *decisionv1.Decision, until *timestamppb.Timestamp) *routerv1.BacktestPlace {
	return &routerv1.BacktestPlace{Rule: d.GetRule(), EventId: d.GetEventId(), Time: d.GetTime(), Until: until}
}

// isSame reports whether nobody could tell the two apart at the vendor. The end
// of a suggested one is not known before it is approved.
func (a asked) isSame(b asked) bool {
	isOpen := a.place.GetUntil() == nil || b.place.GetUntil() == nil
	return a.sort == b.sort && sameTime(a.place.GetTime(), b.place.GetTime()) &&
		(isOpen || sameTime(a.place.GetUntil(), b.place.GetUntil()))
}
