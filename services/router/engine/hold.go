package engine

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	"github.com/signalbox-io/signalbox/services/router/state"
)

// hold lets a match stand before it acts. One stands for a key at a time; it is
// over at its event's time and `for`, by the engine's clock. Under reorder it
// keeps its place among the events: after those that occurred before its end, and
// before those that did not.
func (e *Engine) hold(j *judgement) (Output, verdict) {
	h := j.state.rule.Hold
	if h == nil {
		return Output{}, passes
	}
	j.settle()
	over := capped(j.at.Add(h.For))
	if detail, err := e.cannotStand(j, over); err != nil || detail != "" {
		if err != nil {
			return e.failed(j, "hold", err), stops
		}
		return e.heldHold(j, "hold", detail), stops
	}
	if e.settings.Reorder == 0 && !over.After(e.clock) {
		j.stamp = over
		return Output{}, passes
	}
	j.size = j.sizeWith(proto.Size(j.event))
	if e.waiting.standingBytes+j.size > maxStandingBytes {
		return e.heldHold(j, "hold", "not held: too many matches stand"), stops
	}
	o := e.heldHold(j, "hold", "stands until "+rfc3339(over))
	j.stamp, j.hour = over, e.ageFrom(j.at)
	e.stand(j)
	return o, stops
}

// isOver is when a match has stood for long enough by the engine's clock: what
// is held back has its time until then.
func (e *Engine) isOver(t *timer) time.Time { return capped(t.due.Add(e.settings.Reorder)) }

// holdDue is when a match acts unless an event ends it: when it is over and no
// event is held back that occurred before.
func (e *Engine) holdDue(t *timer) time.Time {
	due := later(e.isOver(t), e.clock)
	if a := e.backlog.earliest(); a != nil && a.at.Before(t.due) {
		return later(due, e.releaseDue(e.backlog.first()))
	}
	return due
}

// cannotStand says why no hold begins with the event, nothing if one does.
func (e *Engine) cannotStand(j *judgement, over time.Time) (string, error) {
	if until := j.state.rule.Hold.Until; until != nil {
		switch ok, err := holds(until, j.vars); {
		case err != nil:
			return "", fmt.Errorf("until: %w", err)
		case ok:
			return "its own event ends it", nil
		}
	}
	if other := j.state.holds[j.joined]; other != nil {
		return fmt.Sprintf("%s stands until %s", other.event.GetId(), rfc3339(other.stamp)), nil
	}
	if x, ok := j.endBefore(over); ok {
		return fmt.Sprintf("%s ended it after %s", x.ID, short(x.At.Sub(j.at))), nil
	}
	if len(j.state.holds) >= e.settings.maxKeys() {
		return "", e.full()
	}
	return "", nil
}

// endBefore returns the first end behind the judgement's event and before over.
func (j *judgement) endBefore(over time.Time) (x state.Entry, ok bool) {
	ends := j.state.ends.Run(j.joined)
	for i := ends.Until(j.at.Add(-1)); i < ends.Len() && ends.Time(i).Before(over); i++ {
		if x = ends.Entry(i); x.Compare(j.entry()) > 0 {
			return x, true
		}
	}
	return state.Entry{}, false
}

func (e *Engine) heldHold(j *judgement, clauseName, detail string) Output {
	return e.held(j, decisionv1.Outcome_OUTCOME_HELD_HOLD, clauseName, detail)
}

// stand puts the judgement among those that stand.
func (e *Engine) stand(j *judgement) {
	j.timer = &timer{due: j.stamp, turn: turnHold, judgement: j}
	e.standing.add(j.timer)
	j.state.holds[j.joined] = j
	e.waiting.standingBytes += j.size
}

// fall takes it out again; its timer is gone.
func (e *Engine) fall(j *judgement) {
	delete(j.state.holds, j.joined)
	e.waiting.standingBytes -= j.size
	j.timer = nil
}

// holdOver judges the match that is over first, as of then.
func (e *Engine) holdOver(out []Output, at place) []Output {
	j := e.standing.first().judgement
	e.standing.remove(j.timer)
	e.fall(j)
	at.stamp, at.held = j.stamp, j.arrival
	j.place = at
	e.noteStood(j)
	return e.conclude(out, j)
}

// endHold ends what stands for the key of an event on which `until` holds. What
// is not there yet may still arrive: an end is remembered.
func (e *Engine) endHold(out []Output, s *ruleState, a *arrival, f found, at place) []Output {
	key, ok, err := keyed(a, f, s.rule.Key)
	j := &judgement{arrival: a, state: s, key: key, place: at}
	if err != nil {
		return append(out, e.failed(j, "hold.until", err))
	}
	if !ok {
		return out
	}
	j.joined = state.KeyOf(key...)
	if !s.ends.Add(j.joined, a.at, a.event.GetId(), e.ageFrom(a.at)) {
		return append(out, e.failed(j, "hold.until", e.full()))
	}
	stood := s.holds[j.joined]
	if stood == nil || !a.isAfter(stood.arrival) || !a.at.Before(stood.stamp) {
		return out
	}
	e.standing.remove(stood.timer)
	e.fall(stood)
	j.causes = []string{stood.event.GetId()}
	return append(out, e.heldHold(j, "hold.until", fmt.Sprintf("ended the match of %s, which stood for %s of %s",
		stood.event.GetId(), short(a.at.Sub(stood.at)), short(s.rule.Hold.For))))
}

// forgetHolds drops matches that are dated ahead further than anything is kept.
func (e *Engine) forgetHolds(s *ruleState, horizon int64) {
	for _, j := range s.holds {
		if j.hour+horizon < e.hour {
			e.standing.remove(j.timer)
			e.fall(j)
		}
	}
}
