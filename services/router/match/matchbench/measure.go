package matchbench

import (
	"fmt"
	"runtime"
	"slices"
	"syscall"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/expr"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/match"
)

// Result is what one set costs, an event. All times of a result are from one
// run.
type Result struct {
	Set Set
	// Rules is how many rules Many and Naive have; Few has 10.
	Rules int
	// Few and Many are the time from a message to the rules that hold.
	Few, Many time.Duration
	// FewWire and Wire are the same from wire bytes.
	FewWire, Wire time.Duration
	// Naive is the time to evaluate every program by itself, with variables
	// that all of them share.
	Naive time.Duration
	// Unmarshal is the time of proto.Unmarshal alone.
	Unmarshal time.Duration
	// Matches is how many of the rules hold for an event.
	Matches float64
	// Bytes is the size of an event on the wire.
	Bytes float64
	// Allocations of an event, from wire bytes to rules.
	Allocations float64
	// Compile is the time to compile all rules, Build that to index them.
	Compile, Build time.Duration
	// ProgramHeap and IndexHeap are the bytes that they keep.
	ProgramHeap, IndexHeap uint64
}

// few is the small number of rules that flatness is measured against.
const few = 10

// subject is an index with events for it.
type subject struct {
	conditions []match.Condition
	matcher    *match.Matcher
	events     []*eventv1.Event
	wires      [][]byte
}

// Measure returns what the set costs with so many rules, the best of rounds.
func Measure(set Set, rules, rounds int) (Result, error) {
	r := Result{Set: set, Rules: rules}
	small, err := newSubject(set, few, &Result{})
	if err != nil {
		return r, err
	}
	large, err := newSubject(set, rules, &r)
	if err != nil {
		return r, err
	}
	return r, large.measure(&r, small, rounds)
}

func newSubject(set Set, n int, r *Result) (*subject, error) {
	s := &subject{}
	var made []rule
	var index *match.Index
	var err error
	before := heap()
	r.Compile = used(func() { s.conditions, made, err = conditions(set, n) })
	if err != nil {
		return nil, err
	}
	compiled := heap()
	r.Build = used(func() { index, err = match.New(s.conditions) })
	if err != nil {
		return nil, fmt.Errorf("index %d %s rules: %w", n, set, err)
	}
	r.ProgramHeap, r.IndexHeap = compiled-min(before, compiled), heap()-compiled
	s.matcher = match.NewMatcher(index)
	s.events = events(made)
	for _, e := range s.events {
		wire, err := proto.Marshal(e)
		if err != nil {
			return nil, fmt.Errorf("marshal event: %w", err)
		}
		s.wires = append(s.wires, wire)
		r.Bytes += float64(len(wire)) / eventCount
	}
	return s, nil
}

// naiveEvents is how many events the slow loop sees in a round, turnsOfRound how
// many turns the others have in it, so that the best of them had the
// processor for itself.
const (
	naiveEvents  = 16
	turnsOfRound = 4
)

// measure lets everything that is compared take turns.
func (s *subject) measure(r *Result, small *subject, rounds int) error {
	quick := []turn{
		{&r.Few, func(int) (int, error) { return small.messages() }},
		{&r.Many, func(int) (int, error) { return s.messages() }},
		{&r.FewWire, func(int) (int, error) { return small.bytes() }},
		{&r.Wire, func(int) (int, error) { return s.bytes() }},
		{&r.Unmarshal, func(int) (int, error) { return s.unmarshal() }},
	}
	for round := range rounds {
		for range turnsOfRound {
			if err := take(quick, round); err != nil {
				return err
			}
		}
		if err := take([]turn{{&r.Naive, s.naive}}, round); err != nil {
			return err
		}
	}
	return s.count(r)
}

// turn is something that takes events, and its best time so far.
type turn struct {
	into *time.Duration
	do   func(round int) (events int, err error)
}

// take gives each its turn.
func take(turns []turn, round int) error {
	for _, t := range turns {
		var n int
		var err error
		took := used(func() { n, err = t.do(round) })
		if err != nil {
			return err
		}
		if per := took / time.Duration(n); *t.into == 0 || per < *t.into {
			*t.into = per
		}
	}
	return nil
}

// passes is how often a turn goes through the events, so that it takes long
// enough to be measured.
const passes = 8

func (s *subject) messages() (int, error) {
	for range passes {
		for _, e := range s.events {
			s.matcher.Read(e)
			s.matcher.Match(nil)
		}
	}
	return passes * len(s.events), nil
}

func (s *subject) bytes() (int, error) {
	for range passes {
		for _, wire := range s.wires {
			if err := s.matcher.ReadWire(wire); err != nil {
				return 0, fmt.Errorf("read event: %w", err)
			}
			s.matcher.Match(nil)
		}
	}
	return passes * len(s.wires), nil
}

func (s *subject) unmarshal() (int, error) {
	for range passes {
		for _, wire := range s.wires {
			if err := proto.Unmarshal(wire, &eventv1.Event{}); err != nil {
				return 0, fmt.Errorf("unmarshal event: %w", err)
			}
		}
	}
	return passes * len(s.wires), nil
}

// naive evaluates every program, for other events in each round.
func (s *subject) naive(round int) (int, error) {
	for i := range naiveEvents {
		vars := expr.EventVars(s.events[(round*naiveEvents+i)%len(s.events)])
		for _, c := range s.conditions {
			if _, err := c.Program.Bool(vars); err != nil && !expr.HasNoValue(err) {
				return 0, fmt.Errorf("evaluate %s: %w", c.Program, err)
			}
		}
	}
	return naiveEvents, nil
}

// count counts matches and allocations, and checks the answers on a few
// events: a fast wrong answer is worth nothing.
func (s *subject) count(r *Result) error {
	for i, e := range s.events {
		s.matcher.Read(e)
		matched, _ := s.matcher.Match(nil)
		r.Matches += float64(len(matched)) / eventCount
		if i < naiveEvents && !slices.Equal(matched, s.holding(e)) {
			return fmt.Errorf("event %d: the index gives other rules than the programs", i)
		}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	n, err := s.bytes()
	runtime.ReadMemStats(&after)
	r.Allocations = float64(after.Mallocs-before.Mallocs) / float64(n)
	return err
}

func (s *subject) holding(e *eventv1.Event) []int {
	vars := expr.EventVars(e)
	var list []int
	for i, c := range s.conditions {
		if holds, err := c.Program.Bool(vars); err == nil && holds {
			list = append(list, i)
		}
	}
	return list
}

// used returns the processor time that this process used for do.
func used(do func()) time.Duration {
	before := processor()
	do()
	return processor() - before
}

func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
