package backtest

import (
	"slices"
	"time"
)

// span is a time from its beginning to its end.
type span struct{ from, until time.Time }

// maxSpans is how many spans are kept apart; beyond it the oldest half is only
// summed up.
const maxSpans = 64

// spans is a set of times: ordered and apart from each other.
type spans struct {
	list []span
	// past is what was summed up, in milliseconds.
	past uint64
}

// add adds a time; nothing if it is over before it begins. Times that only
// touch stay apart: where one ends and the next begins is in neither.
func (s *spans) add(from, until time.Time) {
	if !from.Before(until) {
		return
	}
	first := 0
	for first < len(s.list) && !s.list[first].until.After(from) {
		first++
	}
	last := first
	for ; last < len(s.list) && s.list[last].from.Before(until); last++ {
		x := s.list[last]
		if x.from.Before(from) {
			from = x.from
		}
		if x.until.After(until) {
			until = x.until
		}
	}
	s.list = slices.Replace(s.list, first, last, span{from, until})
	if len(s.list) > maxSpans {
		s.past += sum(s.list[:maxSpans/2])
		s.list = slices.Delete(s.list, 0, maxSpans/2)
	}
}

// cut ends the time that t lies in at t.
func (s *spans) cut(t time.Time) {
	for i, x := range s.list {
		if x.from.Before(t) && t.Before(x.until) {
			s.list[i].until = t
		}
	}
}

// covers reports whether t lies within a time, both ends exclusive.
func (s *spans) covers(t time.Time) bool {
	for _, x := range slices.Backward(s.list) {
		if x.from.Before(t) {
			return t.Before(x.until)
		}
	}
	return false
}

// milliseconds returns how long all of it is that lies before the end.
func (s *spans) milliseconds(end time.Time) uint64 {
	kept := slices.Clone(s.list)
	for i, x := range kept {
		if end.Before(x.until) {
			kept[i].until = latest(x.from, end)
		}
	}
	return s.past + sum(kept)
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func sum(list []span) uint64 {
	var total uint64
	for _, x := range list {
		total += uint64(x.until.UnixMilli() - x.from.UnixMilli())
	}
	return total
}
