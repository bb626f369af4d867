package state

import (
	"math"
	"math/bits"
)

// Bounds of a key's entries. More than a count can ask for is always kept;
// cutting in blocks makes it cheap.
const (
	maxEntries  = 20_000
	keptEntries = 15_000
)

// blockClasses is how many sizes blocks have: room for two entries, four, and so
// on, each its power of two. None has room for one: two fill a line of memory, and
// a key that mostly has two would change its block all the time.
const blockClasses = 16

// run is the entries of a key. The last one stands in it: most keys have no
// other, and most questions are about it. Those before it are at the beginning
// of a block, which keeps its size where entries come and go.
type run struct {
	off            uint32 // of the block
	room           uint16 // of the block in entries, 0 for no block
	len            uint16
	newest, oldest int32 // hours at which its last and its first entry count
	last           entry
}

// noRun has no entries.
func noRun() run { return run{newest: math.MinInt32, oldest: math.MaxInt32} }

// before returns how many entries there are before the last one.
func (r *run) before() int { return int(max(r.len, 1)) - 1 }

// pool holds the entries of a leaf in blocks, and the texts of those ids that
// cannot be packed.
type pool struct {
	entries []entry
	text    []byte
	used    int                  // entries in blocks of runs
	held    int                  // bytes of texts of entries
	free    [blockClasses]uint32 // first free block of a size, and one more; others follow through hi
}

// classOf returns the class of the least block for so many entries.
func classOf(entries int) int { return max(1, bits.Len(uint(entries-1))) }

// of returns the entries of a run before its last one.
func (p *pool) of(r *run) []entry { return p.entries[r.off : int(r.off)+r.before()] }

// addLast makes x, which comes behind all others, the last entry of a run.
func (p *pool) addLast(r *run, x entry) {
	if r.len > 0 {
		p.widen(r)
		p.entries[int(r.off)+r.before()] = r.last
	}
	r.last = x
	r.len++
}

// addBefore puts x at a place before the last entry of a run.
func (p *pool) addBefore(r *run, at int, x entry) {
	p.widen(r)
	r.len++
	entries := p.of(r)
	copy(entries[at+1:], entries[at:])
	entries[at] = x
}

// widen lets the block of a run hold one more entry.
func (p *pool) widen(r *run) {
	n := r.before()
	if n < int(r.room) {
		return
	}
	class := classOf(n + 1)
	off := p.take(class)
	copy(p.entries[off:], p.of(r))
	p.vacate(r)
	r.off, r.room = off, 1<<class
}

// vacate gives the block of a run back.
func (p *pool) vacate(r *run) {
	if r.room > 0 {
		p.release(r.off, classOf(int(r.room)))
	}
	r.off, r.room = 0, 0
}

// take returns a block.
func (p *pool) take(class int) uint32 {
	p.used += 1 << class
	if first := p.free[class]; first > 0 {
		p.free[class] = uint32(p.entries[first-1].hi)
		return first - 1
	}
	off := len(p.entries)
	p.entries = lengthened(p.entries, off+1<<class)
	return uint32(off)
}

func (p *pool) release(off uint32, class int) {
	p.used -= 1 << class
	p.entries[off].hi = uint64(p.free[class])
	p.free[class] = off + 1
}

// shorten halves the block of a run, of which only the first n entries are
// needed, where it is much too long.
func (p *pool) shorten(r *run, n int) {
	for n > 0 && 4*n <= int(r.room) {
		r.room /= 2
		p.release(r.off+uint32(r.room), classOf(int(r.room)))
	}
	if n == 0 {
		p.vacate(r)
	}
}

// prune drops the entries whose age counts from before the hour, of which there
// are some. The block lies elsewhere in memory and is read only where the ages of
// the run do not tell enough.
func (p *pool) prune(r *run, cut int32) {
	switch {
	case p.held > 0: // their texts must be counted
		p.pick(r, cut)
	case r.newest < cut:
		p.cut(r, 0)
	case r.len == 2 && r.last.hour >= cut:
		p.cut(r, 1)
	default:
		p.pick(r, cut)
	}
}

