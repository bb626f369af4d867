package engine

import (
	"fmt"
	"slices"
	"time"

	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/rule"
	"github.com/signalbox-io/signalbox/services/router/state"
)

// flaps are the keys that open and close.
type flaps struct {
	// opened are the things that were seen open, closed those that were seen
	// closed.
	opened, closed *state.Memory
	// closings hold the first closing of each thing, tagged with it. Their keys are
	// among those of runs.
	closings *state.Table
	// runs are when something happened to each key, ascending.
	runs map[state.Key][]run
}

func (e *Engine) newFlaps() flaps {
	return flaps{opened: e.newMemory(), closed: e.newMemory(), closings: e.newTable(), runs: map[state.Key][]run{}}
}

// run is a time in which a key was never quiet for long.
type run struct {
	first, last time.Time
	// flaps is the event that completed the closings, zero for none. The key flaps
	// for the whole of the run.
	flaps time.Time
	hour  int64 // from which its age counts
}

// flapIn notes what the event says about its key: that something opened or
// closed, or only that the key is not quiet.
func (e *Engine) flapIn(j *judgement) error {
	s := j.state
	if s.rule.Flap == nil {
		return nil
	}
	if _, isKnown := s.flaps.runs[j.joined]; !isKnown && len(s.flaps.runs) >= e.settings.maxKeys() {
		return e.full()
	}
	s.flaps.meet(j.joined, run{first: j.at, last: j.at, hour: e.ageFrom(j.at)}, s.rule.Flap.Within)
	native := j.event.GetNativeId()
	if native == "" {
		return nil // a thing of its own neither opens nor closes
	}
	thing := j.thing(native)
	switch j.event.GetAnomaly().GetPhase() {
	case eventv1.Phase_PHASE_OPEN, eventv1.Phase_PHASE_UPDATED:
		s.flaps.opened.Add(thing)
	case eventv1.Phase_PHASE_CLOSED:
		if s.flaps.closed.Add(thing) {
			s.flaps.closings.AddTagged(j.joined, j.at, j.event.GetId(), thing, e.ageFrom(j.at))
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
	now := j.state.flaps.at(j.joined, j.at)
	if !now.flaps.IsZero() {
		j.causes = causesOf(j.counted, j.found)
		return e.heldFlap(j, fmt.Sprintf("flaps since %s, until it has been quiet for %s", rfc3339(now.flaps), short(f.Within))), stops
	}
	closed := j.state.flaps.closedIn(j.joined, j.at, f.Within)
	if closed.len() < f.AtLeast {
		j.causes = idsOf(closed.latest(maxCauses))
		return e.heldFlap(j, closedDetail(f, closed.len())), stops
	}
	for _, x := range closed.latest(closed.len()) {
		j.found = append(j.found, cause{Entry: x})
	}
	now.flaps = j.at
	return Output{}, passes
}

func (e *Engine) heldFlap(j *judgement, detail string) Output {
	return e.held(j, decisionv1.Outcome_OUTCOME_HELD_FLAP, "flap", detail)
}

func closedDetail(f *rule.Flap, closed int) string {
	return fmt.Sprintf("closed %d of %d", closed, f.AtLeast)
}

// closedIn returns the closings in (t - length, t] of what was seen open.
func (f *flaps) closedIn(key state.Key, t time.Time, length time.Duration) sights {
	closed := sights{run: f.closings.Run(key).Within(t, length), isPicked: true}
	for i := range closed.run.Len() {
		if f.opened.Has(closed.run.Tag(i)) {
			closed.places = append(closed.places, i)
		}
	}
	return closed
}

// meet puts an event into the runs of its key. Where it leaves no quiet of that
// length between two of them they become one. Beyond maxSpans the oldest go.
func (f *flaps) meet(key state.Key, x run, quiet time.Duration) {
	runs := f.runs[key]
	from, _ := slices.BinarySearchFunc(runs, x.first, func(r run, at time.Time) int {
		if at.Before(r.last.Add(quiet)) {
			return 1
		}
		return -1
	})
	to := from
	for to < len(runs) && runs[to].first.Before(x.last.Add(quiet)) {
		x.join(runs[to])
		to++
	}
	if runs = slices.Replace(runs, from, to, x); len(runs) > maxSpans {
		runs = slices.Clone(runs[len(runs)-keptSpans:])
	}
	f.runs[key] = runs
}

func (r *run) join(other run) {
	r.first, r.last, r.hour = earlier(r.first, other.first), later(r.last, other.last), max(r.hour, other.hour)
	if r.flaps.IsZero() || !other.flaps.IsZero() && other.flaps.Before(r.flaps) {
		r.flaps = other.flaps
	}
}

// at returns the run that an event has entered. None is kept for one that
// has waited longer than runs are kept.
func (f *flaps) at(key state.Key, at time.Time) *run {
	runs := f.runs[key]
	for i := len(runs) - 1; i >= 0; i-- {
		if !at.Before(runs[i].first) && !at.After(runs[i].last) {
			return &runs[i]
		}
	}
	return &run{}
}

func (f *flaps) keys() int { return f.closings.Len() + len(f.runs) }

func (f *flaps) sweep(e *Engine, length, wait time.Duration) {
	f.opened.Tick(e.hour)
	f.closed.Tick(e.hour)
	e.expire(f.closings, length, wait)
	horizon := e.horizon(length, wait)
	for key, runs := range f.runs {
		runs = slices.DeleteFunc(runs, func(r run) bool { return r.hour+horizon < e.hour })
		if f.runs[key] = runs; len(runs) == 0 {
			delete(f.runs, key)
		}
	}
	if len(f.runs) == 0 {
		f.runs = map[state.Key][]run{} // a map keeps the room of what it once held
	}
}

func (f *flaps) rebase(e *Engine) {
	f.opened.Rebase(e.hour)
	f.closed.Rebase(e.hour)
	f.closings.Rebase(e.hour, e.ageFrom)
	for _, runs := range f.runs {
		for i := range runs {
			runs[i].hour = min(runs[i].hour, e.ageFrom(runs[i].last))
		}
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
