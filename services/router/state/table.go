package state

import (
	"math"
	"time"
)

// Table holds events by key. It belongs to one goroutine.
type Table struct {
	tree    tree[*leaf]
	horizon int64
	maxKeys int
	hour    int64
	cut     int32 // hour before which nothing is visible
	ages    ages
	keys    int
	// recent is where a key was found last: what is asked about a key is mostly
	// asked again at once.
	recent recent
}

// NewTable returns an empty table whose clock stands before all time. An event
// is visible while the hour from which its age counts is at most horizon hours
// ago. At most maxKeys keys are taken.
func NewTable(horizon int64, maxKeys int) *Table {
	return &Table{horizon: horizon, maxKeys: maxKeys, hour: math.MinInt32, cut: math.MinInt32}
}

// Len returns how many keys have visible events.
func (t *Table) Len() int { return t.keys }

// HasRoom reports whether an event of each of the keys, which differ, would be
// taken: with those that are not there the table holds no more than it may.
func (t *Table) HasRoom(keys ...Key) bool {
	if t.keys+len(keys) <= t.maxKeys {
		return true
	}
	unknown := 0
	for _, k := range keys {
		if t.Run(k).Len() == 0 {
			unknown++
		}
	}
	return unknown == 0 || t.keys+unknown <= t.maxKeys
}

// Add takes an event of a key; false if that would be a key too many, or the
// zero Key. Its age counts from the hour, the clock's if that is later. Of more
// than 20,000 events of a key the oldest are dropped.
func (t *Table) Add(k Key, at time.Time, id string, hour int64) bool {
	return t.AddTagged(k, at, id, Key{}, hour)
}

// AddTagged takes an event as Add does, with a tag that tells what it is about;
// the zero Key is no tag.
func (t *Table) AddTagged(k Key, at time.Time, id string, tag Key, hour int64) bool {
	if len(t.tree.leaves) == 0 {
		t.tree.push(Key{}, newLeaf(0, math.MaxUint64))
	}
	s, found := t.find(k)
	if !found {
		if t.keys >= t.maxKeys || k == (Key{}) {
			return false
		}
		s.at = s.leaf.insertKey(s.at, k)
		t.recent = recent{key: k, spot: s}
		t.keys++
	}
	before := s.run().newest
	s.leaf.add(s.run(), entry{seconds: at.Unix(), nanos: uint32(at.Nanosecond()), hour: hour32(max(hour, t.hour))}, id, tag)
	t.aged(before, s.run().newest, found)
	if s.leaf.isOver() {
		t.tree.split(s.number)
	}
	return true
}

// aged counts a key, which was there before if known, under another hour.
func (t *Table) aged(before, after int32, known bool) {
	if known && before == after {
		return
	}
	if known {
		t.ages.add(before, -1)
	}
	t.ages.add(after, 1)
}

// Run returns the visible events of a key, empty for none. It is good until
// the table is changed.
func (t *Table) Run(k Key) Run {
	s, found := t.find(k)
	if !found {
		return Run{}
	}
	r := s.run()
	return Run{pool: &s.leaf.pool, before: s.leaf.of(r), last: &r.last}
}

// Delete drops a key.
func (t *Table) Delete(k Key) {
	s, found := t.find(k)
	if !found {
		return
	}
	t.ages.add(s.run().newest, -1)
	s.leaf.clear(s.run())
	t.keys--
}

// spot is where a key stands or belongs.
type spot struct {
	number int // of the leaf
	leaf   *leaf
	at     int
}

func (s spot) run() *run { return &s.leaf.places[s.at].value }

// find returns where a key belongs; it is found if it has a visible event. What
// is over of it is dropped. In a table without leaves nothing is found.
func (t *Table) find(k Key) (s spot, found bool) {
	if len(t.tree.leaves) == 0 {
		return spot{}, false
	}
	if s, found = t.locate(k); !found {
		return s, false
	}
	r := s.run()
	if r.oldest < t.cut {
		s.leaf.prune(r, t.cut)
	}
	return s, r.len > 0
}
