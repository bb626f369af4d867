package record

import "slices"

// ring keeps the newest limit entries. Its slice grows with use, so that an
// idle simulator stays small.
type ring[T any] struct {
	limit   int
	total   int
	entries []T
}

func (r *ring[T]) add(entry T) {
	if len(r.entries) < r.limit {
		r.entries = append(r.entries, entry)
	} else {
		r.entries[r.total%r.limit] = entry
	}
	r.total++
}

func (r *ring[T]) all() []T {
	if r.total <= r.limit {
		return slices.Clone(r.entries)
	}
	oldest := r.total % r.limit
	return slices.Concat(r.entries[oldest:], r.entries[:oldest])
}
