package state

import (
	"fmt"
	"math"
)

// fullLeaf is how many keys a restored leaf has: there is room for more.
const fullLeaf = maxLeafKeys * 3 / 4

// Restore fills an empty table with what Append wrote and returns what follows.
// What is over on the table's clock is left out. With an error, which wraps
// ErrCorrupt, the table holds a part and must not be used.
func (t *Table) Restore(data []byte) (rest []byte, err error) {
	x := &restorer{reader: reader{rest: data}, table: t, oldest: math.MaxInt32}
	for range x.count(minKeyBytes) {
		x.run()
	}
	x.flush(math.MaxUint64)
	if x.err != nil {
		return nil, fmt.Errorf("restore a table of keys: %w", x.err)
	}
	return x.rest, nil
}

// restorer fills a table leaf by leaf.
type restorer struct {
	reader
	table *Table
	// keys, pool and oldest become the next leaf.
	keys   []place[run]
	pool   pool
	oldest int32
	read   []entry // of a key
	// last, previous, seconds and hour are of what was read before.
	last     Key
	previous entry
	seconds  int64
	hour     int64
}

func (x *restorer) run() {
	k, n := x.key(), x.count(minEntryBytes)
	if !x.last.less(k) || n == 0 || n > maxEntries {
		x.fail("keys are not in order, or one has %d entries", n)
	}
	if x.err != nil {
		return
	}
	if n := len(x.keys); n >= fullLeaf || x.pool.used+n > maxLeafEntries/2 {
		x.flush(k.hi)
	}
	x.last = k
	x.entries(k, n)
}

// entries reads the entries of a key, and keeps the key if any is left.
func (x *restorer) entries(k Key, n int) {
	x.read = x.read[:0]
	for i := range n {
		e := x.entry()
		if x.err == nil && i > 0 && x.pool.compare(&x.previous, &e) > 0 {
			x.fail("the entries of a key are not in order")
		}
		if x.previous = e; x.err != nil {
			return
		}
		if e.hour < x.table.cut {
			x.pool.held -= e.textBytes()
			continue
		}
		x.read = append(x.read, e)
	}
	if len(x.read) == 0 {
		return
	}
	r := noRun()
	for _, e := range x.read {
		x.pool.addLast(&r, e)
	}
	x.pool.age(&r)
	x.keys = append(x.keys, place[run]{key: k, value: r})
	x.oldest = min(x.oldest, r.oldest)
	x.table.keys++
	x.table.ages.add(r.newest, 1)
}

func (x *restorer) entry() entry {
	var e entry
	e.seconds, e.nanos = x.time(x.seconds)
	hour := x.hour + x.int()
	if hour != int64(hour32(hour)) {
		x.fail("an hour is out of range")
	}
	e.hour = hour32(hour)
	x.seconds, x.hour = e.seconds, hour
	x.id(&e)
	return e
}

// id reads the id and the tag of an entry.
func (x *restorer) id(e *entry) {
	n, isMarked := x.uint(), e.nanos&isTagged != 0
	e.nanos &^= isTagged
	if n == 0 {
		k := x.key()
		e.hi, e.lo = k.hi, k.lo
		if isMarked {
			x.fail("a packed id has a tag")
		}
		return
	}
	id := x.bytes(int(min(n-1, math.MaxInt)))
	var tag Key
	if isMarked {
		if tag = x.key(); tag == (Key{}) {
			x.fail("a tag is empty")
		}
	}
	x.pool.hold(e, string(id), tag)
}

// flush makes a leaf of the keys, which lie before hi.
func (x *restorer) flush(hi uint64) {
	if len(x.keys) == 0 || x.err != nil {
		return
	}
	first, lo := x.keys[0].key, x.keys[0].key.hi
	if len(x.table.tree.leaves) == 0 {
		lo = 0
	}
	l := &leaf{row: newRow[run](lo, hi, len(x.keys)), pool: x.pool, oldest: x.oldest}
	for _, p := range x.keys {
		l.push(p.key, p.value)
	}
	l.repack()
	x.table.tree.push(first, l)
	x.pool, x.keys, x.oldest = pool{}, x.keys[:0], math.MaxInt32
}
