package state

import (
	"math"
	"slices"
)

// sweepShare is the part of its leaves that a tree visits at a tick.
const sweepShare = 32

// node is a leaf of a tree.
type node[L any] interface {
	// purge drops what counts from before the hour or day, and gives back what
	// is not needed.
	purge(cut int32)
	// split returns two leaves and the first key of the second one.
	split() (left, right L, first Key)
	// join returns one leaf of it and the following one if that is small.
	join(next L) (both L, ok bool)
}

// tree is leaves in the order of their keys.
type tree[L node[L]] struct {
	// firsts are the least keys that belong to the leaves: ascending, and the
	// zero Key first.
	firsts []Key
	leaves []L
	cursor int // leaf at which the next sweep begins
}

// of returns the leaf to which a key belongs. There is one.
func (t *tree[L]) of(k Key) int {
	at, found := search(t.firsts, k, 0, math.MaxUint64)
	if found {
		return at
	}
	return at - 1
}

// push appends a leaf behind all others.
func (t *tree[L]) push(first Key, l L) {
	if len(t.leaves) == 0 {
		first = Key{}
	}
	t.firsts, t.leaves = append(t.firsts, first), append(t.leaves, l)
}

// split makes two of a leaf.
func (t *tree[L]) split(at int) {
	left, right, first := t.leaves[at].split()
	t.leaves[at] = left
	t.leaves = slices.Insert(t.leaves, at+1, right)
	t.firsts = slices.Insert(t.firsts, at+1, first)
}

// sweep purges the next share of the leaves and joins small ones.
func (t *tree[L]) sweep(cut int32) {
	n := len(t.leaves)
	if t.cursor >= n {
		t.cursor = 0
	}
	t.purge(t.cursor, min(n, t.cursor+(n+sweepShare-1)/sweepShare), cut)
}

// purgeAll purges each leaf.
func (t *tree[L]) purgeAll(cut int32) { t.purge(0, len(t.leaves), cut) }

func (t *tree[L]) purge(from, to int, cut int32) {
	if from > 0 {
		t.leaves[from-1].purge(cut) // joined with what is over, it would be crowded on one side
	}
	kept := from
	for i := from; i < to; i++ {
		l := t.leaves[i]
		l.purge(cut)
		if kept > 0 {
			if both, ok := t.leaves[kept-1].join(l); ok {
				t.leaves[kept-1] = both
				continue
			}
		}
		t.firsts[kept], t.leaves[kept] = t.firsts[i], l
		kept++
	}
	t.firsts, t.leaves = slices.Delete(t.firsts, kept, to), slices.Delete(t.leaves, kept, to)
	if cap(t.leaves) > 4*len(t.leaves)+16 {
		t.firsts, t.leaves = slices.Clone(t.firsts), slices.Clone(t.leaves)
	}
	t.cursor = kept
}
