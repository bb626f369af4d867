package engine

import (
	"fmt"
	"slices"
	"time"

	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// flaps are the keys that open and close.
type flaps struct {
	// opened are the things that were seen open, closed those that were seen
	// closed.
	opened, closed memory
	// closings hold the first closing of each thing, tagged with it.
	closings timelines
	// spells are those that keys flap through at the moment, or did.
	spells map[string]spell
}

// spell is the time from the event that completed the closings to the last event
// of the key that came before it had been quiet.
type spell struct {
	since, last time.Time
	hour        int64 // from which its age counts
}

// includes reports whether an event belongs to the spell: no quiet of that length
// lies between them.
func (s spell) includes(at time.Time, quiet time.Duration) bool {
	return !s.last.IsZero() && at.Before(s.last.Add(quiet)) && at.Add(quiet).After(s.since)
}

// flapIn notes what the event says about its key: that something opened or
// closed, or only that the key is not quiet.
func (e *Engine) flapIn(j *judgement) error {
	s := j.state
	if s.rule.Flap == nil {
		return nil
	}
	if now, ok := s.flaps.spells[j.joined]; ok && now.includes(j.at, s.rule.Flap.Within) {
		now.since, now.last = earlier(now.since, j.at), later(now.last, j.at)
		now.hour = max(now.hour, e.ageFrom(j.at))
		s.flaps.spells[j.joined] = now
	}
	native := j.event.GetNativeId()
	if native == "" {
		return nil // a thing of its own neither opens nor closes
	}
	thing := hash(joinKey(j.key), j.event.GetSource(), native)
	switch j.event.GetAnomaly().GetPhase() {
	case eventv1.Phase_PHASE_OPEN, eventv1.Phase_PHASE_UPDATED:
		s.flaps.opened.add(thing, dayOf(e.clock))
	case eventv1.Phase_PHASE_CLOSED:
		if !s.flaps.closings.hasRoom(j.joined, e.settings.maxKeys()) {
			return e.full()
		}
		if s.flaps.closed.add(thing, dayOf(e.clock)) {
			x := j.entry()
			x.hour, x.tag = e.ageFrom(j.at), string(thing[:])
			s.flaps.closings.insert(j.joined, x)
		}
	case eventv1.Phase_PHASE_UNSPECIFIED:
	}
	return nil
}

// flap fires once for a key that opened and closed often enough, and holds every
// other event of it until it has been quiet.
func (e *Engine) flap(j *judgement) (Output, verdict) {
	f := j.state.rule.Flap
	if f == nil {
		return Output{}, passes
	}
	now := j.state.flaps.spells[j.joined]
	if now.includes(j.at, f.Within) {
		j.causes = causesOf(j.counted, j.found)
		return e.heldFlap(j, fmt.Sprintf("flaps since %s, until it has been quiet for %s", rfc3339(now.since), short(f.Within))), stops
	}
	closed := j.state.flaps.closedIn(j.joined, j.at, f.Within)
	if len(closed) < f.AtLeast {
		j.causes = idsOf(closed[max(0, len(closed)-maxCauses):])
		return e.heldFlap(j, closedDetail(f, len(closed))), stops
	}
	for _, x := range closed {
		j.found = append(j.found, cause{entry: x})
	}
	if j.at.After(now.last) {
		j.state.flaps.begin(j.joined, spell{since: j.at, last: j.at, hour: e.ageFrom(j.at)})
	}
	return Output{}, passes
}

func (e *Engine) heldFlap(j *judgement, detail string) Output {
	return e.held(j, decisionv1.Outcome_OUTCOME_HELD_FLAP, "flap", detail)
}

func closedDetail(f *rule.Flap, closed int) string {
	return fmt.Sprintf("closed %d of %d", closed, f.AtLeast)
}

// closedIn returns the closings in (t - length, t] of what was seen open.
func (f *flaps) closedIn(key string, t time.Time, length time.Duration) timeline {
	closed := slices.Clone(f.closings.of(key).within(t, length))
	return slices.DeleteFunc(closed, func(x entry) bool { return !f.opened.has(digest([]byte(x.tag))) })
}

func (f *flaps) begin(key string, s spell) {
	if f.spells == nil {
		f.spells = map[string]spell{}
	}
	f.spells[key] = s
}

func (f *flaps) keys() int { return f.closings.len() + len(f.spells) }

func (f *flaps) sweep(hour, horizon, day int64) {
	f.opened.expire(day)
	f.closed.expire(day)
	f.closings.sweep(hour, horizon)
	for key, s := range f.spells {
		if s.hour+horizon < hour {
			delete(f.spells, key)
		}
	}
}

func (f *flaps) rebase(ageFrom func(time.Time) int64, today int64) {
	f.opened.rebase(today)
	f.closed.rebase(today)
	f.closings.rebase(ageFrom)
	for key, s := range f.spells {
		s.hour = min(s.hour, ageFrom(s.last))
		f.spells[key] = s
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
