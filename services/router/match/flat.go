package match

import (
	"math/bits"
	"slices"
)

// flat finds conditions by combining bitmaps: a bit for each candidate, in
// each bitmap set where that one attribute does not rule the candidate out.
type flat struct {
	candidates []candidate
	orders     [][]int32 // of each candidate, the orders that bitmaps decide for most values
	all        bitmap
	texts      []valueMaps[string]
	numbers    []valueMaps[float64]
	ranges     []rangeMaps
	tests      []testMap
}

// bitmap is a set of candidates and how many there are.
type bitmap struct {
	words []uint64
	count int
}

// valueMaps has the bitmaps of a slot by its value.
type valueMaps[V comparable] struct {
	slot   int32
	places map[V]int32 // in values
	values []bitmap
	other  bitmap // where the value is another one, or there is none
}

// testMap has the bitmap of candidates that a test does not rule out when it
// does not pass.
type testMap struct {
	test  int32
	other bitmap
}

// Bounds of bitmaps.
const (
	maxValueMaps = 128 // values of a slot that have bitmaps
	minShare     = 24  // one in so many candidates must use a slot or test
	rangeSteps   = 64  // bitmaps of a slot's range; fits cuts.hints
)

// flatBuilder gathers what candidates ask of slots.
type flatBuilder struct {
	builder    *builder
	candidates []candidate
	orders     [][]int32
	words      int
	atLeast    int
}

// newFlat returns the bitmaps of the entries, nil for none.
func (b *builder) newFlat(entries []entry) *flat {
	if len(entries) == 0 {
		return nil
	}
	entries = b.arrange(entries)
	fb := &flatBuilder{
		builder: b, words: (len(entries) + 63) / 64, candidates: make([]candidate, len(entries)),
		orders:  make([][]int32, len(entries)),
		atLeast: max(2, len(entries)/minShare),
	}
	for i, e := range entries {
		fb.candidates[i] = b.candidate(e)
		fb.candidates[i].tests = slices.Clone(e.tests)
	}
	f := &flat{candidates: fb.candidates, orders: fb.orders, all: fb.full(nil)}
	f.texts = maps(fb, func(t *test) []string { return t.more.texts })
	f.numbers = maps(fb, func(t *test) []float64 { return t.more.numbers })
	f.ranges = fb.ranges()
	f.tests = fb.tests()
	for i := range f.candidates {
		b.seal(&f.candidates[i])
	}
	return f
}

// full returns the bitmap of all candidates but those.
func (fb *flatBuilder) full(but []int32) bitmap {
	words := make([]uint64, fb.words)
	for i := range fb.candidates {
		words[i/64] |= 1 << (i % 64)
	}
	for _, i := range but {
		words[i/64] &^= 1 << (i % 64)
	}
	return counted(words)
}

func counted(words []uint64) bitmap {
	b := bitmap{words: words}
	for _, w := range words {
		b.count += bits.OnesCount64(w)
	}
	return b
}

// user is a candidate that uses a slot or test.
type user struct {
	candidate int32
	test      int32
}

// users returns, for each slot or test that enough candidates use, those that
// do. What returns the slot or test, false for tests that are not meant.
func (fb *flatBuilder) users(what func(id int32, t *test) (int32, bool)) ([]int32, map[int32][]user) {
	all := map[int32][]user{}
	for i, c := range fb.candidates {
		for _, id := range c.tests {
			if key, ok := what(id, &fb.builder.index.tests[id]); ok {
				if list := all[key]; len(list) == 0 || list[len(list)-1].candidate != int32(i) {
					all[key] = append(list, user{candidate: int32(i), test: id})
				}
			}
		}
	}
	for key, list := range all {
		if len(list) < fb.atLeast {
			delete(all, key)
		}
	}
	return sortedKeys(all), all
}

// decided takes a test from a candidate: a bitmap decides it.
func (fb *flatBuilder) decided(u user) {
	c := &fb.candidates[u.candidate]
	c.tests = slices.DeleteFunc(c.tests, func(id int32) bool { return id == u.test })
}

