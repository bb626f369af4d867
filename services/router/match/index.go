package match

import (
	"fmt"
	"slices"

	"github.com/signalbox-io/signalbox/pkg/expr"
)

// Index is an immutable set of conditions, safe for concurrent use by any
// number of matchers. The zero Index is not usable.
type Index struct {
	conditions []condition
	tests      []test
	slots      *slots
	roots      [kindCount]*node
	groups     []group // that literals lead to, in all nodes
}

// New builds an index of conditions, whose numbers are their places in the
// list. It fails on a program that is no condition over an event, and names
// its number.
func New(conditions []Condition) (*Index, error) {
	b := &builder{index: &Index{slots: newSlots()}, known: map[string]int32{}}
	tests := make([][]int32, len(conditions))
	for i, c := range conditions {
		var err error
		if tests[i], err = b.add(c); err != nil {
			return nil, fmt.Errorf("condition %d: %w", i, err)
		}
	}
	for kind := range b.index.roots {
		var entries []entry
		for i, c := range b.index.conditions {
			if c.kinds&(1<<kind) != 0 {
				entries = append(entries, entry{condition: int32(i), tests: tests[i]})
			}
		}
		b.index.roots[kind] = b.build(entries, 0)
	}
	return b.index, nil
}

// Len returns how many conditions there are.
func (x *Index) Len() int { return len(x.conditions) }

// builder makes an index.
type builder struct {
	index  *Index
	known  map[string]int32 // tests by their key
	buffer []byte
}

// entry is a condition on its way into the index, with the tests that remain.
type entry struct {
	condition int32
	tests     []int32
	repeated  bool // it may be found more than once for an event
}

// takeApart returns the tests of a condition and notes what is left of it.
func (b *builder) takeApart(one *condition) ([]int32, error) {
	if one.program == nil {
		return nil, nil
	}
	split := one.program.Split()
	if split == nil {
		return nil, fmt.Errorf("%q is no condition over an event: compile it with expr.Rule for expr.Bool", one.program)
	}
	one.rest = split.Rest
	var tests []int32
	for _, conjunct := range split.Conjuncts {
		id, err := b.intern(conjunct)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(tests, id) {
			tests = append(tests, id)
		}
	}
	return tests, nil
}

// add takes a condition and returns its tests, the cheap ones first.
func (b *builder) add(c Condition) ([]int32, error) {
	one := condition{kinds: kindMask(c.Kinds), program: c.Program}
	tests, err := b.takeApart(&one)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(tests, func(a, c int32) int {
		return int(b.index.tests[a].more.cost) - int(b.index.tests[c].more.cost)
	})
	b.index.conditions = append(b.index.conditions, one)
	return tests, nil
}

// intern returns the place of the conjunct's test.
func (b *builder) intern(c expr.Conjunct) (int32, error) {
	t, err := newTest(c, b.index.slots)
	if err != nil {
		return 0, err
	}
	b.buffer = key(b.buffer, &t)
	if id, ok := b.known[string(b.buffer)]; ok {
		return id, nil
	}
	id := int32(len(b.index.tests))
	b.index.tests = append(b.index.tests, t)
	b.known[string(b.buffer)] = id
	return id, nil
}
