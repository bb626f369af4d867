package match

import (
	"cmp"
	"math"
	"slices"
)

// rangeMaps has the bitmaps of a slot that candidates bound on one side. They
// are encoded by range: the bitmaps of a step have every candidate whose bound
// may be met there, and every one whose bound is met for certain. The few
// bounds that lie within a step are tested.
type rangeMaps struct {
	slot   int32
	above  bool      // the value must be above the bounds, else below
	bounds []float64 // the first bound of each step, ascending
	steps  []step    // one more than bounds
	none   step      // where there is no value
	nan    step      // where the value is in no order
}

// step holds who may meet a bound and who does.
type step struct{ may, does bitmap }

// ranges makes the bitmaps of slots that candidates order.
func (fb *flatBuilder) ranges() []rangeMaps {
	var list []rangeMaps
	for _, above := range []bool{true, false} {
		keys, all := fb.users(func(_ int32, t *test) (int32, bool) {
			return t.slot, t.isOrder() && isAbove(t) == above
		})
		for _, slot := range keys {
			list = append(list, fb.rangeOf(slot, above, all[slot]))
		}
	}
	return list
}

// isAbove reports whether the test asks for a value above its bound. A negated
// order asks for the other side.
func isAbove(t *test) bool {
	return (t.op == greater || t.op == greaterEqual) != t.not
}

// rangeOf makes the bitmaps of one side of a slot.
func (fb *flatBuilder) rangeOf(slot int32, above bool, users []user) rangeMaps {
	bound := func(u user) float64 { return fb.builder.index.tests[u.test].number }
	slices.SortStableFunc(users, func(a, b user) int { return cmp.Compare(bound(a), bound(b)) })
	but := make([]int32, len(users))
	for i, u := range users {
		but[i] = u.candidate
	}
	other := fb.full(but)
	rm := rangeMaps{slot: slot, above: above, none: step{may: other, does: other}, nan: step{may: fb.full(nil), does: other}}
	size := (len(users) + rangeSteps - 1) / rangeSteps
	cuts := []int{0}
	for at := size; at < len(users); at += size {
		if bound(users[at]) != bound(users[cuts[len(cuts)-1]]) {
			cuts = append(cuts, at)
		}
	}
	for i, cut := range cuts {
		if i > 0 {
			rm.bounds = append(rm.bounds, bound(users[cut]))
		}
		next := len(users)
		if i+1 < len(cuts) {
			next = cuts[i+1]
		}
		rm.steps = append(rm.steps, fb.step(other, users, cut, next, above))
	}
	for i, u := range users {
		fb.candidates[u.candidate].order(users[i].test)
	}
	return rm
}

// order moves a test to those that the steps decide for most candidates.
func (c *candidate) order(id int32) {
	c.tests = slices.DeleteFunc(c.tests, func(x int32) bool { return x == id })
	c.orders = append(c.orders, id)
}

// step returns the bitmaps for a value that is at least the bound at cut and
// below the bound at next.
func (fb *flatBuilder) step(other bitmap, users []user, cut, next int, above bool) step {
	bound := func(i int) float64 { return fb.builder.index.tests[users[i].test].number }
	same := cut // the first with the bound at cut
	for same > 0 && bound(same-1) == bound(cut) {
		same--
	}
	if above {
		return step{may: withUsers(other, users[:next]), does: withUsers(other, users[:same])}
	}
	return step{may: withUsers(other, users[same:]), does: withUsers(other, users[next:])}
}

// withUsers returns the bitmap with the users' bits set.
func withUsers(b bitmap, users []user) bitmap {
	words := slices.Clone(b.words)
	for _, u := range users {
		words[u.candidate/64] |= 1 << (u.candidate % 64)
	}
	return counted(words)
}

// of returns the bitmaps for the value.
func (rm *rangeMaps) of(v *value) *step {
	if !v.present {
		return &rm.none
	}
	if math.IsNaN(v.number) {
		return &rm.nan
	}
	// The step is as many as there are bounds that are not above the value.
	// Written so that the processor need not guess.
	at := 0
	for left := len(rm.bounds); left > 0; {
		half := (left + 1) / 2
		next := at
		if rm.bounds[at+half-1] <= v.number {
			next = at + half
		}
		at, left = next, left-half
	}
	return &rm.steps[at]
}
