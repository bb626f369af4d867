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

// timer is something that is due: the end of a lease or of the wait of a
// judgement by the engine's clock, that of a hold by the time of events.
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
	switch t.turn {
	case turnLease:
		return cmp.Compare(t.lease.key, other.lease.key)
	case turnHold:
		return cmp.Or(t.judgement.compare(other.judgement.arrival), cmp.Compare(t.judgement.state.index, other.judgement.state.index))
	default:
		return t.judgement.compareArrival(other.judgement)
	}
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

// next returns what is due first and when, false if there is nothing.
func (e *Engine) next() (due time.Time, what turn, ok bool) {
	consider := func(at time.Time, t turn) {
		if !ok || at.Before(due) || at.Equal(due) && t < what {
			due, what, ok = at, t, true
		}
	}
	if t := e.agenda.first(); t != nil {
		consider(t.due, t.turn)
	}
	if a := e.backlog.first(); a != nil {
		consider(e.releaseDue(a), turnRelease)
	}
	if t := e.standing.first(); t != nil {
		consider(e.holdDue(t), turnHold)
	}
	return due, what, ok
}

// wake lets happen what is due first, if it is by now: the clock may have
// forgotten it.
func (e *Engine) wake(out []Output) []Output {
	due, what, ok := e.next()
	if !ok || due.After(e.clock) {
		return out
	}
	switch what {
	case turnRelease:
		return e.release(out, e.backlog.first())
	case turnHold:
		return e.holdOver(out, place{at: e.clock, turn: turnHold})
	case turnLease:
		t := e.agenda.first()
		e.agenda.remove(t)
		return append(out, e.leaseOver(t.lease))
	default:
		t := e.agenda.first()
		e.agenda.remove(t)
		e.waiting.forget(t.judgement)
		return e.judge(out, t.judgement, place{at: t.due, turn: turnWait, number: t.judgement.number})
	}
}
