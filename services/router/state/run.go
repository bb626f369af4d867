package state

import (
	"sort"
	"time"
)

// Run is events of one key in the order of (time, id). The zero Run is empty.
// It is good until the table is changed.
type Run struct {
	pool    *pool
	entries []entry
}

// Len returns how many there are.
func (r Run) Len() int { return len(r.entries) }

// Until returns how many lie at or before t.
func (r Run) Until(t time.Time) int {
	seconds, nanos := t.Unix(), uint32(t.Nanosecond())
	n := len(r.entries)
	if n == 0 || r.entries[n-1].compareTime(seconds, nanos) <= 0 {
		return n
	}
	return sort.Search(n, func(i int) bool { return r.entries[i].compareTime(seconds, nanos) > 0 })
}

// Slice returns those from i on before j.
func (r Run) Slice(i, j int) Run { return Run{pool: r.pool, entries: r.entries[i:j]} }

// Time returns when the i-th occurred, in UTC.
func (r Run) Time(i int) time.Time { return r.entries[i].time() }

// Is reports whether the i-th has that id.
func (r Run) Is(i int, id string) bool {
	var room [packedChars]byte
	return string(r.pool.appendID(room[:0], &r.entries[i])) == id
}

// Entry returns the i-th.
func (r Run) Entry(i int) Entry {
	var room [packedChars]byte
	return Entry{At: r.Time(i), ID: string(r.pool.appendID(room[:0], &r.entries[i]))}
}

// Entries returns all of them.
func (r Run) Entries() []Entry {
	out := make([]Entry, len(r.entries))
	for i := range out {
		out[i] = r.Entry(i)
	}
	return out
}
