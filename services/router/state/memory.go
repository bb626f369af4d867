package state

import (
	"cmp"
	"math"
	"slices"
)

// Memory knows what it has met in the last days. It belongs to one goroutine.
type Memory struct {
	tree tree[*memoryLeaf]
	kept int64 // days
	hour int64
	cut  int32 // day before which nothing is known
	// days are those on which something was met that is known, ascending.
	days []dayCount
}

// overShare is the part of the days for which what is forgotten may stay in a leaf.
const overShare = 16

// dayCount is how much was met on a day.
type dayCount struct {
	day  int32
	keys int
}

// NewMemory returns an empty memory whose clock stands before all time. It
// knows what it met up to so many days ago; the day on which it met it counts
// besides.
func NewMemory(days int64) *Memory {
	return &Memory{kept: days, hour: math.MinInt32, cut: math.MinInt32}
}

// Len returns how much it knows.
func (m *Memory) Len() int {
	n := 0
	for _, d := range m.days {
		n += d.keys
	}
	return n
}

// Add meets a key on the day of the clock; false if it is known, or the zero
// Key.
func (m *Memory) Add(k Key) bool {
	if k == (Key{}) {
		return false
	}
	if len(m.tree.leaves) == 0 {
		m.tree.push(Key{}, newMemoryLeaf(0, math.MaxUint64, 0))
	}
	day, leafAt := m.today(), m.tree.of(k)
	l := m.tree.leaves[leafAt]
	at, found := l.find(k)
	if found && l.places[at].value >= m.cut {
		return false
	}
	if !found {
		at = l.insertKey(at, k)
	}
	l.places[at].value = day
	l.oldest = min(l.oldest, day)
	m.enter(day)
	if l.taken > maxLeafKeys {
		m.tree.split(leafAt)
	}
	return true
}

// Has reports whether a key is known.
func (m *Memory) Has(k Key) bool {
	if len(m.tree.leaves) == 0 {
		return false
	}
	l := m.tree.leaves[m.tree.of(k)]
	at, found := l.find(k)
	return found && l.places[at].value >= m.cut
}

// enter counts a key of the last day.
func (m *Memory) enter(day int32) {
	if n := len(m.days); n == 0 || m.days[n-1].day < day {
		m.days = append(m.days, dayCount{day: day})
	}
	m.days[len(m.days)-1].keys++
}

// today returns the day of the clock, counted from 1970.
func (m *Memory) today() int32 {
	day := m.hour / 24
	if m.hour%24 < 0 {
		day--
	}
	return hour32(day)
}

// setClock sets the clock to an hour.
func (m *Memory) setClock(hour int64) {
	m.hour = int64(hour32(hour))
	m.cut = hour32(int64(m.today()) - m.kept)
}

// Tick moves the clock into an hour, counted from 1970; one that has been
// changes nothing. It frees a part of what was forgotten; a leaf is not worth a
// visit for one day.
func (m *Memory) Tick(hour int64) {
	if hour <= m.hour {
		return
	}
	m.setClock(hour)
	gone := 0
	for gone < len(m.days) && m.days[gone].day < m.cut {
		gone++
	}
	m.days = slices.Delete(m.days, 0, gone)
	if len(m.days) == 0 {
		m.tree, m.days = tree[*memoryLeaf]{}, nil
		return
	}
	m.tree.sweep(m.cut - hour32(m.kept/overShare))
}

// Rebase sets the clock back to an hour: the one by which the memory went was
// wrong. What was forgotten by it stays forgotten; what was met on days that
// are still to come was met on the hour's. It looks at everything.
func (m *Memory) Rebase(hour int64) {
	m.tree.purgeAll(m.cut)
	m.setClock(hour)
	today := m.today()
	first, _ := slices.BinarySearchFunc(m.days, today, func(d dayCount, day int32) int { return cmp.Compare(d.day, day) })
	if first == len(m.days) {
		return
	}
	m.days = append(m.days[:first], dayCount{day: today})
	for _, l := range m.tree.leaves {
		for i := range l.places {
			if p := &l.places[i]; p.key != (Key{}) && p.value >= today {
				p.value, l.oldest = today, min(l.oldest, today)
				m.enter(today)
			}
		}
	}
}

// memoryLeaf holds the keys of a range and the days on which they were met.
type memoryLeaf struct {
	row[int32]
	oldest int32 // day before which nothing in it was met
}

func newMemoryLeaf(lo, hi uint64, keys int) *memoryLeaf {
	return &memoryLeaf{row: newRow[int32](lo, hi, keys), oldest: math.MaxInt32}
}

// insertKey makes a place for a key, where find has looked for it, and returns
// that.
func (l *memoryLeaf) insertKey(at int, k Key) int {
	if l.isFull() {
		*l = *gatheredMemory(l.lo, l.hi, l.places)
		at, _ = l.find(k)
	}
	l.insert(at, k)
	return at
}

// purge drops what was met before the day.
func (l *memoryLeaf) purge(cut int32) {
	if l.oldest < cut {
		l.oldest = math.MaxInt32
		l.keep(func(day int32) bool {
			if day < cut {
				return false
			}
			l.oldest = min(l.oldest, day)
			return true
		})
	}
	if l.isLoose(l.taken) {
		*l = *gatheredMemory(l.lo, l.hi, l.places)
	}
}

// split returns two leaves with half of the keys each, wherever those stand, and
// the first key of the second one.
func (l *memoryLeaf) split() (left, right *memoryLeaf, first Key) {
	at := 0
	for keys := 0; keys < l.taken/2 || l.places[at].key == (Key{}); at++ {
		if l.places[at].key != (Key{}) {
			keys++
		}
	}
	first = l.places[at].key
	return gatheredMemory(l.lo, first.hi, l.places[:at]),
		gatheredMemory(first.hi, l.hi, l.places[at:]), first
}

func (l *memoryLeaf) join(next *memoryLeaf) (both *memoryLeaf, ok bool) {
	if l.taken+next.taken > maxLeafKeys/2 {
		return nil, false
	}
	return gatheredMemory(l.lo, next.hi, l.places, next.places), true
}

// gatheredMemory returns a leaf of the places.
func gatheredMemory(lo, hi uint64, parts ...[]place[int32]) *memoryLeaf {
	keys := 0
	for _, places := range parts {
		for i := range places {
			if places[i].key != (Key{}) {
				keys++
			}
		}
	}
	l := newMemoryLeaf(lo, hi, keys)
	for _, places := range parts {
		for i := range places {
			if p := &places[i]; p.key != (Key{}) {
				l.push(p.key, p.value)
				l.oldest = min(l.oldest, p.value)
			}
		}
	}
	return l
}
