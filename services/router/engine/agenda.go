package engine

import (
	"cmp"
	"container/heap"
	"time"
)

// turn orders what happens in one instant of the clock: first the timers in
// this order, then what the event that has arrived brings about.
type turn uint8

const (
	turnLease    turn = iota // a lease ends
	turnRelease              // an event that was held back is judged
	turnWait                 // a judgement has waited for long enough
	turnHold                 // a match has stood for long enough
	turnEnter                // the event that has arrived becomes a cause
	turnComplete             // judgements that waited for it are made
	turnLate                 // it came too late
	turnJudge                // it is judged
)

// timer is something that is due at a time of the engine's clock: the end of a
// lease, or of the wait or the hold of a judgement.
type timer struct {
	due       time.Time
	turn      turn
	lease     *lease     // turnLease
	judgement *judgement // turnWait, turnHold
	at        int        // place in the agenda
}

func (t *timer) compare(other *timer) int {
	if c := cmp.Or(t.due.Compare(other.due), cmp.Compare(t.turn, other.turn)); c != 0 {
		return c
	}
	if t.lease != nil {
		return cmp.Compare(t.lease.key, other.lease.key)
	}
	return t.judgement.compareArrival(other.judgement)
}

// agenda holds the timers, the first one in front. Their order has no ties, so
// they come in the same order whatever the way in which they were added.
type agenda struct{ timers timers }

// first returns the timer that is due first, nil for none.
func (a *agenda) first() *timer {
	if len(a.timers) == 0 {
		return nil
	}
	return a.timers[0]
}

// add takes a timer, which is due by the last instant that the clock can show.
func (a *agenda) add(t *timer) {
	t.due = capped(t.due)
	heap.Push(&a.timers, t)
}

func (a *agenda) remove(t *timer) { heap.Remove(&a.timers, t.at) }

// move gives a timer another end.
func (a *agenda) move(t *timer, due time.Time) {
	t.due = capped(due)
	heap.Fix(&a.timers, t.at)
}

// keep drops the timers that are not to be kept, and orders the others anew.
func (a *agenda) keep(isKept func(*timer) bool) {
	kept := a.timers[:0]
	for _, t := range a.timers {
		if isKept(t) {
			t.at = len(kept)
			kept = append(kept, t)
		}
	}
	clear(a.timers[len(kept):])
	a.timers = kept
	heap.Init(&a.timers)
}

// timers implements heap.Interface.
type timers []*timer

// Len implements heap.Interface.
func (h *timers) Len() int { return len(*h) }

// Less implements heap.Interface.
func (h *timers) Less(i, j int) bool { return (*h)[i].compare((*h)[j]) < 0 }

// Swap implements heap.Interface.
func (h *timers) Swap(i, j int) {
	(*h)[i], (*h)[j] = (*h)[j], (*h)[i]
	(*h)[i].at, (*h)[j].at = i, j
}

// Push implements heap.Interface.
func (h *timers) Push(x any) {
	t, _ := x.(*timer)
	t.at = len(*h)
	*h = append(*h, t)
}

// Pop implements heap.Interface.
func (h *timers) Pop() any {
	last := len(*h) - 1
	t := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return t
}

// wake lets happen what is due first, by now.
func (e *Engine) wake(out []Output) []Output {
	first, release := e.agenda.first(), e.backlog.first()
	if release != nil && (first == nil || first.turn > turnRelease || first.due.After(e.clock)) && !e.releaseDue(release).After(e.clock) {
		return e.release(out, release)
	}
	if first == nil || first.due.After(e.clock) {
		return out // it was forgotten with the hour
	}
	e.agenda.remove(first)
	switch first.turn {
	case turnLease:
		return append(out, e.leaseOver(first.lease))
	case turnWait:
		e.waiting.forget(first.judgement)
		return e.judge(out, first.judgement, place{at: first.due, turn: turnWait, number: first.judgement.number})
	default:
		return e.holdOver(out, first.judgement)
	}
}
