package vendorhttp

import "time"

// left returns which share of the named budgets is free for calls that are not
// urgent, of the one that has least, from 0 to 1.
func (l *limiter) left(names []string) float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	share, now := 1.0, time.Now()
	for _, name := range names {
		if w := l.windows[name]; w != nil {
			share = min(share, w.left(now))
		}
	}
	return share
}

// left returns the free share of what is not reserved.
func (w *window) left(now time.Time) float64 {
	free := 0
	for _, s := range w.slots {
		if !s.busy && (s.at.IsZero() || !s.at.Add(span).After(now)) {
			free++
		}
	}
	reserve := min(w.reserve, len(w.slots)-1)
	return float64(max(0, free-reserve)) / float64(len(w.slots)-reserve)
}
