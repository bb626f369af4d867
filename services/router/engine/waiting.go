package engine

import (
	"cmp"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/services/router/state"
)

// Bounds of what waits and what stands. Beyond them a judgement is made at once.
const (
	maxWaiting       = 10_000
	maxWaitingBytes  = 64 << 20
	maxStandingBytes = 256 << 20
)

// pause is what a judgement that waits or stands has besides.
type pause struct {
	due   time.Time // of the wait, zero when it never waited
	timer *timer    // nil while it does not wait or stand
	size  int       // bytes of the event and the key
	hour  int64     // from which the age of what stands counts
}

// waitKey is what a cause completes.
type waitKey struct {
	state *ruleState
	key   state.Key
}

// waiting are the judgements that lack a cause which may still arrive, and those
// that need its absence.
type waiting struct {
	byKey         map[waitKey][]*judgement
	number, bytes int
	standingBytes int
}

func newWaiting() waiting { return waiting{byKey: map[waitKey][]*judgement{}} }

// putOff lets the judgement wait until then. It does not where that is not asked
// for, and is refused where there is no room. Only an event whose arrival is
// known waits.
func (e *Engine) putOff(j *judgement, due time.Time) (isPutOff, isRefused bool) {
	if j.event.GetObservedAt() == nil || !due.After(e.clock) {
		return false, false
	}
	size := j.sizeWith(proto.Size(j.event))
	if e.waiting.number >= maxWaiting || e.waiting.bytes+size > maxWaitingBytes {
		return false, true
	}
	j.due, j.size = due, size
	e.wait(j)
	return true, false
}

// wait puts the judgement among those that wait.
func (e *Engine) wait(j *judgement) {
	j.counted, j.found = sights{}, nil
	j.timer = &timer{due: j.due, turn: turnWait, judgement: j}
	e.agenda.add(j.timer)
	e.waiting.add(j)
}

// sizeWith is what a judgement that waits holds with an event of that length.
func (j *judgement) sizeWith(event int) int {
	for _, part := range j.key {
		event += len(part)
	}
	return event
}

// of returns what waits for a cause of that rule and key. The answer is the
// table's own: do not change it.
func (w *waiting) of(s *ruleState, key state.Key) []*judgement {
	return w.byKey[waitKey{s, key}]
}

func (w *waiting) add(j *judgement) {
	key := waitKey{j.state, j.joined}
	w.byKey[key] = append(w.byKey[key], j)
	w.number++
	w.bytes += j.size
}

// forget drops a judgement whose timer is gone.
func (w *waiting) forget(j *judgement) {
	key := waitKey{j.state, j.joined}
	w.byKey[key] = slices.DeleteFunc(w.byKey[key], func(other *judgement) bool { return other == j })
	if len(w.byKey[key]) == 0 {
		delete(w.byKey, key)
	}
	w.number--
	w.bytes -= j.size
	j.timer = nil
}

// compareArrival orders by the event's arrival, then by the rule's place.
func (j *judgement) compareArrival(other *judgement) int {
	return cmp.Or(cmp.Compare(j.number, other.number), cmp.Compare(j.state.index, other.state.index))
}
