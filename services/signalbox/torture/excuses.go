package main

import (
	"sync"
	"time"

	"github.com/signalbox-io/signalbox/services/signalbox/torture/judge"
)

// excuses are outages that no process has had, wrongs are faults that no log of a
// vendor shows.
type (
	excuses = notes[judge.Outage]
	wrongs  = notes[string]
)

// notes is a list that is safe for concurrent use.
type notes[T any] struct {
	mu   sync.Mutex
	list []T
}

func (n *notes[T]) add(one T) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.list = append(n.list, one)
}

func (n *notes[T]) all() []T {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]T{}, n.list...)
}

// slowest is the longest of some durations. It is safe for concurrent use.
type slowest struct {
	mu  sync.Mutex
	max time.Duration
}

func (s *slowest) note(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.max = max(s.max, d)
}

// take returns the longest since the last take.
func (s *slowest) take() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.max
	s.max = 0
	return d
}
