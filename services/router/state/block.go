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

// Blocks have room for two entries, four, and so on: a second event of a key is
// so common that it should not move the first.
const (
	leastClass   = 1 // 1 << leastClass entries
	blockClasses = 16
)

// run is where the entries of a key are: at the beginning of the least block that
// holds them.
type run struct {
	off, len       uint32
	newest, oldest int32 // hours at which its last and its first entry count
}

// noRun has no entries.
func noRun() run { return run{newest: math.MinInt32, oldest: math.MaxInt32} }

// pool holds the entries of a leaf in blocks, and the texts of those ids that
// cannot be packed.
type pool struct {
	entries []entry
	text    []byte
	used    int                  // entries in blocks of runs
	held    int                  // bytes of texts of entries
	free    [blockClasses]uint32 // first free block of a size, and one more; others follow through hi
}

func blockFor(entries uint32) int {
	if entries == 0 {
		return 0
	}
	return 1 << classOf(entries)
}

func classOf(entries uint32) int { return max(leastClass, bits.Len32(entries-1)) }

// of returns the entries of a run.
func (p *pool) of(r *run) []entry { return p.entries[r.off : r.off+r.len] }

// widen lets the block of a run hold one more entry.
func (p *pool) widen(r *run) {
	size := blockFor(r.len)
	if int(r.len) < size {
		return
	}
	class := classOf(r.len + 1)
	off := p.take(class)
	copy(p.entries[off:], p.of(r))
	if size > 0 {
		p.release(r.off, class-1)
	}
	r.off = off
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

// shorten lets a run have only its first n entries, whose texts alone are held.
func (p *pool) shorten(r *run, n uint32) {
	size := blockFor(r.len)
	r.len = n
	for ; size > blockFor(n); size /= 2 {
		if size == 1<<leastClass {
			p.release(r.off, leastClass)
			return
		}
		p.release(r.off+uint32(size/2), classOf(uint32(size/2)))
	}
}

// prune drops the entries whose age counts from before the hour.
func (p *pool) prune(r *run, cut int32) {
	n := uint32(0)
	r.oldest = math.MaxInt32
	entries := p.of(r)
	for i := range entries {
		if x := &entries[i]; x.hour < cut {
			p.held -= x.textBytes()
		} else {
			r.oldest = min(r.oldest, x.hour)
			entries[n] = *x
			n++
		}
	}
	p.shorten(r, n)
}

// trim drops the first of very many entries.
func (p *pool) trim(r *run) {
	entries := p.of(r)
	gone := len(entries) - keptEntries
	for i := range entries[:gone] {
		p.held -= entries[i].textBytes()
	}
	copy(entries, entries[gone:])
	p.shorten(r, keptEntries)
	r.newest, r.oldest = agesOf(p.of(r))
}

// clear drops all entries.
func (p *pool) clear(r *run) {
	entries := p.of(r)
	for i := range entries {
		p.held -= entries[i].textBytes()
	}
	p.shorten(r, 0)
	*r = noRun()
}

func agesOf(entries []entry) (newest, oldest int32) {
	newest, oldest = math.MinInt32, math.MaxInt32
	for i := range entries {
		newest, oldest = max(newest, entries[i].hour), min(oldest, entries[i].hour)
	}
	return newest, oldest
}

// isWasteful reports whether blocks and texts that are gone take more than a
// quarter of what is needed.
func (p *pool) isWasteful() bool {
	return len(p.entries)-p.used > p.used/4+8 || len(p.text)-p.held > p.held/4+512
}

// isLoose reports whether there is much more room than is needed.
func (p *pool) isLoose() bool { return cap(p.entries) > 2*p.used+16 || cap(p.text) > 2*p.held+512 }

// newPool returns an empty pool with that room and a little more.
func newPool(entries, text int) pool {
	return pool{entries: make([]entry, 0, entries+entries/8), text: make([]byte, 0, text+text/8)}
}

// add appends a run of another pool and returns it as it is here.
func (p *pool) add(other *pool, r run) run {
	if r.len == 0 {
		return noRun()
	}
	off := p.take(classOf(r.len))
	copy(p.entries[off:], other.of(&r))
	r.off = off
	entries := p.of(&r)
	for i := range entries {
		if x := &entries[i]; x.nanos&isText != 0 {
			p.holdText(x, string(other.text[x.hi:x.hi+x.lo]))
		}
	}
	return r
}

// lengthened returns the slice with that length; its room grows by a quarter,
// because leaves are many, and what they do not use counts.
func lengthened[T any](s []T, n int) []T {
	if n > cap(s) {
		s = append(make([]T, 0, n+n/4+2), s...)
	}
	return s[:n]
}
