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

// sweep drops what is older than horizon hours at the given hour.
func (l timeline) sweep(hour, horizon int64) timeline {
	return slices.DeleteFunc(l, func(x entry) bool { return x.hour+horizon < hour })
}

// sweepAll sweeps the timeline of each key and drops the keys without one.
func sweepAll(keys map[string]timeline, hour, horizon int64) {
	for key, l := range keys {
		before := len(l)
		l = l.sweep(hour, horizon)
		switch {
		case len(l) == 0:
			delete(keys, key)
		case len(l) < before/2:
			keys[key] = slices.Clone(l)
		case len(l) < before:
			keys[key] = l
		}
	}
}
