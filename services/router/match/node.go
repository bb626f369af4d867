package match

import (
	"slices"
)

// node finds conditions among many.
type node struct {
	texts   []table[string]
	numbers []table[float64]
	scans   []*automaton
	flat    *flat
}

// table finds conditions by the value of a slot.
type table[V comparable] struct {
	slot   int32
	places map[V]int32 // in groups
	groups []group
}

// group is what one value or literal leads to: candidates, or a node where
// they are many.
type group struct {
	candidates []candidate
	sub        *node
}

// candidate is a condition with the tests that its way has not decided.
type candidate struct {
	condition int32
	repeated  bool // see entry
	plain     bool // the tests are all there is to it
	first     test // a copy of the first of the tests: most candidates end there
	tests     []int32
}

// candidate returns the entry as what a way leads to.
func (b *builder) candidate(e entry) candidate {
	c := b.index.conditions[e.condition]
	return candidate{
		condition: e.condition, tests: e.tests, repeated: e.repeated,
		plain: c.rest == nil && !e.repeated,
	}
}

// seal ends the making of a candidate.
func (b *builder) seal(c *candidate) {
	c.first = test{op: isNothing}
	if len(c.tests) > 0 && b.index.tests[c.tests[0]].op != isTrue {
		c.first, c.tests = b.index.tests[c.tests[0]], c.tests[1:]
	}
}

// Bounds of nodes.
const (
	minSelectivity = 24 // distinct values that make a slot worth a table
	maxCandidates  = 32 // that one value may lead to without a node of its own
	maxDepth       = 4
)

// build makes a node of the entries, nil for none.
func (b *builder) build(entries []entry, depth int) *node {
	if len(entries) == 0 {
		return nil
	}
	n := &node{}
	if len(entries) <= minSelectivity || depth == maxDepth {
		n.flat = b.newFlat(entries)
		return n
	}
	ways := b.choose(entries)
	n.texts = tables(b, ways.texts, depth, func(t *test) []string { return t.more.texts })
	n.numbers = tables(b, ways.numbers, depth, func(t *test) []float64 { return t.more.numbers })
	n.scans = b.scans(ways.literals, depth)
	n.flat = b.newFlat(ways.others)
	return n
}

// found is an entry with the test that it is to be found by.
type found struct {
	entry
	by int32
}

// ways holds entries by slot and by how they are to be found.
type ways struct {
	texts, numbers, literals map[int32][]found
	others                   []entry
}

// choose decides for each entry how it is to be found: by the test that the
// fewest events pass, going by how many different values and literals the
// entries have in its slot.
func (b *builder) choose(entries []entry) ways {
	count := b.count(entries)
	w := ways{texts: map[int32][]found{}, numbers: map[int32][]found{}, literals: map[int32][]found{}}
	for _, e := range entries {
		by, best := int32(-1), float64(minSelectivity)
		for _, id := range e.tests {
			if score := count.score(&b.index.tests[id]); score >= best {
				by, best = id, score
			}
		}
		if by < 0 {
			w.others = append(w.others, e)
			continue
		}
		t := &b.index.tests[by]
		switch {
		case !t.isKey():
			w.literals[t.slot] = append(w.literals[t.slot], found{e, by})
		case t.more.isText:
			w.texts[t.slot] = append(w.texts[t.slot], found{e, by})
		default:
			w.numbers[t.slot] = append(w.numbers[t.slot], found{e, by})
		}
	}
	return w
}

// distinct holds the different values and literals of slots.
type distinct struct {
	texts, literals map[int32]map[string]struct{}
	numbers         map[int32]map[float64]struct{}
}

func (b *builder) count(entries []entry) distinct {
	d := distinct{
		texts: map[int32]map[string]struct{}{}, literals: map[int32]map[string]struct{}{},
		numbers: map[int32]map[float64]struct{}{},
	}
	seen := make([]bool, len(b.index.tests))
	for _, e := range entries {
		for _, id := range e.tests {
			if seen[id] {
				continue
			}
			seen[id] = true
			t := &b.index.tests[id]
			switch {
			case t.isKey():
				enter(d.texts, t.slot, t.more.texts)
				enter(d.numbers, t.slot, t.more.numbers)
			default:
				enter(d.literals, t.slot, t.more.literals)
			}
		}
	}
	return d
}

func enter[V comparable](sets map[int32]map[V]struct{}, slot int32, values []V) {
	if len(values) == 0 {
		return
	}
	if sets[slot] == nil {
		sets[slot] = map[V]struct{}{}
	}
	for _, v := range values {
		sets[slot][v] = struct{}{}
	}
}

// literalDiscount allows for the fact that a text holds many parts, but has
// one value.
const literalDiscount = 4

// score estimates how many events there are for each one that passes.
func (d distinct) score(t *test) float64 {
	switch {
	case t.isKey() && t.more.isText:
		return float64(len(d.texts[t.slot])) / float64(len(t.more.texts))
	case t.isKey():
		return float64(len(d.numbers[t.slot])) / float64(len(t.more.numbers))
	case len(t.more.literals) > 0:
		return float64(len(d.literals[t.slot])) / float64(literalDiscount*len(t.more.literals))
	default:
		return 0
	}
}

// tables makes the tables of entries that are found by value. The value
// decides the test, so it is not among those that remain.
func tables[V comparable](b *builder, bySlot map[int32][]found, depth int, values func(*test) []V) []table[V] {
	list := make([]table[V], 0, len(bySlot))
	for _, slot := range sortedKeys(bySlot) {
		t := table[V]{slot: slot, places: map[V]int32{}}
		var grouped [][]entry
		for _, f := range bySlot[slot] {
			rest := f.entry
			rest.tests = without(f.tests, f.by)
			for _, v := range values(&b.index.tests[f.by]) {
				place, ok := t.places[v]
				if !ok {
					place = int32(len(grouped))
					t.places[v] = place
					grouped = append(grouped, nil)
				}
				grouped[place] = append(grouped[place], rest)
			}
		}
		for _, entries := range grouped {
			t.groups = append(t.groups, b.group(entries, depth))
		}
		list = append(list, t)
	}
	return list
}

// scans makes the automata of entries that are found by literals.
func (b *builder) scans(bySlot map[int32][]found, depth int) []*automaton {
	list := make([]*automaton, 0, len(bySlot))
	for _, slot := range sortedKeys(bySlot) {
		grouped := map[string][]entry{}
		for _, f := range bySlot[slot] {
			t := &b.index.tests[f.by]
			f.repeated = f.repeated || len(t.more.literals) > 1
			for _, literal := range t.more.literals {
				grouped[literal] = append(grouped[literal], f.entry)
			}
		}
		literals := sortedKeys(grouped)
		places := make([]int32, len(literals))
		for i, literal := range literals {
			g := b.group(grouped[literal], depth)
			places[i] = int32(len(b.index.groups))
			b.index.groups = append(b.index.groups, g)
		}
		list = append(list, newAutomaton(slot, literals, places))
	}
	return list
}

// group makes what a value or literal leads to.
func (b *builder) group(entries []entry, depth int) group {
	if len(entries) > maxCandidates && depth+1 < maxDepth {
		return group{sub: b.build(entries, depth+1)}
	}
	g := group{candidates: make([]candidate, len(entries))}
	for i, e := range entries {
		g.candidates[i] = b.candidate(e)
		b.seal(&g.candidates[i])
	}
	return g
}

func sortedKeys[K int32 | string, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func without(list []int32, one int32) []int32 {
	return slices.DeleteFunc(slices.Clone(list), func(x int32) bool { return x == one })
}
