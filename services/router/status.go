package router

import (
	"fmt"
	"slices"
	"sync"
	"time"

	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
)

// status is how far the loop has come and by which rules it decides, for those
// who ask.
type status struct {
	mu      sync.Mutex
	report  Status
	rules   *Rules
	set     *routerv1.RuleSet // the rules as they are kept
	refusal *routerv1.Refusal
	keys    []int // that each of the rules remembers, as was counted last
	// stands says whether this router decides, for people; "" if it is the only one.
	stands string
	files  string // version of the rules in this process's own files
	halted string // why actions are stopped, "" while they are not
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

// decides says by which rules is decided from here on.
func (s *status) decides(rules *Rules, set *routerv1.RuleSet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules, s.set, s.keys = rules, set, nil
}

// remember notes how many keys each rule has state for: add appends them.
func (s *status) remember(add func([]int) []int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = add(s.keys[:0])
}

// remembered returns how many keys each of the rules has state for, in their
// order; nothing where they are not those that decide, or were not counted yet.
func (s *status) remembered(rules *Rules) []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if rules != s.rules {
		return nil
	}
	return slices.Clone(s.keys)
}

// running returns the rules that decide, as they are kept, and the last refusal
// of others, nil if there is none. They are shared: do not change them.
func (s *status) running() (*Rules, *routerv1.RuleSet, *routerv1.Refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rules, s.set, s.refusal
}

// refuse keeps why rules files were not taken, nil if they were.
func (s *status) refuse(refusal *routerv1.Refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusal = refusal
}

// stand keeps whether this router decides.
func (s *status) stand(how string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stands = how
}

// owns keeps which rules this process's own files hold.
func (s *status) owns(version string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files = version
}

// own returns the version of the rules in this process's own files.
func (s *status) own() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.files
}

// halt keeps why actions are stopped.
func (s *status) halt(why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.halted = why
}

// note tells in a line whether this router decides, and by which rules is decided.
func (s *status) note() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := fmt.Sprintf("rule set %s, rules: %d", s.rules.Version(), len(s.rules.Rules()))
	if s.stands != "" {
		text = s.stands + "; " + text
	}
	if s.halted != "" {
		text = s.halted + "; " + text
	}
	if s.files != "" && s.files != s.rules.Version() {
		text += "; the rules in this process's own files are another set: " + s.files
	}
	if s.refusal == nil {
		return text
	}
	problems := s.refusal.GetProblems()
	return fmt.Sprintf("%s; the rules files were refused at %s, problems: %d, the first: %s", text,
		s.refusal.GetAt().AsTime().Format(time.RFC3339), problems.GetTotal(), problemText(problems.GetProblems()[0]))
}
