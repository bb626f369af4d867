package engine

import (
	"slices"
	"time"
)

// rebase sets the clock back to now, which an event's place on the stream has
// shown to be the time: the server's clock was ahead, and with it the engine's.
// Without it judgements would wait, and state would be kept, until the time
// that never was. What came by the wrong clock counts as having come now; what
// was forgotten by it stays forgotten.
func (e *Engine) rebase(now time.Time) {
	e.clock, e.hour = now, hourOf(now)
	today := dayOf(now)
	e.seen.rebase(today)
	for _, s := range e.rules {
		s.counted.rebase(today)
		e.rebaseAll(s.windows)
		e.rebaseAll(s.cooldown.fired)
		for _, c := range s.given {
			e.rebaseAll(c.causes)
		}
	}
	for _, c := range e.retired {
		e.rebaseAll(c.fired)
	}
	e.waiting.rebase(now)
}

// rebaseAll lets the age of entries count from now at the latest, or from their
// own time where that is still to come.
func (e *Engine) rebaseAll(keys map[string]timeline) {
	for _, l := range keys {
		for i := range l {
			l[i].hour = min(l[i].hour, e.ageFrom(l[i].at))
		}
	}
}

// rebase makes today of the days that are still to come.
func (m *memory) rebase(today int64) {
	first := slices.IndexFunc(m.days, func(d memoryDay) bool { return d.number >= today })
	if first < 0 {
		return
	}
	merged := memoryDay{number: today}
	for _, day := range m.days[first:] {
		merged.met = append(merged.met, day.met...)
	}
	m.days = append(m.days[:first:first], merged)
}

// rebase lets each judgement that arrived after now have arrived now, and wait
// as long as it was to wait.
func (w *waiting) rebase(now time.Time) {
	for _, j := range w.queue {
		if j.arrived.After(now) {
			j.due = now.Add(j.due.Sub(j.arrived))
			j.arrival = j.arrivedAt(now)
		}
	}
	slices.SortFunc(w.queue, (*judgement).compareDue)
}

// arrivedAt returns the arrival at another time. An arrival is shared by the
// judgements of its event.
func (a *arrival) arrivedAt(now time.Time) *arrival {
	moved := *a
	moved.arrived = now
	return &moved
}
