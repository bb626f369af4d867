package state

import "math"

// isOver reports whether the leaf is to be split. If it is long by keys that
// have no entries, those go.
func (l *leaf) isOver() bool {
	if l.taken > maxLeafKeys && l.live() <= maxLeafKeys*3/4 {
		l.respace()
	}
	return l.taken > maxLeafKeys || l.used > maxLeafEntries
}

// split returns two leaves with about half of the entries each, and the first
// key of the second one. A leaf that is over has two keys with entries: the
// block of one is no larger than its bound.
func (l *leaf) split() (left, right *leaf, first Key) {
	at, entries, all := 0, 0, l.used+l.live()
	last := l.last()
	for i := range l.places[:last] {
		if r := &l.places[i].value; r.len > 0 && (entries == 0 || 2*entries < all) {
			entries += int(r.room) + 1
			at = i + 1
		}
	}
	for l.places[at].value.len == 0 {
		at++
	}
	first = l.places[at].key
	return gathered(l.lo, first.hi, part{l, l.places[:at]}), gathered(first.hi, l.hi, part{l, l.places[at:]}), first
}

// last returns the place of the last key with entries.
func (l *leaf) last() int {
	at := len(l.places) - 1
	for at > 0 && l.places[at].value.len == 0 {
		at--
	}
	return at
}

// join returns one leaf of both if that is small. The other follows.
func (l *leaf) join(next *leaf) (both *leaf, ok bool) {
	if l.taken+next.taken > maxLeafKeys/2 || l.used+next.used > maxLeafEntries/2 {
		return nil, false
	}
	return gathered(l.lo, next.hi, part{l, l.places}, part{next, next.places}), true
}

// part is places of a leaf.
type part struct {
	leaf   *leaf
	places []place[run]
}

// gathered returns a leaf of the keys that have entries.
func gathered(lo, hi uint64, parts ...part) *leaf {
	keys, entries := 0, 0
	for _, p := range parts {
		for i := range p.places {
			if r := &p.places[i].value; r.len > 0 {
				keys, entries = keys+1, entries+int(r.room)
			}
		}
	}
	l := &leaf{row: newRow[run](lo, hi, keys), pool: newPool(entries, 0), oldest: math.MaxInt32}
	for _, p := range parts {
		for i := range p.places {
			if from := &p.places[i]; from.value.len > 0 {
				l.push(from.key, l.pool.add(&p.leaf.pool, from.value))
				l.oldest = min(l.oldest, from.value.oldest)
			}
		}
	}
	return l
}
