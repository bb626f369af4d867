package state

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// ErrCorrupt is the error of a snapshot whose content makes no sense.
var ErrCorrupt = errors.New("the state is damaged")

// reader reads the values of a snapshot. After the first fault it gives zero
// values and keeps the fault.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.rest, r.err = nil, fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
	}
}

func (r *reader) uint() uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 {
		r.fail("a number is cut off")
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *reader) int() int64 {
	n, size := binary.Varint(r.rest)
	if size <= 0 {
		r.fail("a number is cut off")
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

// count reads how many things follow, each of at least so many bytes: a number
// that cannot be true allocates nothing.
func (r *reader) count(minBytes int) int {
	n := r.uint()
	if n > uint64(len(r.rest)/minBytes) {
		r.fail("there are fewer than %d bytes for %d things", minBytes, n)
		return 0
	}
	return int(n)
}

func (r *reader) bytes(n int) []byte {
	if n > len(r.rest) {
		r.fail("%d bytes are missing", n-len(r.rest))
		return nil
	}
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}

func (r *reader) key() Key {
	b := r.bytes(KeyBytes)
	if b == nil {
		return Key{}
	}
	return KeyFrom(b)
}

// minSeconds and maxSeconds bound the seconds of a timestamp, years 1 to 9999.
const (
	minSeconds = -62135596800
	maxSeconds = 253402300799
)

// time reads the time of an entry, by its distance to another; nanos may have the
// mark of a tag.
func (r *reader) time(from int64) (seconds int64, nanos uint32) {
	seconds, n := from+r.int(), r.uint()
	if n&^isTagged >= uint64(time.Second) || seconds < minSeconds || seconds > maxSeconds {
		r.fail("a time is out of range")
	}
	return seconds, uint32(n)
}
