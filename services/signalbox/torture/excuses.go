package main

import (
	"sync"
	"time"

	"github.com/signalbox-io/signalbox/services/signalbox/torture/judge"
)

// excuses are outages that no process has had. It is safe for concurrent use.
type excuses struct {
	mu   sync.Mutex
	list []judge.Outage
}

func (e *excuses) add(o judge.Outage) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.list = append(e.list, o)
}

func (e *excuses) all() []judge.Outage {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]judge.Outage{}, e.list...)
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
