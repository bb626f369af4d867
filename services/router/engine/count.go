package engine

import (
	"fmt"

	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	"github.com/signalbox-io/signalbox/services/router/rule"
	"github.com/signalbox-io/signalbox/services/router/state"
)

// countIn puts the event into the window of its key. A thing that was counted
// for the key before neither counts again nor moves, also when firing has
// emptied the window since: it is an update, at which the rule does not fire.
// With `distinct` the value counts instead of the thing.
func (e *Engine) countIn(j *judgement) error {
	s := j.state
	if s.rule.Count == nil {
		return nil
	}
	var tag state.Key
	if s.rule.Count.Distinct != nil {
		value, err := s.rule.Count.Distinct.Text(j.vars)
		if isAbsent(err) {
			j.uncounted = "distinct has no value"
			return nil
		}
		if err != nil {
			return fmt.Errorf("distinct: %w", err)
		}
		tag = state.KeyOf(value)
	}
	if !s.windows.HasRoom(j.joined) {
		return e.full()
	}
	// An event that is a thing of its own comes once: its id says so.
	if native := j.event.GetNativeId(); s.rule.Count.Distinct == nil && native != "" &&
		!s.counted.Add(j.thing(native)) {
		j.uncounted = "an update of " + clipped(native, maxShownKey)
		return nil
	}
	s.windows.AddTagged(j.joined, j.at, j.event.GetId(), tag, e.ageFrom(j.at))
	return nil
}

// count asks whether enough lies in the window (t - within, t].
func (e *Engine) count(j *judgement) (Output, verdict) {
	n := j.state.rule.Count
	if n == nil {
		return Output{}, passes
	}
	in := j.state.windows.Run(j.joined).Within(j.at, n.Within)
	j.counted = allOf(in)
	if n.Distinct != nil {
		j.counted = e.scratch.latestOfEach(in)
	}
	if j.counted.len() >= n.AtLeast && j.uncounted == "" {
		return Output{}, passes
	}
	j.causes = causesOf(j.counted, nil)
	detail := countDetail(n, j.counted)
	if j.uncounted != "" && (j.counted.len() >= n.AtLeast || n.Distinct != nil) {
		detail += ", " + j.uncounted
	}
	return e.held(j, decisionv1.Outcome_OUTCOME_HELD_COUNT, "count", detail), stops
}

func countDetail(n *rule.Count, counted sights) string {
	return fmt.Sprintf("count %d of %d", counted.len(), n.AtLeast)
}
