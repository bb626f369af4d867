package state

import (
	"bytes"
	"cmp"
	"math"
	"time"
)

// Entry is an event of a key.
type Entry struct {
	// At is when it occurred, in UTC.
	At time.Time
	// ID is the event's.
	ID string
}

// Compare orders entries by time, then by id.
func (x Entry) Compare(y Entry) int {
	return cmp.Or(x.At.Compare(y.At), cmp.Compare(x.ID, y.ID))
}

// isText marks nanos of an entry whose id lies in the pool's text.
const isText = 1 << 31

// entry is an Entry as a pool keeps it.
type entry struct {
	seconds int64 // since 1970
	// hi and lo are the packed id, or where the text is: its offset and length.
	hi, lo uint64
	nanos  uint32
	hour   int32 // from which its age counts
}

func (x *entry) time() time.Time {
	return time.Unix(x.seconds, int64(x.nanos&^isText)).UTC()
}

// compareTime orders by time alone.
func (x *entry) compareTime(seconds int64, nanos uint32) int {
	return cmp.Or(cmp.Compare(x.seconds, seconds), cmp.Compare(x.nanos&^isText, nanos))
}

// textBytes is what it holds of the pool's text.
func (x *entry) textBytes() int {
	if x.nanos&isText == 0 {
		return 0
	}
	return int(x.lo)
}

// compare orders by time, then by id.
func (p *pool) compare(x, y *entry) int {
	if c := x.compareTime(y.seconds, y.nanos&^isText); c != 0 {
		return c
	}
	if (x.nanos|y.nanos)&isText == 0 {
		return cmp.Or(cmp.Compare(x.hi, y.hi), cmp.Compare(x.lo, y.lo))
	}
	var roomX, roomY [packedChars]byte
	return bytes.Compare(p.appendID(roomX[:0], x), p.appendID(roomY[:0], y))
}

// appendID appends the text of an entry's id.
func (p *pool) appendID(buf []byte, x *entry) []byte {
	if x.nanos&isText == 0 {
		return unpackID(buf, x.hi, x.lo)
	}
	return append(buf, p.text[x.hi:x.hi+x.lo]...)
}

// hold gives the entry its id.
func (p *pool) hold(x *entry, id string) {
	var ok bool
	if x.hi, x.lo, ok = packID(id); !ok {
		p.holdText(x, id)
	}
}

// holdText gives the entry an id that cannot be packed.
func (p *pool) holdText(x *entry, id string) {
	n := len(p.text)
	x.hi, x.lo = uint64(n), uint64(len(id))
	x.nanos |= isText
	p.text = lengthened(p.text, n+len(id))
	copy(p.text[n:], id)
	p.held += len(id)
}

// hour32 returns the hour as it is kept: each that a timestamp has, and the
// nearest of others.
func hour32(hour int64) int32 {
	return int32(min(max(hour, math.MinInt32), math.MaxInt32))
}
