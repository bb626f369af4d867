package engine

import (
	"cmp"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"
)

// Bounds of what waits. Beyond them a judgement is made at once.
const (
	maxWaiting      = 10_000
	maxWaitingBytes = 64 << 20
)

// hold is what a judgement that waits has besides.
type hold struct {
	due     time.Time // zero when it never waited
	size    int       // bytes of the event and the key
	refused bool      // too many waited
}

// waitKey is what a cause completes.
type waitKey struct {
	state *ruleState
	key   string
}

// waiting are the judgements that lack a cause which may still arrive.
type waiting struct {
	queue []*judgement // by (due, arrival)
	byKey map[waitKey][]*judgement
	bytes int
}

// putOff lets the judgement wait for the missing causes; false if that is not
// asked for or if there is no room. Only an event whose arrival is known
// waits.
func (e *Engine) putOff(j *judgement, missing []*clause) bool {
	due := earliest(j, missing)
	if j.event.GetObservedAt() == nil || !due.After(e.clock) {
		return false
	}
	size := j.sizeWith(proto.Size(j.event))
	if len(e.waiting.queue) >= maxWaiting || e.waiting.bytes+size > maxWaitingBytes {
		j.refused = true
		return false
	}
	j.due, j.size = due, size
	e.waiting.add(j)
	return true
}

// sizeWith is what a judgement that waits holds with an event of that length.
func (j *judgement) sizeWith(event int) int {
	for _, part := range j.key {
		event += len(part)
	}
	return event
}

// earliest returns when the first of the missing causes has had its time.
func earliest(j *judgement, missing []*clause) time.Time {
	wait := missing[0].wait
	for _, c := range missing[1:] {
		wait = min(wait, c.wait)
	}
	return j.arrived.Add(wait)
}

func (w *waiting) first() *judgement {
	if len(w.queue) == 0 {
		return nil
	}
	return w.queue[0]
}

// of returns what waits for a cause of that rule and key. The answer is the
// queue's own: do not change it.
func (w *waiting) of(s *ruleState, key string) []*judgement {
	return w.byKey[waitKey{s, key}]
}

func (w *waiting) add(j *judgement) {
	at, _ := slices.BinarySearchFunc(w.queue, j, (*judgement).compareDue)
	w.queue = slices.Insert(w.queue, at, j)
	key := waitKey{j.state, j.joined}
	w.byKey[key] = append(w.byKey[key], j)
	w.bytes += j.size
}

func (w *waiting) remove(j *judgement) {
	at, ok := slices.BinarySearchFunc(w.queue, j, (*judgement).compareDue)
	if !ok {
		return
	}
	w.queue = slices.Delete(w.queue, at, at+1)
	key := waitKey{j.state, j.joined}
	w.byKey[key] = slices.DeleteFunc(w.byKey[key], func(other *judgement) bool { return other == j })
	if len(w.byKey[key]) == 0 {
		delete(w.byKey, key)
	}
	w.bytes -= j.size
}

// move gives a waiting judgement another end.
func (w *waiting) move(j *judgement, due time.Time) {
	w.remove(j)
	j.due = due
	w.add(j)
}

// compareArrival orders by the event's arrival, then by the rule's place.
func (j *judgement) compareArrival(other *judgement) int {
	return cmp.Or(cmp.Compare(j.number, other.number), cmp.Compare(j.state.index, other.state.index))
}

func (j *judgement) compareDue(other *judgement) int {
	return cmp.Or(j.due.Compare(other.due), j.compareArrival(other))
}
