package engine

import (
	"fmt"

	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// limit asks whether the rule has fired as often as it may in (t - per, t]. A
// firing in shadow counts as one that acts.
func (e *Engine) limit(j *judgement) (Output, verdict) {
	for i := range j.state.rule.Limits {
		l := &j.state.rule.Limits[i]
		if l.Across == rule.AcrossTarget || l.Across == rule.AcrossSource {
			if err := e.make(j); err != nil {
				return e.failed(j, "do", err), stops
			}
		}
		for _, g := range j.groups(l.Across, nil) {
			if detail := usedUp(j, l, g); detail != "" {
				return e.held(j, decisionv1.Outcome_OUTCOME_HELD_LIMIT, "limits", detail), stops
			}
		}
	}
	return Output{}, passes
}

// usedUp says which limit is used up and until when, nothing if it is not.
func usedUp(j *judgement, l *rule.Limit, g group) string {
	counted := j.state.firings.of(l.Across, g.key).Within(j.when(), l.Per)
	if counted.Len() < l.Max {
		return ""
	}
	detail := fmt.Sprintf("limit %d per %s", l.Max, short(l.Per))
	if l.Across != rule.AcrossRule {
		detail += " across " + string(l.Across)
	}
	if g.name != "" {
		detail += " " + g.name
	}
	return detail + " until " + rfc3339(counted.Time(counted.Len()-l.Max).Add(l.Per))
}
