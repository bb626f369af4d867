package engine

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/signalbox-io/signalbox/services/router/state"
)

// errCorrupt is the error of a snapshot whose content makes no sense.
var errCorrupt = errors.New("the snapshot is damaged")

// encoder writes the values of a snapshot one behind the other.
type encoder struct {
	buf []byte
	err error // of the last message that cannot be written
}

func (w *encoder) uint(n uint64) { w.buf = binary.AppendUvarint(w.buf, n) }

func (w *encoder) int(n int64) { w.buf = binary.AppendVarint(w.buf, n) }

func (w *encoder) text(s string) {
	w.uint(uint64(len(s)))
	w.buf = append(w.buf, s...)
}

func (w *encoder) texts(list []string) {
	w.uint(uint64(len(list)))
	for _, s := range list {
		w.text(s)
	}
}

func (w *encoder) bool(b bool) {
	if b {
		w.buf = append(w.buf, 1)
	} else {
		w.buf = append(w.buf, 0)
	}
}

func (w *encoder) time(t time.Time) {
	w.int(t.Unix())
	w.uint(uint64(t.Nanosecond()))
}

func (w *encoder) key(k state.Key) { w.buf = k.Append(w.buf) }

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

func (r *decoder) key() state.Key {
	b := r.bytes(state.KeyBytes)
	if b == nil {
		return state.Key{}
	}
	return state.KeyFrom(b)
}

func (r *decoder) texts() []string {
	var list []string
	for range r.count(1) {
		list = append(list, r.text())
	}
	return list
}

func (r *decoder) bool() bool {
	b := r.bytes(1)
	if len(b) == 1 && b[0] > 1 {
		r.fail()
	}
	return len(b) == 1 && b[0] == 1
}

// length reads a duration that is not negative.
func (r *decoder) length() time.Duration {
	d := time.Duration(r.uint())
	if d < 0 {
		r.fail()
		return 0
	}
	return d
}

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
