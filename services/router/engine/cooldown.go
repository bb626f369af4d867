package engine

import (
	"time"

	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	"github.com/signalbox-io/signalbox/services/router/rule"
	"github.com/signalbox-io/signalbox/services/router/state"
)

// cooldown asks whether the key is quiet after it fired.
func (e *Engine) cooldown(j *judgement) (Output, verdict) {
	length := j.state.rule.Cooldown
	if length == 0 {
		return Output{}, passes
	}
	until, isCooling := coolsUntil(j.state.firings.of(rule.AcrossKey, j.joined), j.when(), length)
	if !isCooling {
		return Output{}, passes
	}
	return e.held(j, decisionv1.Outcome_OUTCOME_HELD_COOLDOWN, "cooldown", "cooldown until "+rfc3339(until)), stops
}

// coolsUntil returns the end of the cooldown that holds what is at that time:
// that of a firing less than its length before it, or after it for an event out
// of order.
func coolsUntil(fired state.Run, at time.Time, length time.Duration) (time.Time, bool) {
	next := fired.Until(at)
	if next < fired.Len() && at.After(fired.Time(next).Add(-length)) {
		return fired.Time(next).Add(length), true
	}
	if next > 0 {
		end := fired.Time(next - 1).Add(length)
		return end, at.Before(end)
	}
	return time.Time{}, false
}
