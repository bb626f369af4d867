package fault

import (
	"errors"
	"slices"
	"sync"
	"time"
)

// maxFaults bounds a set: it is filled from outside.
const maxFaults = 1_000

// ErrFull says that a set holds as many faults as it can.
var ErrFull = errors.New("too many faults are set, clear some first")

// Set holds the faults that wait for their calls. The zero value is empty and
// ready. It is safe for concurrent use.
type Set struct {
	// Now is the clock by which faults end; nil means [time.Now]. It is set before
	// the first use.
	Now func() time.Time

	mu     sync.Mutex
	faults []*pending
}

// pending is a fault that is set.
type pending struct {
	Fault

	ends    time.Time // zero: not by itself
	matched int
}

// Add puts a fault behind those already there. Where several hit a call, the
// first one is used until its count is spent.
func (s *Set) Add(f Fault) error {
	if err := f.Validate(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.expire()
	if len(s.faults) >= maxFaults {
		return ErrFull
	}
	p := &pending{Fault: f}
	if f.ForSeconds > 0 {
		p.ends = now.Add(time.Duration(f.ForSeconds) * time.Second)
	}
	s.faults = append(s.faults, p)
	return nil
}

// Clear removes the faults of a vendor, or all if vendor is empty.
func (s *Set) Clear(vendor string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = slices.DeleteFunc(s.faults, func(p *pending) bool {
		return vendor == "" || p.Vendor == vendor
	})
}

// List returns the faults that are still to come, with their remaining counts.
func (s *Set) List() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	list := make([]Fault, 0, len(s.faults))
	for _, p := range s.faults {
		list = append(list, p.Fault)
	}
	return list
}

// Take returns the fault that hits this call, if one does, and counts it.
func (s *Set) Take(vendor, method, requestPath string) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	i := slices.IndexFunc(s.faults, func(p *pending) bool { return p.hits(vendor, method, requestPath) })
	if i < 0 {
		return Fault{}, false
	}
	taken := s.faults[i].Fault
	switch taken.Count {
	case 0:
	case 1:
		s.faults = slices.Delete(s.faults, i, i+1)
	default:
		s.faults[i].Count--
	}
	return taken, true
}

// hits counts a call that matches, and reports whether it is one of those that
// are hit.
func (p *pending) hits(vendor, method, requestPath string) bool {
	if !p.matches(vendor, method, requestPath) {
		return false
	}
	p.matched++
	return p.matched%max(1, p.Every) == 0
}

// Skew returns how far the vendor's clock is set forward, by the first fault
// that says so.
func (s *Set) Skew(vendor string) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	for _, p := range s.faults {
		if p.Vendor == vendor && p.Kind == ClockSkew {
			return time.Duration(p.SkewSeconds) * time.Second
		}
	}
	return 0
}

// expire drops the faults that are over and returns the time.
func (s *Set) expire() time.Time {
	clock := s.Now
	if clock == nil {
		clock = time.Now
	}
	now := clock()
	s.faults = slices.DeleteFunc(s.faults, func(p *pending) bool { return !p.ends.IsZero() && !now.Before(p.ends) })
	return now
}
