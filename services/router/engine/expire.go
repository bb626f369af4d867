package engine

import (
	"math"
	"time"

	"github.com/signalbox-io/signalbox/services/router/state"
)

// memoryDays is how long what must not be met twice is remembered, in days of
// the engine's clock; the day on which it was met counts besides.
const memoryDays = 90

// Bounds of the times that are kept of a key or a target; cutting in blocks makes
// it cheap.
const (
	maxSpans  = 20_000
	keptSpans = 15_000
)

// longest is the horizon of what is kept until somebody says for how long.
const longest = math.MaxInt32

// slack is how much later than it was observed an event may reach the stream
// without missing state: half a day of the bus being away, and as much again.
const slack = 24 * time.Hour

// maxAhead bounds how long an event dated into the future is kept for its own
// time.
const maxAhead = memoryDays * 24 * time.Hour

// maxTime is the last instant a timestamp can hold.
func maxTime() time.Time { return time.Unix(maxSeconds, 999_999_999).UTC() }

// maxSeconds is the last second of the year 9999.
const maxSeconds = 253402300799

// moveClock moves the clock forward and forgets what is over by then.
func (e *Engine) moveClock(now time.Time) {
	if !now.After(e.clock) {
		return
	}
	e.clock = capped(now)
	if hour := hourOf(e.clock); hour != e.hour {
		e.hour = hour
		e.sweep()
	}
}

// sweep forgets what no event that is in time can need. It is called whenever
// the clock enters an hour, before anything is read, so what is remembered
// depends on the clock alone.
func (e *Engine) sweep() {
	e.seen.Tick(e.hour)
	for _, s := range e.rules {
		s.sweep(e)
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

// expire forgets what state of that length need not have any more.
func (e *Engine) expire(t *state.Table, length, wait time.Duration) {
	t.SetHorizon(e.horizon(length, wait))
	t.Tick(e.hour)
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

// hourOf counts hours from 1970, those before it rounded down too.
func hourOf(t time.Time) int64 {
	const hour = 3600
	n := t.Unix()
	if n < 0 {
		n -= hour - 1
	}
	return n / hour
}
