package vendorhttp

import (
	"slices"
	"time"
)

// span is the length of every budget's window.
const span = time.Minute

// window is a ring of the last n calls. The slot of the next call is the slot
// of the call n before it; it is free once that call is over for a full span.
// It is not safe for concurrent use; the limiter locks it.
type window struct {
	slots []slot
	next  int
	// reserve is how many slots only urgent calls may take.
	reserve int
	journal *journal
}

type slot struct {
	at   time.Time
	busy bool
}

// newWindow returns a window of n calls that begins with the calls of an
// earlier process, oldest first.
func newWindow(n int, earlier []time.Time, j *journal) *window {
	w := &window{slots: make([]slot, n), journal: j}
	slices.SortFunc(earlier, time.Time.Compare)
	if len(earlier) > n {
		earlier = earlier[len(earlier)-n:]
	}
	for i, at := range earlier {
		w.slots[n-len(earlier)+i].at = at
	}
	return w
}

// readyAt returns when the next call may go. Busy means that this is known
// only after a call in flight is over. A call that is not urgent goes only
// where the reserve is free besides.
func (w *window) readyAt(now time.Time, urgent bool) (at time.Time, busy bool) {
	at = now
	ahead := 1
	if !urgent {
		ahead += min(w.reserve, len(w.slots)-1)
	}
	for i := range ahead {
		s := w.slots[(w.next+i)%len(w.slots)]
		busy = busy || s.busy
		if free := s.at.Add(span); !s.at.IsZero() && !s.busy && free.After(at) {
			at = free
		}
	}
	return at, busy
}

// take marks the next slot busy, in the journal first.
func (w *window) take(now time.Time) (int, error) {
	i := w.next
	if err := w.journal.write(i, now, true); err != nil {
		return 0, err
	}
	w.slots[i] = slot{at: now, busy: true}
	w.next = (i + 1) % len(w.slots)
	return i, nil
}

// finish ends the call of slot i. A call that was never sent leaves its slot
// free.
func (w *window) finish(i int, sent bool, now time.Time) error {
	if !sent {
		now = time.Time{}
	}
	w.slots[i] = slot{at: now}
	return w.journal.write(i, now, false)
}
