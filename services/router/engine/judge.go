package engine

import (
	"fmt"
	"slices"

	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// judgement is one event before one rule, whose `on` and `when` it meets.
type judgement struct {
	*arrival
	state  *ruleState
	key    []string
	joined string // stands for the key where state is kept
	// isCounted tells whether the event has not entered the rule's window,
	// because the thing it reports was counted before.
	isCounted bool
	hold
}

// match judges the event by the rule if `when` holds on it.
func (e *Engine) match(out []Output, s *ruleState, a *arrival) []Output {
	ok, err := holds(s.rule.When, a.vars)
	if err != nil {
		return append(out, e.failed(&judgement{arrival: a, state: s}, "when", err))
	}
	if !ok {
		return out
	}
	key, ok, err := keyOf(s.rule.Key, a.vars)
	if err != nil {
		return append(out, e.failed(&judgement{arrival: a, state: s}, "key", err))
	}
	if !ok {
		return out
	}
	j := &judgement{arrival: a, state: s, key: key, joined: stateKey(joinKey(key))}
	e.countIn(j)
	return e.judge(out, j, true)
}

// judge evaluates everything from `count` on with the state as it is. Where
// mayWait, a judgement that lacks a cause may be put off; then out is
// unchanged.
func (e *Engine) judge(out []Output, j *judgement, mayWait bool) []Output {
	s := j.state
	counted := s.inWindow(j)
	if n := s.rule.Count; n != nil && (len(counted) < n.AtLeast || j.isCounted) {
		return append(out, e.held(j, decisionv1.Outcome_OUTCOME_HELD_COUNT, heldDetail(j, n, counted), counted))
	}
	found, missing := s.correlate(j)
	causes := causesOf(counted, found)
	if len(missing) > 0 {
		if mayWait && e.putOff(j, missing) {
			return out
		}
		return append(out, e.held(j, decisionv1.Outcome_OUTCOME_HELD_GIVEN, missingDetail(j, missing[0]), causes))
	}
	if until, cooling := s.cooldown.until(j); cooling {
		return append(out, e.held(j, decisionv1.Outcome_OUTCOME_HELD_COOLDOWN, "cooldown until "+rfc3339(until), causes))
	}
	return append(out, e.fire(j, firedDetail(j, counted, found), causes))
}

// fire decides for a judgement that nothing holds. A rule whose actions
// cannot be asked for has not fired.
func (e *Engine) fire(j *judgement, detail string, causes timeline) Output {
	s := j.state
	outcome, clauseName := decisionv1.Outcome_OUTCOME_FIRED, ""
	if s.rule.Mode == rule.Shadow {
		outcome, clauseName = decisionv1.Outcome_OUTCOME_SHADOW, "mode"
	}
	d := e.decision(j, outcome, clauseName, detail)
	actions, err := e.actions(j, d.GetId())
	if err != nil {
		return e.failed(j, "do", err)
	}
	d.Causes, d.Actions = idsOf(causes), refsOf(actions)
	if s.rule.Count != nil && s.rule.Count.Reset {
		delete(s.windows, j.joined)
	}
	s.cooldown.start(j, e.ageFrom(j.at))
	if outcome == decisionv1.Outcome_OUTCOME_SHADOW {
		actions = nil
	}
	return Output{Decision: d, Actions: actions}
}

// causesOf returns the counted events and the causes in one order, oldest
// first. Of very many counted ones the latest stand for all.
func causesOf(counted timeline, found []entry) timeline {
	counted = counted[max(0, len(counted)-maxCauses):]
	if len(found) == 0 {
		return counted
	}
	all := slices.Clone(counted)
	for _, x := range found {
		if at, known := slices.BinarySearchFunc(all, x, entry.compare); !known {
			all = slices.Insert(all, at, x)
		}
	}
	return all
}

// firedDetail says what was seen.
func firedDetail(j *judgement, counted timeline, found []entry) string {
	var detail string
	if n := j.state.rule.Count; n != nil {
		detail = countDetail(n, counted)
	}
	for i, cause := range found {
		if detail != "" {
			detail += ", "
		}
		if len(found) > 1 {
			detail += fmt.Sprintf("given[%d] ", i)
		}
		detail += "lag " + short(j.at.Sub(cause.at))
	}
	return detail
}
