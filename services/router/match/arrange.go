package match

import (
	"cmp"
	"slices"
)

// leadTests is how many tests of an entry decide about its place.
const leadTests = 2

// arranged is an entry with the tests that rule it out most often.
type arranged struct {
	entry
	leads []int32
}

// arrange returns the entries in an order in which those that the same values
// rule out lie side by side. So one bitmap often clears a whole word, and the
// others need not be looked at.
func (b *builder) arrange(entries []entry) []entry {
	count := b.count(entries)
	list := make([]arranged, len(entries))
	for i, e := range entries {
		list[i] = arranged{e, b.leads(e, count)}
	}
	slices.SortStableFunc(list, func(x, y arranged) int {
		return slices.CompareFunc(x.leads, y.leads, b.compareTests)
	})
	result := make([]entry, len(list))
	for i, a := range list {
		result[i] = a.entry
	}
	return result
}

// leads returns the tests of an entry that the fewest events pass, the best
// first.
func (b *builder) leads(e entry, count distinct) []int32 {
	leads := slices.DeleteFunc(slices.Clone(e.tests), func(id int32) bool {
		t := &b.index.tests[id]
		return !t.isKey() && !t.isOrder()
	})
	slices.SortStableFunc(leads, func(x, y int32) int {
		return cmp.Compare(count.score(&b.index.tests[y]), count.score(&b.index.tests[x]))
	})
	return leads[:min(len(leads), leadTests)]
}

// compareTests orders tests so that those that the same values pass are near
// each other.
func (b *builder) compareTests(x, y int32) int {
	s, t := &b.index.tests[x], &b.index.tests[y]
	return cmp.Or(
		cmp.Compare(s.slot, t.slot), cmp.Compare(s.op, t.op),
		cmp.Compare(s.number, t.number), cmp.Compare(x, y),
	)
}
