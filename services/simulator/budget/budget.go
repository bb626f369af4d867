// Package budget counts calls against a vendor's documented limit per minute.
//
// The limit holds over any sixty seconds, which is the strictest reading of
// "calls per minute": a client that keeps to it keeps to every other reading.
// A refused call does not count, or a client that is over the limit would
// never come back under it.
package budget

import (
	"sync"
	"time"
)

// Span is the time over which a limit holds.
const Span = time.Minute

// Balance says how a budget stands after a call.
type Balance struct {
	// Allowed is false if the call was beyond the limit.
	Allowed bool
	// Limit is the number of calls allowed in any [Span].
	Limit int
	// Remaining is how many more calls are allowed at this instant.
	Remaining int
	// Reset is when the oldest counted call is forgotten.
	Reset time.Time
}

// Window is one budget. It is safe for concurrent use.
type Window struct {
	mu    sync.Mutex
	limit int
	taken []time.Time
}

// New returns an unused budget of limit calls in any minute. The limit must be
// positive.
func New(limit int) *Window {
	if limit <= 0 {
		panic("budget: the limit must be positive")
	}
	return &Window{limit: limit}
}

// Take asks for one call at now.
func (w *Window) Take(now time.Time) Balance {
	w.mu.Lock()
	defer w.mu.Unlock()

	first := 0
	for first < len(w.taken) && now.Sub(w.taken[first]) >= Span {
		first++
	}
	w.taken = w.taken[:copy(w.taken, w.taken[first:])]

	allowed := len(w.taken) < w.limit
	if allowed {
		w.taken = append(w.taken, now)
	}
	return Balance{
		Allowed:   allowed,
		Limit:     w.limit,
		Remaining: w.limit - len(w.taken),
		Reset:     w.taken[0].Add(Span),
	}
}
