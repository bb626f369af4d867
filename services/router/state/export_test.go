package state

import (
	"errors"
	"fmt"
	"math"
)

// Verify returns what is wrong with how the table is kept.
func (t *Table) Verify() error {
	keys := 0
	err := verifyTree(&t.tree, func(l *leaf) *row[run] { return &l.row }, func(l *leaf) error {
		keys += visible(l, t.cut)
		return verifyPool(l)
	})
	if err == nil && keys != t.keys {
		err = fmt.Errorf("%d keys count as %d", keys, t.keys)
	}
	return err
}

// Verify returns what is wrong with how the memory is kept.
func (m *Memory) Verify() error {
	known := 0
	err := verifyTree(&m.tree, func(l *memoryLeaf) *row[int32] { return &l.row }, func(l *memoryLeaf) error {
		for _, p := range l.places {
			if p.key != (Key{}) && p.value < l.oldest {
				return errors.New("something is older than the oldest")
			}
			if p.key != (Key{}) && p.value >= m.cut {
				known++
			}
		}
		return nil
	})
	if err == nil && (known != m.Len()) {
		err = fmt.Errorf("%d known count as %d", known, m.Len())
	}
	return err
}

// TextBytes returns the room that the table has for texts.
func (t *Table) TextBytes() int {
	n := 0
	for _, l := range t.tree.leaves {
		n += cap(l.text)
	}
	return n
}

func verifyTree[V any, L node[L]](t *tree[L], rowOf func(L) *row[V], verify func(L) error) error {
	for i, l := range t.leaves {
		r, lo, hi := rowOf(l), t.firsts[i].hi, uint64(math.MaxUint64)
		var end Key
		if i+1 < len(t.firsts) {
			hi, end = t.firsts[i+1].hi, t.firsts[i+1]
		}
		if r.lo != lo || r.hi != hi || i == 0 && t.firsts[0] != (Key{}) {
			return fmt.Errorf("leaf %d has other bounds than its place", i)
		}
		if err := errors.Join(verifyRow(r, t.firsts[i], end), verify(l)); err != nil {
			return fmt.Errorf("leaf %d: %w", i, err)
		}
	}
	return nil
}

func verifyRow[V any](r *row[V], first, end Key) error {
	taken, far := 0, 0
	last := Key{}
	for i, p := range r.places {
		if p.key == (Key{}) {
			continue
		}
		if !last.less(p.key) || p.key.less(first) || end != (Key{}) && !p.key.less(end) {
			return fmt.Errorf("the key at %d is out of order or out of bounds", i)
		}
		home := r.home(p.key)
		for j := home; j < i; j++ {
			if r.places[j].key == (Key{}) {
				return fmt.Errorf("a gap at %d before the key at %d", j, i)
			}
		}
		last, taken, far = p.key, taken+1, far+i-home
	}
	if taken != r.taken || far > 20*taken || taken > maxLeafKeys {
		return fmt.Errorf("%d keys count as %d and stand %d from home, of %d in %d for %x to %x, first %x last %x", taken, r.taken, far, r.homes, len(r.places), r.lo, r.hi, first.hi, last.hi)
	}
	return nil
}

func visible(l *leaf, cut int32) int {
	n := 0
	for _, p := range l.places {
		if p.value.len > 0 && p.value.newest >= cut {
			n++
		}
	}
	return n
}

// verifyPool sees that blocks of runs and free ones share no entry and leave
// none out.
func verifyPool(l *leaf) error {
	used, held := 0, 0
	owned := make([]bool, len(l.entries))
	own := func(off uint32, n int) error {
		for i := range n {
			if owned[int(off)+i] {
				return fmt.Errorf("the entry at %d is in two blocks", int(off)+i)
			}
			owned[int(off)+i] = true
		}
		return nil
	}
	for _, p := range l.places {
		r := p.value
		if r.len == 0 {
			continue
		}
		of := r
		l.age(&of)
		newest, oldest := of.newest, of.oldest
		if r.newest != newest || r.oldest > oldest || l.oldest > oldest {
			return errors.New("the ages of a run are not those of its entries")
		}
		for i := range l.of(&r) {
			held += l.of(&r)[i].textBytes()
		}
		held += r.last.textBytes()
		used += int(r.room)
		if err := own(r.off, int(r.room)); err != nil {
			return err
		}
	}
	free := 0
	for class := range l.free {
		for off := l.free[class]; off > 0; off = uint32(l.entries[off-1].hi) {
			free += 1 << class
			if err := own(off-1, 1<<class); err != nil {
				return err
			}
		}
	}
	if used != l.used || held != l.held || used+free != len(l.entries) {
		return fmt.Errorf("%d entries and %d bytes count as %d and %d; %d are free of %d", used, held, l.used, l.held, free, len(l.entries))
	}
	return nil
}
