package engine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/signalbox-io/signalbox/pkg/expr"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// Step is what one clause said when a rule judged the traced event.
type Step struct {
	// Clause is its name as rules write it: `count`, `given`, `cooldown`.
	Clause string
	// Passed tells whether it let the event pass. Waits tells that it has not
	// said yet: the judgement is made later.
	Passed, Waits bool
	// Detail is what it saw.
	Detail string
}

// trace notes how one event is judged.
type trace struct {
	event string
	steps map[string][]Step // by rule
}

// Trace lets the engine note how it judges the event of that id from now on, in
// place of one that was traced before. It changes no decision.
func (e *Engine) Trace(eventID string) {
	e.tracing = &trace{event: eventID, steps: map[string][]Step{}}
}

// Traced returns what the clauses of a rule said about the traced event, in their
// order; none for a rule that has not judged it, because its `on`, `when` or key
// did not let it. A rule that judges it again tells of the last time.
func (e *Engine) Traced(name string) []Step {
	if e.tracing == nil {
		return nil
	}
	return slices.Clone(e.tracing.steps[name])
}

// Vars are what expressions of rules read of an event as the engine stands.
func (e *Engine) Vars(ev *eventv1.Event) expr.Vars {
	a := &arrival{event: ev, at: ev.GetOccurredAt().AsTime()}
	return expr.EventVars(ev).WithPaused(func() bool { return e.leases.isPaused(a) })
}

// clauseNames are those of [clauses], brakeNames those of [brakes]; what has no
// name is not told of where it passes.
func clauseNames() [5]string { return [...]string{"count", "unless", "given", "flap", "hold"} }
func brakeNames() [5]string  { return [...]string{"mute", "cooldown", "limits", "", "safety"} }

// note keeps what a clause said, if the event is traced and the rule has the
// clause.
func (e *Engine) note(j *judgement, name string, o Output, v verdict) {
	if e.tracing == nil || e.tracing.event != j.event.GetId() {
		return
	}
	step := Step{Clause: name, Passed: v == passes, Waits: v == waits}
	switch {
	case v == passes && (name == "" || !j.state.has(name) && (name != "safety" || e.budget.limits == nil)):
		return
	case v == passes:
		step.Detail = passedDetail(j, name)
	case o.Decision != nil:
		step.Clause, step.Detail = o.Decision.GetClause(), o.Decision.GetDetail()
	}
	rule := j.ruleName()
	e.tracing.steps[rule] = append(e.tracing.steps[rule], step)
}

// noteStood notes that a match has stood for long enough.
func (e *Engine) noteStood(j *judgement) {
	if e.tracing == nil || e.tracing.event != j.event.GetId() {
		return
	}
	steps := e.tracing.steps[j.ruleName()]
	if i := slices.IndexFunc(steps, func(s Step) bool { return s.Clause == "hold" }); i >= 0 {
		steps[i] = Step{Clause: "hold", Passed: true, Detail: passedDetail(j, "hold")}
	}
}

// noteAnew forgets what clauses said about the event before: it is judged anew.
func (e *Engine) noteAnew(j *judgement) {
	if e.tracing != nil && e.tracing.event == j.event.GetId() {
		delete(e.tracing.steps, j.ruleName())
	}
}

// has reports whether the rule has the clause.
func (s *ruleState) has(name string) bool {
	r := s.rule
	return map[string]bool{
		"count": r.Count != nil, "unless": r.Unless != nil, "given": len(r.Given) > 0, "flap": r.Flap != nil, "hold": r.Hold != nil,
		"mute": len(r.Mute) > 0, "cooldown": r.Cooldown > 0, "limits": len(r.Limits) > 0,
	}[name]
}

// passedDetail says what a clause saw that let the event pass.
func passedDetail(j *judgement, name string) string {
	r := j.state.rule
	switch name {
	case "count":
		return countDetail(r.Count, j.counted)
	case "given":
		return givenDetail(j)
	case "hold":
		return "stood for " + short(r.Hold.For)
	case "cooldown":
		return "the key has not fired in the last " + short(r.Cooldown)
	case "limits":
		return limitsDetail(j)
	case "safety":
		return "within the budgets of the configuration"
	default:
		return ""
	}
}

// givenDetail names the cause of each clause of `given`.
func givenDetail(j *judgement) string {
	var seen []string
	for _, x := range j.found {
		if x.clause != nil {
			seen = append(seen, fmt.Sprintf("%s %s, lag %s", x.clause.On, x.ID, short(j.at.Sub(x.At))))
		}
	}
	for _, c := range j.state.given {
		if c.Absent {
			seen = append(seen, fmt.Sprintf("no %s within %s", c.On, short(c.Within)))
		}
	}
	return strings.Join(seen, "; ")
}

// limitsDetail says how much of each limit was used before.
func limitsDetail(j *judgement) string {
	var used []string
	for i := range j.state.rule.Limits {
		l := &j.state.rule.Limits[i]
		for _, g := range j.groups(l.Across, nil) {
			n := j.state.firings.of(l.Across, g.key).Within(j.when(), l.Per).Len()
			used = append(used, fmt.Sprintf("%d of %d per %s", n, l.Max, short(l.Per)))
		}
	}
	return strings.Join(used, "; ")
}
