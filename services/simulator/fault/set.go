package fault

import (
	"errors"
	"slices"
	"sync"
)

// maxFaults bounds a set: it is filled from outside.
const maxFaults = 1_000

// ErrFull says that a set holds as many faults as it can.
var ErrFull = errors.New("too many faults are set, clear some first")

// Set holds the faults that wait for their calls. The zero value is empty and
// ready. It is safe for concurrent use.
type Set struct {
	mu     sync.Mutex
	faults []Fault
}

// Add puts a fault behind those already there. Where several match a call, the
// first one is used until its count is spent.
func (s *Set) Add(f Fault) error {
	if err := f.Validate(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.faults) >= maxFaults {
		return ErrFull
	}
	s.faults = append(s.faults, f)
	return nil
}

// Clear removes the faults of a vendor, or all if vendor is empty.
func (s *Set) Clear(vendor string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = slices.DeleteFunc(s.faults, func(f Fault) bool {
		return vendor == "" || f.Vendor == vendor
	})
}

// List returns the faults that are still to come, with their remaining counts.
func (s *Set) List() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.faults)
}

// Take returns the fault that hits this call, if one does, and counts it.
func (s *Set) Take(vendor, method, requestPath string) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.faults, func(f Fault) bool { return f.hits(vendor, method, requestPath) })
	if i < 0 {
		return Fault{}, false
	}
	taken := s.faults[i]
	switch taken.Count {
	case 0:
	case 1:
		s.faults = slices.Delete(s.faults, i, i+1)
	default:
		s.faults[i].Count--
	}
	return taken, true
}
