package engine

import (
	"fmt"
	"slices"

	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	"github.com/signalbox-io/signalbox/services/router/rule"
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
	x := j.entry()
	x.hour = e.ageFrom(j.at)
	if s.rule.Count.Distinct != nil {
		value, err := s.rule.Count.Distinct.Text(j.vars)
		if isAbsent(err) {
			j.uncounted = "distinct has no value"
			return nil
		}
		if err != nil {
			return fmt.Errorf("distinct: %w", err)
		}
		d := hash(value)
		x.tag = string(d[:])
	}
	if !s.windows.hasRoom(j.joined, e.settings.maxKeys()) {
		return e.full()
	}
	// An event that is a thing of its own comes once: its id says so.
	if native := j.event.GetNativeId(); s.rule.Count.Distinct == nil && native != "" &&
		!s.counted.add(hash(joinKey(j.key), j.event.GetSource(), native), dayOf(e.clock)) {
		j.uncounted = "an update of " + clipped(native, maxShownKey)
		return nil
	}
	s.windows.insert(j.joined, x)
	return nil
}

// count asks whether enough lies in the window (t - within, t].
func (e *Engine) count(j *judgement) (Output, verdict) {
	n := j.state.rule.Count
	if n == nil {
		return Output{}, passes
	}
	j.counted = j.state.windows.of(j.joined).within(j.at, n.Within)
	if n.Distinct != nil {
		j.counted = e.scratch.latestOfEach(j.counted)
	}
	if len(j.counted) >= n.AtLeast && j.uncounted == "" {
		return Output{}, passes
	}
	j.causes = causesOf(j.counted, nil)
	detail := countDetail(n, j.counted)
	if j.uncounted != "" && (len(j.counted) >= n.AtLeast || n.Distinct != nil) {
		detail += ", " + j.uncounted
	}
	return e.held(j, decisionv1.Outcome_OUTCOME_HELD_COUNT, "count", detail), stops
}

func countDetail(n *rule.Count, counted timeline) string {
	return fmt.Sprintf("count %d of %d", len(counted), n.AtLeast)
}

// scratch is memory that is used again for each event.
type scratch struct {
	tags map[string]struct{}
	kept timeline
}

// latestOfEach returns the latest entry of each tag, which is good until the
// next call.
func (s *scratch) latestOfEach(l timeline) timeline {
	if s.tags == nil {
		s.tags = map[string]struct{}{}
	}
	clear(s.tags)
	s.kept = s.kept[:0]
	for _, x := range slices.Backward(l) {
		if _, known := s.tags[x.tag]; !known {
			s.tags[x.tag] = struct{}{}
			s.kept = append(s.kept, x)
		}
	}
	slices.Reverse(s.kept)
	return s.kept
}
