package state

import (
	"math"
	"time"
)

// Tick moves the clock into an hour, counted from 1970; one that has been
// changes nothing. It frees a part of what is over.
func (t *Table) Tick(hour int64) {
	if hour <= t.hour {
		return
	}
	t.hour = int64(hour32(hour))
	t.forget()
	if t.keys > 0 {
		t.tree.sweep(t.cut)
	}
}

// forget makes invisible what is over.
func (t *Table) forget() {
	t.cut = hour32(t.hour - t.horizon)
	t.recent = recent{} // it must not keep a leaf that goes
	t.keys -= t.ages.drop(t.cut)
	if t.keys == 0 {
		t.tree, t.ages = tree[*leaf]{}, nil
	}
}

// SetHorizon gives the table another horizon. What was over stays forgotten. A
// longer one looks at every key.
func (t *Table) SetHorizon(hours int64) {
	if hours > t.horizon {
		t.tree.purgeAll(t.cut)
	}
	t.horizon = hours
	t.forget()
}

// Rebase sets the clock back to an hour: the one by which the table went was
// wrong. What was forgotten by it stays forgotten; the age of each event counts
// from what age says of its time, if that is earlier. It looks at every event.
func (t *Table) Rebase(hour int64, age func(at time.Time) int64) {
	t.tree.purgeAll(t.cut)
	t.ages = nil
	for _, l := range t.tree.leaves {
		l.oldest = math.MaxInt32
		for i := range l.places {
			if r := &l.places[i].value; r.len > 0 {
				l.rebase(r, age)
				l.oldest = min(l.oldest, r.oldest)
				t.ages.add(r.newest, 1)
			}
		}
	}
	t.hour = int64(hour32(hour))
	t.forget()
}

func (l *leaf) rebase(r *run, age func(at time.Time) int64) {
	entries := l.of(r)
	for i := range entries {
		entries[i].rebase(age)
	}
	r.last.rebase(age)
	l.age(r)
}

func (x *entry) rebase(age func(at time.Time) int64) {
	x.hour = min(x.hour, hour32(age(x.time())))
}