// maps makes the bitmaps of slots that candidates compare for equality.
func maps[V comparable](fb *flatBuilder, values func(*test) []V) []valueMaps[V] {
	keys, all := fb.users(func(_ int32, t *test) (int32, bool) {
		return t.slot, t.isKey() && len(values(t)) > 0
	})
	var list []valueMaps[V]
	for _, slot := range keys {
		users := all[slot]
		but := make([]int32, len(users))
		count := map[V]struct{}{}
		for i, u := range users {
			but[i] = u.candidate
			for _, v := range values(&fb.builder.index.tests[u.test]) {
				count[v] = struct{}{}
			}
		}
		if len(count) > maxValueMaps {
			continue
		}
		vm := valueMaps[V]{slot: slot, places: map[V]int32{}, other: fb.full(but)}
		for _, u := range users {
			for _, v := range values(&fb.builder.index.tests[u.test]) {
				place, ok := vm.places[v]
				if !ok {
					place = int32(len(vm.values))
					vm.places[v] = place
					vm.values = append(vm.values, bitmap{words: slices.Clone(vm.other.words)})
				}
				vm.values[place].words[u.candidate/64] |= 1 << (u.candidate % 64)
			}
			fb.decided(u)
		}
		for i, b := range vm.values {
			vm.values[i] = counted(b.words)
		}
		list = append(list, vm)
	}
	return list
}

// tests makes the bitmaps of tests that many candidates share.
func (fb *flatBuilder) tests() []testMap {
	keys, all := fb.users(func(id int32, t *test) (int32, bool) {
		return id, t.op != isTrue && !t.isOrder()
	})
	list := make([]testMap, 0, len(keys))
	for _, id := range keys {
		but := make([]int32, len(all[id]))
		for i, u := range all[id] {
			but[i] = u.candidate
			fb.decided(u)
		}
		list = append(list, testMap{test: id, other: fb.full(but)})
	}
	return list
}

// visit checks the candidates that no bitmap of the event rules out.
func (f *flat) visit(m *Matcher) {
	masks, steps := append(m.masks[:0], &f.all), m.steps[:0]
	for i := range f.texts {
		v := &m.values[f.texts[i].slot]
		masks = append(masks, f.texts[i].of(v, v.text))
	}
	for i := range f.numbers {
		v := &m.values[f.numbers[i].slot]
		masks = append(masks, f.numbers[i].of(v, v.number))
	}
	for i := range f.ranges {
		steps = append(steps, f.ranges[i].of(&m.values[f.ranges[i].slot]))
	}
	for i := range f.tests {
		t := &m.index.tests[f.tests[i].test]
		if !t.passes(&m.values[t.slot]) {
			masks = append(masks, &f.tests[i].other)
		}
	}
	m.masks, m.steps = masks, steps
	f.combine(m, masks, steps)
}

func (vm *valueMaps[V]) of(v *value, key V) *bitmap {
	if v.present {
		if place, ok := vm.places[key]; ok {
			return &vm.values[place]
		}
	}
	return &vm.other
}

// combine goes through the words of the bitmaps, the masks with the fewest bits
// first, so that most words are done after one or two of them. Who meets every
// bound for certain needs no test of its orders.
func (f *flat) combine(m *Matcher, masks []*bitmap, steps []*step) {
	fewestFirst(masks)
	if masks[0].count == 0 {
		return
	}
	for w, left := range masks[0].words {
		for _, mask := range masks[1:] {
			if left == 0 {
				break
			}
			left &= mask.words[w]
		}
		if left == 0 {
			continue
		}
		sure := ^uint64(0)
		for _, s := range steps {
			p := &s.words[w]
			if left, sure = left&p.may, sure&p.does; left == 0 {
				break
			}
		}
		for ; left != 0; left &= left - 1 {
			i := w*64 + bits.TrailingZeros64(left)
			if left&-left&sure != 0 || m.pass(f.orders[i]) {
				m.check(&f.candidates[i])
			}
		}
	}
}

// firstMasks is how many of the masks are put in order.
const firstMasks = 3

func fewestFirst(masks []*bitmap) {
	for i := range min(firstMasks, len(masks)) {
		least := i
		for j := i + 1; j < len(masks); j++ {
			if masks[j].count < masks[least].count {
				least = j
			}
		}
		masks[i], masks[least] = masks[least], masks[i]
	}
}
