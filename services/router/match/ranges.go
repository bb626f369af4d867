package match

import (
	"math"
	"slices"
)

// rangeMaps has the bitmaps of a slot that candidates bound. They are encoded by
// range: those of a step have every candidate whose bounds may be met there, and
// every one whose bounds are met for certain. The few bounds that lie within a
// step are tested.
type rangeMaps struct {
	slot  int32
	cuts  cuts
	steps []step // one more than cuts
	none  step   // where there is no value
	nan   step   // where the value is in no order
}

// step holds who may meet their bounds and who does, side by side because both
// are read at once.
type step struct{ words []pair }

type pair struct{ may, does uint64 }

// ranges makes the bitmaps of slots that candidates order.
func (fb *flatBuilder) ranges() []rangeMaps {
	side := func(above bool) map[int32][]user {
		_, all := fb.users(func(_ int32, t *test) (int32, bool) { return t.slot, t.isOrder() && isAbove(t) == above })
		return all
	}
	above, below := side(true), side(false)
	slots := map[int32]struct{}{}
	for _, users := range []map[int32][]user{above, below} {
		for slot := range users {
			slots[slot] = struct{}{}
		}
	}
	list := make([]rangeMaps, 0, len(slots))
	for _, slot := range sortedKeys(slots) {
		list = append(list, fb.rangeOf(slot, fb.bounds(above[slot]), fb.bounds(below[slot])))
	}
	return list
}

// isAbove reports whether the test asks for a value above its bound. A negated
// order asks for the other side.
func isAbove(t *test) bool {
	return (t.op == greater || t.op == greaterEqual) != t.not
}

// bound is a candidate's on one side of a slot.
type bound struct {
	number    float64
	candidate int32
}

// bounds takes the users' tests to those that the steps decide for most values.
func (fb *flatBuilder) bounds(users []user) []bound {
	list := make([]bound, len(users))
	for i, u := range users {
		list[i] = bound{number: fb.builder.index.tests[u.test].number, candidate: u.candidate}
		c := &fb.candidates[u.candidate]
		c.tests = slices.DeleteFunc(c.tests, func(x int32) bool { return x == u.test })
		fb.orders[u.candidate] = append(fb.orders[u.candidate], u.test)
	}
	return list
}

// rangeOf makes the bitmaps of a slot.
func (fb *flatBuilder) rangeOf(slot int32, above, below []bound) rangeMaps {
	all := slices.Concat(above, below)
	rm := rangeMaps{slot: slot, cuts: newCuts(all), none: fb.step(), nan: fb.step()}
	for _, b := range all {
		rm.none.clear(b, true, true)
		rm.nan.clear(b, false, true)
	}
	from := math.Inf(-1)
	for i := range len(rm.cuts.numbers) + 1 {
		to, isLast := math.Inf(1), i == len(rm.cuts.numbers)
		if !isLast {
			to = rm.cuts.numbers[i]
		}
		s := fb.step()
		for _, b := range above {
			s.clear(b, !isLast && b.number >= to, b.number >= from)
		}
		for _, b := range below {
			s.clear(b, b.number < from, isLast || b.number < to)
		}
		rm.steps = append(rm.steps, s)
		from = to
	}
	return rm
}

// step returns one in which everybody meets their bounds.
func (fb *flatBuilder) step() step {
	s := step{words: make([]pair, fb.words)}
	for i := range fb.candidates {
		bit := uint64(1) << (i % 64)
		s.words[i/64].may |= bit
		s.words[i/64].does |= bit
	}
	return s
}

// clear takes the candidate out where it cannot meet its bound, or may not.
func (s *step) clear(b bound, cannot, mayNot bool) {
	bit := uint64(1) << (b.candidate % 64)
	if cannot {
		s.words[b.candidate/64].may &^= bit
	}
	if mayNot {
		s.words[b.candidate/64].does &^= bit
	}
}

// of returns the bitmaps for the value.
func (rm *rangeMaps) of(v *value) *step {
	if !v.present {
		return &rm.none
	}
	if math.IsNaN(v.number) {
		return &rm.nan
	}
	return &rm.steps[rm.cuts.find(v.number)]
}
