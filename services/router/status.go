package router

import (
	"sync"
	"time"
)

// status is how far the loop has come, for those who ask.
type status struct {
	mu     sync.Mutex
	report Status
}

// Status is how far the router has come.
type Status struct {
	// Decided is the sequence of the last event that was decided.
	Decided uint64
	// Last is the sequence of the last event on the stream, as far as it was
	// heard of.
	Last uint64
	// SnapshotAt is when the last snapshot was stored by this process, zero if
	// none was.
	SnapshotAt time.Time
}

func (s *status) decided(sequence, last uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.report.Decided, s.report.Last = sequence, last
}

func (s *status) stored(at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.report.SnapshotAt = at
}

func (s *status) get() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.report
}
