package match

import (
	"fmt"
	"math/bits"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/expr"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// Matcher finds the conditions that hold for one event after the other. It
// allocates nothing for an event whose conditions need no CEL. It belongs to
// one goroutine at a time.
type Matcher struct {
	index  *Index
	values []value
	header Header
	kind   int
	odd    bool // the message is none that a wire can carry

	wire   []byte
	event  *eventv1.Event // nil until the wire is unmarshalled
	err    error          // of that
	paused func() bool
	vars   expr.Vars
	bound  bool // vars are the event's
	asked  bool // paused was asked

	matched    []int
	failed     []Failure
	masks      []*bitmap
	steps      []*step
	generation uint32
	seen       []uint32 // generation in which a condition was checked
	visited    []uint32 // generation in which a literal's group was visited
	bits       []uint64 // a bit for each condition, all 0 between events
	filled     []uint64 // a bit for each word of bits that is not 0

	skeleton  skeleton
	unmarshal proto.UnmarshalOptions
}

// Failure is a condition whose evaluation failed.
type Failure struct {
	// Condition is its number.
	Condition int
	// Err says why. It is never about a value that is not there.
	Err error
}

// NewMatcher returns a matcher that has read no event.
func NewMatcher(x *Index) *Matcher {
	return &Matcher{
		index: x, values: make([]value, x.slots.count),
		seen: make([]uint32, len(x.conditions)), visited: make([]uint32, len(x.groups)),
		bits: make([]uint64, len(x.conditions)/64+1), filled: make([]uint64, len(x.conditions)/64/64+1),
	}
}

// reset forgets the event before.
func (m *Matcher) reset() {
	clear(m.values)
	m.header = Header{}
	m.kind, m.odd = kindNone, false
	m.wire, m.event, m.err, m.bound, m.paused = nil, nil, nil, false, nil
	m.vars = expr.Vars{}
}

// Event returns the event that was read, unmarshalled the first time that
// somebody asks. It shares nothing with the wire bytes and stays good.
func (m *Matcher) Event() (*eventv1.Event, error) {
	if m.event == nil && m.err == nil {
		e := &eventv1.Event{}
		if m.err = m.unmarshal.Unmarshal(m.wire, e); m.err == nil {
			m.event = e
		}
	}
	return m.event, m.err
}

// Match returns the numbers of the conditions that hold for the event that was
// read last, and those that failed, both ascending. Paused says whether the
// event's alert is paused and is asked only where a condition depends on it;
// nil means that nobody knows. The lists are good until the next call.
func (m *Matcher) Match(paused func() bool) (matched []int, failed []Failure) {
	m.matched, m.failed = m.matched[:0], m.failed[:0]
	m.paused, m.bound, m.asked = paused, false, false
	m.values[slotPaused] = value{present: paused != nil}
	m.nextGeneration()
	if m.odd {
		for i := range m.index.conditions {
			m.whole(int32(i))
		}
		return m.matched, m.failed
	}
	if root := m.index.roots[m.kind]; root != nil {
		m.visit(root)
	}
	m.sortMatched()
	slices.SortFunc(m.failed, func(a, b Failure) int { return a.Condition - b.Condition })
	return m.matched, m.failed
}

// fewMatches is up to how many numbers are sorted by comparing them.
const fewMatches = 12

// sortMatched puts the numbers in order. Many of them go through a bitmap of
// all conditions, which is quicker.
func (m *Matcher) sortMatched() {
	if len(m.matched) <= fewMatches {
		slices.Sort(m.matched)
		return
	}
	for _, i := range m.matched {
		m.bits[i/64] |= 1 << (i % 64)
		m.filled[i/64/64] |= 1 << (i / 64 % 64)
	}
	m.matched = m.matched[:0]
	for f := range m.filled {
		for ; m.filled[f] != 0; m.filled[f] &= m.filled[f] - 1 {
			w := f*64 + bits.TrailingZeros64(m.filled[f])
			for ; m.bits[w] != 0; m.bits[w] &= m.bits[w] - 1 {
				m.matched = append(m.matched, w*64+bits.TrailingZeros64(m.bits[w]))
			}
		}
	}
}

// nextGeneration forgets what was seen.
func (m *Matcher) nextGeneration() {
	m.generation++
	if m.generation == 0 {
		clear(m.seen)
		clear(m.visited)
		m.generation = 1
	}
}

// visit checks what the node finds.
func (m *Matcher) visit(n *node) {
	for i := range n.texts {
		t := &n.texts[i]
		if v := &m.values[t.slot]; v.present {
			if place, ok := t.places[v.text]; ok {
				m.visitGroup(&t.groups[place])
			}
		}
	}
	for i := range n.numbers {
		t := &n.numbers[i]
		if v := &m.values[t.slot]; v.present {
			if place, ok := t.places[v.number]; ok {
				m.visitGroup(&t.groups[place])
			}
		}
	}
	for _, a := range n.scans {
		if m.values[a.slot].present {
			a.scan(m)
		}
	}
	if n.flat != nil {
		n.flat.visit(m)
	}
}

func (m *Matcher) visitGroup(g *group) {
	for i := range g.candidates {
		m.check(&g.candidates[i])
	}
	if g.sub != nil {
		m.visit(g.sub)
	}
}

// visitOnce visits a literal's group, however often the literal is found.
func (m *Matcher) visitOnce(place int32) {
	if m.visited[place] != m.generation {
		m.visited[place] = m.generation
		m.visitGroup(&m.index.groups[place])
	}
}

// check runs the tests that remain for a candidate, then its rest.
func (m *Matcher) check(c *candidate) {
	if c.first.op != isNothing && !c.first.passes(&m.values[c.first.slot]) || !m.pass(c.tests) {
		return
	}
	if c.plain {
		m.matched = append(m.matched, int(c.condition))
		return
	}
	if c.repeated {
		if m.seen[c.condition] == m.generation {
			return
		}
		m.seen[c.condition] = m.generation
	}
	if rest := m.index.conditions[c.condition].rest; rest != nil {
		m.evaluate(c.condition, rest)
		return
	}
	m.matched = append(m.matched, int(c.condition))
}

// pass reports whether every test passes.
func (m *Matcher) pass(tests []int32) bool {
	for _, id := range tests {
		t := &m.index.tests[id]
		if t.slot == slotPaused {
			m.askPaused()
		}
		if !t.passes(&m.values[t.slot]) {
			return false
		}
	}
	return true
}

// askPaused fills the slot of `paused`, once for an event.
func (m *Matcher) askPaused() {
	if m.paused == nil || m.asked {
		return
	}
	m.asked = true
	if m.paused() {
		m.values[slotPaused].number = 1
	}
}

// whole evaluates a condition as it was written.
func (m *Matcher) whole(i int32) {
	one := &m.index.conditions[i]
	switch {
	case one.kinds&(1<<m.kind) == 0:
	case one.program == nil:
		m.matched = append(m.matched, int(i))
	default:
		m.evaluate(i, one.program)
	}
}

// evaluate asks a program.
func (m *Matcher) evaluate(i int32, program *expr.Program) {
	if !m.bound {
		e, err := m.Event()
		if err != nil {
			m.failed = append(m.failed, Failure{Condition: int(i), Err: fmt.Errorf("unmarshal event: %w", err)})
			return
		}
		m.vars, m.bound = expr.EventVars(e).WithPaused(m.paused), true
	}
	holds, err := program.Bool(m.vars)
	switch {
	case err != nil && !expr.HasNoValue(err):
		m.failed = append(m.failed, Failure{Condition: int(i), Err: err})
	case holds && err == nil:
		m.matched = append(m.matched, int(i))
	}
}
