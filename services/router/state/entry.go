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

// Marks in nanos, which are less than 1 << 30.
const (
	isText   = 1 << 31 // the id lies in the pool's text
	isTagged = 1 << 30 // a tag lies behind it
	marks    = isText | isTagged
)

// entry is an Entry as a pool keeps it.
type entry struct {
	seconds int64 // since 1970
	// hi and lo are the packed id, or where the text is: its offset and length.
	hi, lo uint64
	nanos  uint32
	hour   int32 // from which its age counts
}

func (x *entry) time() time.Time {
	return time.Unix(x.seconds, int64(x.nanos&^marks)).UTC()
}

// compareTime orders by time alone.
func (x *entry) compareTime(seconds int64, nanos uint32) int {
	if x.seconds != seconds {
		return cmp.Compare(x.seconds, seconds)
	}
	return cmp.Compare(x.nanos&^marks, nanos)
}

// textBytes is what it holds of the pool's text.
func (x *entry) textBytes() int {
	switch x.nanos & marks {
	case 0:
		return 0
	case isText:
		return int(x.lo)
	default:
		return int(x.lo) + KeyBytes
	}
}

// compare orders by time, then by id.
func (p *pool) compare(x, y *entry) int {
	if c := x.compareTime(y.seconds, y.nanos&^marks); c != 0 {
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

// tag returns the entry's tag, the zero Key for none.
func (p *pool) tag(x *entry) Key {
	if x.nanos&isTagged == 0 {
		return Key{}
	}
	return KeyFrom(p.text[x.hi+x.lo:])
}

// hold gives the entry its id and its tag.
func (p *pool) hold(x *entry, id string, tag Key) {
	if tag == (Key{}) {
		var ok bool
		if x.hi, x.lo, ok = packID(id); ok {
			return
		}
	}
	x.lo = uint64(len(id))
	x.nanos |= isText
	if tag != (Key{}) {
		x.nanos |= isTagged
	}
	text := p.room(x)
	copy(text, id)
	if tag != (Key{}) {
		tag.Append(text[len(id):len(id)])
	}
}

// room gives the entry as much of the pool's text as it holds, at the end.
func (p *pool) room(x *entry) []byte {
	n, size := len(p.text), x.textBytes()
	x.hi = uint64(n)
	p.text = lengthened(p.text, n+size)
	p.held += size
	return p.text[n:]
}

// hour32 returns the hour as it is kept: each that a timestamp has, and the
// nearest of others.
func hour32(hour int64) int32 {
	return int32(min(max(hour, math.MinInt32), math.MaxInt32))
}
