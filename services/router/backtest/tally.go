package backtest

import (
	"slices"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// tally counts.
type tally struct {
	set         *rule.Set
	byName      map[string]*routerv1.BacktestRule
	ordered     []*routerv1.BacktestRule
	first, last time.Time
	pauses      *pauses
}

func newTally(set *rule.Set, horizon time.Duration) *tally {
	t := &tally{set: set, byName: map[string]*routerv1.BacktestRule{}, pauses: newPauses(horizon)}
	for _, r := range set.Rules() {
		counted := &routerv1.BacktestRule{
			Rule: r.Name, Mode: string(r.Mode), Outcomes: map[string]uint64{}, Pauses: &routerv1.BacktestPauses{},
		}
		t.byName[r.Name], t.ordered = counted, append(t.ordered, counted)
	}
	return t
}

// event notes when an event occurred.
func (t *tally) event(at time.Time) {
	if t.first.IsZero() || at.Before(t.first) {
		t.first = at
	}
	if t.last.IsZero() || at.After(t.last) {
		t.last = at
	}
}

// decision counts a decision and what it asks for.
func (t *tally) decision(s *side, d *decisionv1.Decision, outcome string, actions []*routerv1.BacktestAction) {
	r, ok := t.byName[d.GetRule()]
	if !ok {
		return // a late event's
	}
	r.Outcomes[outcome]++
	if !isAsked(d.GetOutcome()) {
		return
	}
	r.Actions += uint64(len(actions))
	for i, a := range actions {
		at := target{source: a.GetSource(), name: a.GetTarget()}
		switch spec := rule.SpecOf(a.GetType()); {
		case spec != nil && spec.IsLease():
			from := d.GetTime().AsTime()
			until := from.Add(s.rules[d.GetRule()].Do[i].For) // of one that is approved at once
			if a.GetUntil() != nil {
				until = a.GetUntil().AsTime()
			}
			t.pauses.pause(r.GetPauses(), at, from, until)
		case a.GetType() == "resume_alert", a.GetType() == "resume_stream":
			t.pauses.resume(at, d.GetTime().AsTime())
		}
	}
}

// isAsked reports whether actions follow, or would outside mode shadow.
func isAsked(o decisionv1.Outcome) bool {
	return slices.Contains([]decisionv1.Outcome{
		decisionv1.Outcome_OUTCOME_FIRED, decisionv1.Outcome_OUTCOME_SUGGESTED, decisionv1.Outcome_OUTCOME_SHADOW,
	}, o)
}

// Summary returns what the run comes to. It is complete after End, but for what
// only the caller knows: lines that could not be read, and notes.
func (r *Run) Summary() *routerv1.BacktestSummary {
	all, t := takenOf(r.now.engine), r.tally
	s := &routerv1.BacktestSummary{
		RuleSet: t.set.Version(), Events: all.events - r.before.events,
		Duplicates: all.duplicates - r.before.duplicates, Late: all.late - r.before.late,
		Pauses: proto.CloneOf(t.pauses.all),
	}
	if !t.first.IsZero() {
		s.First, s.Last = timestamppb.New(t.first), timestamppb.New(t.last)
	}
	for _, counted := range t.ordered {
		s.Rules = append(s.Rules, proto.CloneOf(counted))
	}
	if r.was != nil {
		s.Comparison = r.compared.summary(r.opts.Against.Version())
	}
	return s
}
