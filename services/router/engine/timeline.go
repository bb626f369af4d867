package engine

import (
	"slices"
	"strings"
	"time"
)

// Bounds of a timeline. More than a count can ask for is always kept; cutting
// in blocks makes it cheap.
const (
	maxEntries  = 20_000
	keptEntries = 15_000
)

// entry is an event in a timeline.
type entry struct {
	at   time.Time
	id   string
	hour int64 // from which its age counts
	// tag tells what the event is about where that matters: the digest of the
	// value that counts, or of the thing that closed.
	tag string
}

func (x entry) compare(y entry) int {
	if c := x.at.Compare(y.at); c != 0 {
		return c
	}
	return strings.Compare(x.id, y.id)
}

// timeline holds events ordered by (time, id).
type timeline []entry

// insert adds an entry at its place. Beyond maxEntries the oldest go.
func (l timeline) insert(x entry) timeline {
	if n := len(l); n == 0 || l[n-1].compare(x) < 0 {
		l = append(l, x)
	} else {
		at, _ := slices.BinarySearchFunc(l, x, entry.compare)
		l = slices.Insert(l, at, x)
	}
	if len(l) > maxEntries {
		l = slices.Clone(l[len(l)-keptEntries:])
	}
	return l
}

// until returns how many entries lie at or before t.
func (l timeline) until(t time.Time) int {
	n := len(l)
	if n == 0 || !l[n-1].at.After(t) {
		return n
	}
	at, _ := slices.BinarySearchFunc(l, t, func(x entry, t time.Time) int {
		if x.at.After(t) {
			return 1
		}
		return -1
	})
	return at
}

// within returns the entries of the half-open window (t - length, t].
func (l timeline) within(t time.Time, length time.Duration) timeline {
	return l[l.until(t.Add(-length)):l.until(t)]
}

// sweep drops what is older than horizon hours at the given hour.
func (l timeline) sweep(hour, horizon int64) timeline {
	return slices.DeleteFunc(l, func(x entry) bool { return x.hour+horizon < hour })
}

// timelines are the timelines of keys. Nothing else reads or changes them than
// these methods.
type timelines struct{ keys map[string]timeline }

// len is the number of keys that have a timeline.
func (t *timelines) len() int { return len(t.keys) }

// of returns the timeline of the key, which is the table's own: do not change
// it, and do not keep it.
func (t *timelines) of(key string) timeline { return t.keys[key] }

// hasRoom reports whether the key has a timeline, or may have one among at most
// so many.
func (t *timelines) hasRoom(key string, maxKeys int) bool {
	if len(t.keys) < maxKeys {
		return true
	}
	_, known := t.keys[key]
	return known
}

func (t *timelines) insert(key string, x entry) {
	if t.keys == nil {
		t.keys = map[string]timeline{}
	}
	t.keys[key] = t.keys[key].insert(x)
}

func (t *timelines) remove(key string) { delete(t.keys, key) }

// sweep sweeps the timeline of each key and drops the keys without one.
func (t *timelines) sweep(hour, horizon int64) {
	for key, l := range t.keys {
		before := len(l)
		l = l.sweep(hour, horizon)
		switch {
		case len(l) == 0:
			delete(t.keys, key)
		case len(l) < before/2:
			t.keys[key] = slices.Clone(l)
		case len(l) < before:
			t.keys[key] = l
		}
	}
	if len(t.keys) == 0 {
		t.keys = nil // a map keeps the room of what it once held
	}
}

// rebase lets the age of entries count from that of their own time at the
// latest.
func (t *timelines) rebase(ageFrom func(time.Time) int64) {
	for _, l := range t.keys {
		for i := range l {
			l[i].hour = min(l[i].hour, ageFrom(l[i].at))
		}
	}
}
