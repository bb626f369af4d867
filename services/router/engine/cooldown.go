package engine

import "time"

// cooldown is when a rule fired, by key. It belongs to the rule's name.
type cooldown struct {
	length time.Duration
	fired  map[string]timeline
}

// until returns the end of the cooldown that holds the event: that of a firing
// less than its length before it, or after it for an event out of order.
func (c *cooldown) until(j *judgement) (time.Time, bool) {
	l := c.fired[j.joined]
	next := l.until(j.at)
	if next < len(l) && j.at.After(l[next].at.Add(-c.length)) {
		return l[next].at.Add(c.length), true
	}
	if next > 0 {
		end := l[next-1].at.Add(c.length)
		return end, j.at.Before(end)
	}
	return time.Time{}, false
}

// start begins a cooldown at the event that fired.
func (c *cooldown) start(j *judgement, hour int64) {
	if c.length > 0 {
		c.fired[j.joined] = c.fired[j.joined].insert(entry{at: j.at, id: j.event.GetId(), hour: hour})
	}
}
