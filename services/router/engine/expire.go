package engine

import "time"

// slack is how much later than it was observed an event may reach the stream
// without missing state: half a day of the bus being away, and as much again.
const slack = 24 * time.Hour

// maxAhead bounds how long an event dated into the future is kept for its own
// time.
const maxAhead = memoryDays * 24 * time.Hour

// maxTime is the last instant a timestamp can hold.
func maxTime() time.Time { return time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC) }

// moveClock moves the clock forward and forgets what is over by then.
func (e *Engine) moveClock(now time.Time) {
	if !now.After(e.clock) {
		return
	}
	e.clock = now.UTC()
	if e.clock.After(maxTime()) {
		e.clock = maxTime()
	}
	if hour := hourOf(e.clock); hour != e.hour {
		e.hour = hour
		e.sweep()
	}
}

// sweep forgets what no event that is in time can need. It is called whenever
// the clock enters an hour, before anything is read, so what is remembered
// depends on the clock alone.
func (e *Engine) sweep() {
	day := dayOf(e.clock)
	e.seen.expire(day)
	for _, s := range e.rules {
		s.sweep(e, day)
	}
	for name, f := range e.retired {
		f.sweep(e, 0)
		if f.keys() == 0 {
			delete(e.retired, name)
		}
	}
	e.leases.sweep(e.hour, e.horizon(0, e.longestWait()))
	e.asked.sweep(e.clock)
	e.budget.sweep(e.clock)
}

// horizon is how many hours state of that length is kept: the length, the
// lateness that is accepted, the time for which events are held back, the wait
// for a cause, and the slack, each rounded up.
func (e *Engine) horizon(length, wait time.Duration) int64 {
	return hours(length) + hours(e.settings.MaxLateness) + hours(e.settings.Reorder) + hours(wait) + hours(slack)
}

func (e *Engine) longestWait() time.Duration {
	var wait time.Duration
	for _, s := range e.rules {
		wait = max(wait, s.longestWait())
	}
	return wait
}

// hours rounds up; a negative length is none.
func hours(d time.Duration) int64 {
	whole := max(0, d) / time.Hour
	if max(0, d)%time.Hour > 0 {
		whole++
	}
	return int64(whole)
}

// ageFrom returns the hour from which the age of an event's state counts: that
// of its arrival, or of its own time where that is still to come.
func (e *Engine) ageFrom(at time.Time) int64 {
	switch limit := e.clock.Add(maxAhead); {
	case at.After(limit):
		return hourOf(limit)
	case at.After(e.clock):
		return hourOf(at)
	default:
		return hourOf(e.clock)
	}
}

func hourOf(t time.Time) int64 { return floor(t.Unix(), 3600) }

func dayOf(t time.Time) int64 { return floor(t.Unix(), 24*3600) }

// floor divides and rounds down, also before 1970.
func floor(n, by int64) int64 {
	q := n / by
	if n%by < 0 {
		q--
	}
	return q
}
