package engine

import (
	"fmt"

	"github.com/signalbox-io/signalbox/services/router/rule"
)

// countIn puts the event into the window of its key. A thing that was counted
// for the key before neither counts again nor moves, also when firing has
// emptied the window since: it is an update, at which the rule does not fire.
func (e *Engine) countIn(j *judgement) {
	s := j.state
	if s.rule.Count == nil {
		return
	}
	// An event that is a thing of its own comes once: its id says so.
	if native := j.event.GetNativeId(); native != "" &&
		!s.counted.add(hash(joinKey(j.key), j.event.GetSource(), native), dayOf(e.clock)) {
		j.isCounted = true
		return
	}
	s.windows[j.joined] = s.windows[j.joined].insert(entry{at: j.at, id: j.event.GetId(), hour: e.ageFrom(j.at)})
}

// inWindow returns the counted events of the key in (t - within, t], none for
// a rule that does not count. The answer is the window's own: do not change
// it.
func (s *ruleState) inWindow(j *judgement) timeline {
	if s.rule.Count == nil {
		return nil
	}
	l := s.windows[j.joined]
	return l[l.until(j.at.Add(-s.rule.Count.Within)):l.until(j.at)]
}

func countDetail(n *rule.Count, counted timeline) string {
	return fmt.Sprintf("count %d of %d", len(counted), n.AtLeast)
}

// heldDetail says also why a window that is full does not fire.
func heldDetail(j *judgement, n *rule.Count, counted timeline) string {
	detail := countDetail(n, counted)
	if len(counted) >= n.AtLeast {
		detail += ", an update of " + clipped(j.event.GetNativeId(), maxShownKey)
	}
	return detail
}
