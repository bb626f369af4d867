package project

import (
	"fmt"
	"sync"

	"github.com/signalbox-io/signalbox/pkg/health"
)

// status turns the state of the streams into that of the component: failing
// while one of them fails, well when all have caught up.
type status struct {
	component *health.Component

	mu       sync.Mutex
	failures map[string]string
	caughtUp map[string]bool
}

func newStatus(component *health.Component) *status {
	return &status{component: component, failures: map[string]string{}, caughtUp: map[string]bool{}}
}

func (s *status) fail(stream string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures[stream] = fmt.Sprintf("projection of %s: %v", stream, err)
	s.report()
}

func (s *status) catchingUp(stream string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.caughtUp[stream] = false
	s.report()
}

func (s *status) ok(stream string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.failures, stream)
	s.caughtUp[stream] = true
	s.report()
}

// report tells the component; the caller holds mu. Until the first stream has
// caught up the component just starts.
func (s *status) report() {
	behind, some := "", false
	for _, source := range sources() {
		if failure, failing := s.failures[source.stream]; failing {
			s.component.Fail(failure)
			return
		}
		if caughtUp, known := s.caughtUp[source.stream]; !caughtUp {
			behind = source.stream
			some = some || known
		}
	}
	switch {
	case behind == "":
		s.component.OK()
	case some:
		s.component.Fail("projection of " + behind + " is catching up")
	}
}
