package engine

import (
	"fmt"
	"time"

	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// mute asks whether a mute window is open. What it drops starts no cooldown.
func (e *Engine) mute(j *judgement) (Output, verdict) {
	for _, w := range j.state.rule.Mute {
		if isMuted(w, j.when()) {
			detail := fmt.Sprintf("%s until %02d:%02d %s", w.Name, w.To/60, w.To%60, w.Zone)
			return e.held(j, decisionv1.Outcome_OUTCOME_MUTED, "mute", detail), stops
		}
	}
	return Output{}, passes
}

// isMuted reports whether the window is open at that instant. It goes by what
// the clock on the wall shows then, so an hour that comes twice is muted twice
// and one that is skipped not at all. A window that goes over midnight belongs
// to the day on which it starts.
func isMuted(w *rule.MuteWindow, at time.Time) bool {
	local := at.In(w.Zone)
	minute := 60*local.Hour() + local.Minute()
	today := local.Weekday()
	if w.From < w.To {
		return w.Days[today] && w.From <= minute && minute < w.To
	}
	yesterday := (today + 6) % 7
	return w.Days[today] && w.From <= minute || w.Days[yesterday] && minute < w.To
}
