package engine

import (
	"container/heap"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/expr"
)

// Bounds of what is held back. Beyond them the first to come is judged early.
const (
	maxHeldBack      = 1_000_000
	maxHeldBackBytes = 512 << 20
)

// backlog are the events that are held back under reorder: each for that long
// from its arrival, unless one that occurred after it is judged before.
type backlog struct {
	byTime    byTime     // by (time, id)
	byArrival []*arrival // among them those that were judged, as nil
	gone      int        // of byArrival, from its beginning
	number    int
	bytes     int
	released  uint64 // in all of the engine's life; orders releases
}

// first returns the event that was held back for the longest, nil for none.
func (b *backlog) first() *arrival {
	if b.number == 0 {
		return nil
	}
	return b.byArrival[b.gone]
}

// add holds an event back. What it read of itself is dropped meanwhile.
func (b *backlog) add(a *arrival) {
	a.vars = expr.Vars{}
	a.bytes = proto.Size(a.event)
	heap.Push(&b.byTime, a)
	b.byArrival = append(b.byArrival, a)
	b.number++
	b.bytes += a.bytes
}

// next takes out the event that occurred first.
func (b *backlog) next() *arrival {
	a, _ := heap.Pop(&b.byTime).(*arrival)
	b.number--
	b.bytes -= a.bytes
	a.isReleased = true
	for b.gone < len(b.byArrival) && b.byArrival[b.gone].isReleased {
		b.byArrival[b.gone] = nil
		b.gone++
	}
	if b.gone > len(b.byArrival)/2 {
		b.byArrival = slices.Clone(b.byArrival[b.gone:])
		b.gone = 0
	}
	return a
}

// held returns what is held back, in the order of arrival.
func (b *backlog) held() []*arrival {
	return slices.DeleteFunc(slices.Clone(b.byArrival[b.gone:]), func(a *arrival) bool { return a.isReleased })
}

// rebase lets what arrived after now have arrived now.
func (b *backlog) rebase(now time.Time) {
	for _, a := range b.held() {
		a.arrived = earlier(a.arrived, now)
	}
}

// releaseDue is when an event is judged at the latest.
func (e *Engine) releaseDue(a *arrival) time.Time { return capped(a.arrived.Add(e.settings.Reorder)) }

// holdBack lets the event wait for those that occurred before it and have not
// arrived. Where too many wait the first one is judged.
func (e *Engine) holdBack(out []Output, a *arrival) []Output {
	e.backlog.add(a)
	for e.backlog.number > maxHeldBack || e.backlog.bytes > maxHeldBackBytes {
		e.stats.Early++
		out = e.releaseOne(out)
	}
	return out
}

// release judges an event that was held back for long enough, and before it all
// that occurred before it.
func (e *Engine) release(out []Output, until *arrival) []Output {
	for !until.isReleased {
		out = e.releaseOne(out)
	}
	return out
}

func (e *Engine) releaseOne(out []Output) []Output {
	a := e.backlog.next()
	e.backlog.released++
	at := place{at: e.clock, turn: turnRelease, number: e.backlog.released}
	for t := e.standing.first(); t != nil && !t.due.After(a.at) && !e.isOver(t).After(e.clock); t = e.standing.first() {
		out = e.holdOver(out, at)
	}
	e.matcher.Read(a.event)
	e.match(a, e.matcher)
	return e.judgeAll(out, a, at)
}

// earliest returns the event that occurred first, nil for none.
func (b *backlog) earliest() *arrival {
	if len(b.byTime) == 0 {
		return nil
	}
	return b.byTime[0]
}

// byTime implements heap.Interface.
type byTime []*arrival

// Len implements heap.Interface.
func (h *byTime) Len() int { return len(*h) }

// Less implements heap.Interface.
func (h *byTime) Less(i, j int) bool { return (*h)[i].compare((*h)[j]) < 0 }

// Swap implements heap.Interface.
func (h *byTime) Swap(i, j int) { (*h)[i], (*h)[j] = (*h)[j], (*h)[i] }

// Push implements heap.Interface.
func (h *byTime) Push(x any) {
	a, _ := x.(*arrival)
	*h = append(*h, a)
}

// Pop implements heap.Interface.
func (h *byTime) Pop() any {
	last := len(*h) - 1
	a := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return a
}