// pick looks at each entry and drops those whose age counts from before the hour.
func (p *pool) pick(r *run, cut int32) {
	n := 0
	entries := p.of(r)
	for i := range entries {
		if x := &entries[i]; x.hour < cut {
			p.held -= x.textBytes()
		} else {
			entries[n] = *x
			n++
		}
	}
	switch {
	case r.last.hour >= cut:
		n++
	case n > 0:
		p.held -= r.last.textBytes()
		r.last = entries[n-1]
	default:
		p.held -= r.last.textBytes()
	}
	p.cut(r, n)
}

// trim drops the first of very many entries.
func (p *pool) trim(r *run) {
	entries := p.of(r)
	gone := int(r.len) - keptEntries
	for i := range entries[:gone] {
		p.held -= entries[i].textBytes()
	}
	copy(entries, entries[gone:])
	p.cut(r, keptEntries)
}

// cut lets a run have n entries: the first ones of its block, and the last one.
func (p *pool) cut(r *run, n int) {
	if n == 0 {
		p.shorten(r, 0)
		*r = noRun()
		return
	}
	p.shorten(r, n-1)
	r.len = uint16(n)
	p.age(r)
}

// clear drops all entries.
func (p *pool) clear(r *run) {
	entries := p.of(r)
	for i := range entries {
		p.held -= entries[i].textBytes()
	}
	p.held -= r.last.textBytes()
	p.cut(r, 0)
}

// age sees to the ages of a run, which has entries.
func (p *pool) age(r *run) {
	r.newest, r.oldest = r.last.hour, r.last.hour
	entries := p.of(r)
	for i := range entries {
		r.newest, r.oldest = max(r.newest, entries[i].hour), min(r.oldest, entries[i].hour)
	}
}

// isWasteful reports whether blocks and texts that are gone take more than a
// quarter of what is needed, and more than so many entries besides.
func (p *pool) isWasteful(spare int) bool {
	return len(p.entries)-p.used > p.used/4+spare || len(p.text)-p.held > p.held/4+512
}

// isTight reports whether another entry of a run may not find room: blocks that are
// free come back into use for ever, and so hide that there is no end of texts.
func (p *pool) isTight(r *run, text int) bool {
	return len(p.entries)+2*int(r.room)+2 >= cap(p.entries) || len(p.text)+text > cap(p.text)
}

// isLoose reports whether there is much more room than is needed, and than so many
// entries besides.
func (p *pool) isLoose(spare int) bool {
	return cap(p.entries) > 2*p.used+2*spare || cap(p.text) > 2*p.held+512
}

// newPool returns an empty pool with that room and a little more.
func newPool(entries, text int) pool {
	return pool{entries: make([]entry, 0, entries+entries/8), text: make([]byte, 0, text+text/8)}
}

// add appends a run of another pool and returns it as it is here.
func (p *pool) add(other *pool, r run) run {
	if r.len == 0 {
		return noRun()
	}
	p.move(&r.last, other)
	n := r.before()
	if n == 0 {
		r.off, r.room = 0, 0
		return r
	}
	class := classOf(n)
	off := p.take(class)
	copy(p.entries[off:], other.of(&r))
	r.off, r.room = off, 1<<class
	entries := p.of(&r)
	for i := range entries {
		p.move(&entries[i], other)
	}
	return r
}

// move copies the text of an entry of another pool.
func (p *pool) move(x *entry, from *pool) {
	if x.nanos&isText != 0 {
		text := from.text[x.hi:]
		copy(p.room(x), text)
	}
}

// lengthened returns the slice with that length; its room grows by a quarter,
// because leaves are many, and what they do not use counts.
func lengthened[T any](s []T, n int) []T {
	if n > cap(s) {
		s = append(make([]T, 0, n+n/4+2), s...)
	}
	return s[:n]
}
