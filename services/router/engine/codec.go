package engine

import (
	"encoding/binary"
	"errors"
	"time"
)

// errCorrupt is the error of a snapshot whose content makes no sense.
var errCorrupt = errors.New("the snapshot is damaged")

// encoder writes the values of a snapshot one behind the other.
type encoder struct{ buf []byte }

func (w *encoder) uint(n uint64) { w.buf = binary.AppendUvarint(w.buf, n) }

func (w *encoder) int(n int64) { w.buf = binary.AppendVarint(w.buf, n) }

func (w *encoder) text(s string) {
	w.uint(uint64(len(s)))
	w.buf = append(w.buf, s...)
}

func (w *encoder) time(t time.Time) {
	w.int(t.Unix())
	w.uint(uint64(t.Nanosecond()))
}

// fixed32 returns everything written and n.
func (w *encoder) fixed32(n uint32) []byte { return binary.BigEndian.AppendUint32(w.buf, n) }

// decoder reads what an encoder wrote. After the first fault it gives zero
// values and keeps the fault.
type decoder struct {
	rest []byte
	err  error
}

func (r *decoder) fail() {
	r.rest, r.err = nil, errCorrupt
}

func (r *decoder) uint() uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 {
		r.fail()
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *decoder) int() int64 {
	n, size := binary.Varint(r.rest)
	if size <= 0 {
		r.fail()
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

// count reads how many things follow, each of at least so many bytes: a
// number that cannot be true allocates nothing.
func (r *decoder) count(minBytes int) int {
	n := r.uint()
	if n > uint64(len(r.rest)/minBytes) {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *decoder) bytes(n int) []byte {
	if n > len(r.rest) {
		r.fail()
		return nil
	}
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}

func (r *decoder) text() string { return string(r.bytes(r.count(1))) }

// time reads an instant that a timestamp can hold. Waits may end later; they
// end then.
func (r *decoder) time() time.Time {
	seconds, nanos := r.int(), r.uint()
	if nanos >= uint64(time.Second) || seconds < (time.Time{}).Unix() {
		r.fail()
		return time.Time{}
	}
	return time.Unix(seconds, int64(nanos)).UTC()
}
