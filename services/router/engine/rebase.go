package engine

import "time"

// rebase sets the clock back to now, which an event's place on the stream has
// shown to be the time: the server's clock was ahead, and with it the engine's.
// Without it judgements would wait, and state would be kept, until the time
// that never was. What came by the wrong clock counts as having come now; what
// was forgotten by it stays forgotten. What ends at a time of events or at a
// lease's until still does.
func (e *Engine) rebase(now time.Time) {
	e.asked.sweep(e.clock)
	e.budget.sweep(e.clock)
	e.clock, e.hour = now, hourOf(now)
	e.seen.Rebase(e.hour)
	for _, s := range e.rules {
		s.rebase(e)
	}
	for _, f := range e.retired {
		f.rebase(e)
	}
	e.leases.rebase(e.ageFrom)
	e.budget.rebase(now)
	e.backlog.rebase(now)
	e.rebaseWaits(now)
}

// rebaseWaits lets each judgement that arrived after now have arrived now, and
// wait as long as it was to wait.
func (e *Engine) rebaseWaits(now time.Time) {
	for _, t := range e.agenda.timers {
		if j := t.judgement; t.turn == turnWait && j.arrived.After(now) {
			j.due = now.Add(j.due.Sub(j.arrived))
			j.arrival = j.arrivedAt(now)
			t.due = j.due
			e.read(j.arrival)
		}
	}
	e.agenda.keep(func(*timer) bool { return true })
}
