package backtest

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/types/known/timestamppb"

	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// Resumed is the outcome of a line that tells of the end of a lease.
const Resumed = "RESUMED"

// ownSource stands as the source of what acts on the bus.
const ownSource = "signalbox"

// Filter chooses lines. The zero one takes all.
type Filter struct {
	// Outcomes are those to tell of; none for all.
	Outcomes []string
	// Rules are the names of those to tell of; none for all.
	Rules []string
}

func (f Filter) allows(ruleName, outcome string) bool {
	return (len(f.Outcomes) == 0 || slices.Contains(f.Outcomes, outcome)) &&
		(len(f.Rules) == 0 || slices.Contains(f.Rules, ruleName))
}

// Outcomes returns every outcome that a line can have, in their own order.
func Outcomes() []string {
	var all []string
	for number := range int32(len(decisionv1.Outcome_name)) {
		if o := decisionv1.Outcome(number); o != decisionv1.Outcome_OUTCOME_UNSPECIFIED {
			all = append(all, outcomeOf(o))
		}
	}
	return append(all, Resumed)
}

func outcomeOf(o decisionv1.Outcome) string { return strings.TrimPrefix(o.String(), "OUTCOME_") }

// lineOf returns the line of a decision.
func lineOf(d *decisionv1.Decision, outcome string, actions []*routerv1.BacktestAction) *routerv1.BacktestLine {
	return &routerv1.BacktestLine{
		Rule: d.GetRule(), Outcome: outcome, Key: d.GetKey(), EventId: d.GetEventId(), Time: d.GetTime(),
		Detail: d.GetDetail(), Clause: d.GetClause(), Causes: d.GetCauses(), Actions: actions,
		Source: d.GetSource(), Entity: d.GetEntity(), Id: d.GetId(), Sequence: d.GetSequence(),
	}
}

// actionsOf returns the actions of a decision with the sources that its rule
// names.
func (s *side) actionsOf(d *decisionv1.Decision) []*routerv1.BacktestAction {
	if len(d.GetActions()) == 0 {
		return nil
	}
	r := s.rules[d.GetRule()]
	actions := make([]*routerv1.BacktestAction, 0, len(d.GetActions()))
	for i, ref := range d.GetActions() {
		a := &routerv1.BacktestAction{Type: ref.GetType(), Source: ownSource, Target: ref.GetTarget(), Until: ref.GetUntil(), Id: ref.GetId()}
		if do := doOf(r, d, i); do != nil && do.Source != "" {
			a.Source = do.Source
		}
		actions = append(actions, a)
	}
	return actions
}

// doOf returns what the rule says of an action of a decision, nil where it says
// nothing. A decision about one action that was asked for before names that alone.
func doOf(r *rule.Rule, d *decisionv1.Decision, i int) *rule.Action {
	switch {
	case r == nil:
		return nil
	case len(d.GetActions()) != len(r.Do):
		i = slices.IndexFunc(r.Do, func(do rule.Action) bool { return do.Spec.Type == d.GetActions()[i].GetType() })
	}
	if i < 0 {
		return nil
	}
	return &r.Do[i]
}

// resumeOf returns the action that ends a lease on a target.
func resumeOf(source, name string) *routerv1.BacktestAction {
	kind, _, _ := strings.Cut(name, ":")
	return &routerv1.BacktestAction{Type: "resume_" + kind, Source: source, Target: name}
}

// sameTime reports whether two instants are one.
func sameTime(a, b *timestamppb.Timestamp) bool {
	return a.GetSeconds() == b.GetSeconds() && a.GetNanos() == b.GetNanos()
}
