package state

import (
	"math"
	"sort"
)

// Bounds of a leaf: beyond either it is split, if it has two keys. Few leaves
// are found fast, small ones are rebuilt in a moment.
const (
	maxLeafKeys    = 4096
	maxLeafEntries = 32_768
)

// leaf holds the keys of a range and their entries. A key without entries may
// keep its place.
type leaf struct {
	row[run]
	pool
	oldest int32 // hour before which no entry's age counts
}

func newLeaf(lo, hi uint64) *leaf {
	return &leaf{row: newRow[run](lo, hi, 0), oldest: math.MaxInt32}
}

// add adds an entry to a run of the leaf.
func (l *leaf) add(r *run, x entry, id string, tag Key) {
	if l.isWasteful(l.spare()) && l.isTight(r, len(id)+KeyBytes) {
		l.repack()
	}
	l.hold(&x, id, tag)
	if r.len == 0 || l.compare(&r.last, &x) < 0 {
		l.addLast(r, x)
	} else {
		entries := l.of(r)
		l.addBefore(r, sort.Search(len(entries), func(i int) bool { return l.compare(&entries[i], &x) >= 0 }), x)
	}
	r.newest, r.oldest = max(r.newest, x.hour), min(r.oldest, x.hour)
	l.oldest = min(l.oldest, x.hour)
	if r.len > maxEntries {
		l.trim(r)
	}
}

// insertKey makes sure that a key has a place, at which find has looked for it,
// and returns that. The key has no entries.
func (l *leaf) insertKey(at int, k Key) int {
	if at < len(l.places) && l.places[at].key == k {
		l.places[at].value = noRun()
		return at
	}
	if l.isFull() {
		l.respace()
		at, _ = l.find(k)
	}
	l.insert(at, k)
	l.places[at].value = noRun()
	return at
}

// respace gives the row room for more keys; those without entries go.
func (l *leaf) respace() {
	wider := newRow[run](l.lo, l.hi, l.live())
	for i := range l.places {
		if p := &l.places[i]; p.value.len > 0 {
			wider.push(p.key, p.value)
		}
	}
	l.row = wider
}

// repack gives back what the pool does not need.
func (l *leaf) repack() {
	packed := newPool(l.used, l.held)
	for i := range l.places {
		if p := &l.places[i]; p.value.len > 0 {
			p.value = packed.add(&l.pool, p.value)
		}
	}
	l.pool = packed
}

// spare is how many entries more than needed are no waste: repacking looks at each
// key, so where few have a block it must be seldom.
func (l *leaf) spare() int { return l.taken/16 + 8 }

// live returns how many keys have entries.
func (l *leaf) live() int {
	n := 0
	for i := range l.places {
		if l.places[i].value.len > 0 {
			n++
		}
	}
	return n
}

// purge drops the entries whose age counts from before the hour, and gives back
// what is not needed.
func (l *leaf) purge(cut int32) {
	if l.row.isLoose(l.prunedTo(cut)) {
		l.respace()
	}
	if spare := l.spare(); l.isWasteful(spare) || l.pool.isLoose(spare) {
		l.repack()
	}
}

// prunedTo drops the entries whose age counts from before the hour and returns how
// many keys have others.
func (l *leaf) prunedTo(cut int32) int {
	if l.oldest >= cut {
		return l.live()
	}
	live := 0
	l.oldest = math.MaxInt32
	for i := range l.places {
		r := &l.places[i].value
		if r.len > 0 && r.oldest < cut {
			l.prune(r, cut)
		}
		if r.len > 0 {
			l.oldest = min(l.oldest, r.oldest)
			live++
		}
	}
	return live
}
