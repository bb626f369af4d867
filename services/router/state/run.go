package state

import (
	"sort"
	"time"
)

// Run is events of one key in the order of (time, id). The zero Run is empty.
// It is good until the table is changed.
type Run struct {
	pool   *pool
	before []entry
	last   *entry // behind those before, nil for none
}

// Len returns how many there are.
func (r Run) Len() int {
	if r.last == nil {
		return len(r.before)
	}
	return len(r.before) + 1
}

func (r Run) at(i int) *entry {
	if i == len(r.before) && r.last != nil {
		return r.last
	}
	return &r.before[i]
}

// Until returns how many lie at or before t.
func (r Run) Until(t time.Time) int {
	seconds, nanos := t.Unix(), uint32(t.Nanosecond())
	if r.last != nil && r.last.compareTime(seconds, nanos) <= 0 {
		return r.Len()
	}
	// Most runs are short, and most times are late.
	n := len(r.before)
	for least := max(0, n-few); n > least; n-- {
		if r.before[n-1].compareTime(seconds, nanos) <= 0 {
			return n
		}
	}
	return sort.Search(n, func(i int) bool { return r.before[i].compareTime(seconds, nanos) > 0 })
}

// few is how many events are looked at one by one.
const few = 8

// Within returns those in the half-open window (t - length, t].
func (r Run) Within(t time.Time, length time.Duration) Run {
	return r.Slice(r.Until(t.Add(-length)), r.Until(t))
}

// Slice returns those from i on before j.
func (r Run) Slice(i, j int) Run {
	n := len(r.before)
	if j <= n {
		return Run{pool: r.pool, before: r.before[i:j]}
	}
	if i > n {
		return Run{}
	}
	return Run{pool: r.pool, before: r.before[i:], last: r.last}
}

// Time returns when the i-th occurred, in UTC.
func (r Run) Time(i int) time.Time { return r.at(i).time() }

// Tag returns the tag of the i-th, the zero Key for none.
func (r Run) Tag(i int) Key { return r.pool.tag(r.at(i)) }

// Is reports whether the i-th has that id.
func (r Run) Is(i int, id string) bool {
	x := r.at(i)
	if x.nanos&isText != 0 {
		return string(r.pool.text[x.hi:x.hi+x.lo]) == id
	}
	hi, lo, ok := packID(id)
	return ok && x.hi == hi && x.lo == lo
}

// Entry returns the i-th.
func (r Run) Entry(i int) Entry {
	var room [packedChars]byte
	return Entry{At: r.Time(i), ID: string(r.pool.appendID(room[:0], r.at(i)))}
}

// Entries returns all of them.
func (r Run) Entries() []Entry {
	out := make([]Entry, r.Len())
	for i := range out {
		out[i] = r.Entry(i)
	}
	return out
}
