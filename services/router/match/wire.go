package match

import (
	"fmt"
	"math"
	"unicode/utf8"
	"unsafe"

	"google.golang.org/protobuf/encoding/protowire"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// ReadWire takes an event from the bytes of its message, which must not change
// before the last call that is about it. It accepts what proto.Unmarshal
// accepts and fails where that fails. Bytes of the usual form are read once
// and nothing is allocated; others are unmarshalled.
func (m *Matcher) ReadWire(data []byte) error {
	m.reset()
	m.wire = data
	if m.readWire(data) {
		m.fillHeader()
		return nil
	}
	m.reset()
	e := &eventv1.Event{}
	if err := m.unmarshal.Unmarshal(data, e); err != nil {
		return fmt.Errorf("unmarshal event: %w", err)
	}
	m.Read(e)
	return nil
}

// reader goes through the fields of a message. It stops being ok at anything
// that is not quite usual: what is unusual is left to Unmarshal.
type reader struct {
	data []byte
	at   int
	ok   bool
}

// more reports whether there is another field.
func (r *reader) more() bool { return r.ok && r.at < len(r.data) }

func (r *reader) varint() uint64 {
	if r.at < len(r.data) && r.data[r.at] < 0x80 {
		r.at++
		return uint64(r.data[r.at-1])
	}
	v, n := protowire.ConsumeVarint(r.data[r.at:])
	if n < 0 {
		r.ok = false
		return 0
	}
	r.at += n
	return v
}

func (r *reader) bytes() []byte {
	n := r.varint()
	if !r.ok || n > uint64(len(r.data)-r.at) {
		r.ok = false
		return nil
	}
	from := r.at
	r.at += int(n)
	return r.data[from:r.at]
}

// text reads a string without copying it.
func (r *reader) text() string {
	b := r.bytes()
	if !utf8.Valid(b) {
		r.ok = false
	}
	return unsafe.String(unsafe.SliceData(b), len(b)) //nolint:gosec // ReadWire forbids to change the bytes
}

func (r *reader) double() float64 {
	v, n := protowire.ConsumeFixed64(r.data[r.at:])
	if n < 0 {
		r.ok = false
		return 0
	}
	r.at += n
	return math.Float64frombits(v)
}

// enum reads an enum's number as Unmarshal does: its low 32 bits.
func (r *reader) enum() value { return numberValue(float64(int32(r.varint()))) }

// message begins a message inside.
func (r *reader) message() reader {
	b := r.bytes()
	return reader{data: b, ok: r.ok}
}

// maxUnknown is the highest number of an unknown field that is passed over.
const maxUnknown = 1 << 16

// unknown passes over a field that is not known. A known one of another wire
// type, a group and a number out of range are unusual. Known is the highest
// known number.
func (r *reader) unknown(tag uint64, known uint64) {
	number := tag >> 3
	if number <= known || number > maxUnknown {
		r.ok = false
		return
	}
	switch protowire.Type(tag & 7) {
	case protowire.VarintType:
		r.varint()
	case protowire.BytesType:
		r.bytes()
	case protowire.Fixed64Type:
		r.skip(8)
	case protowire.Fixed32Type:
		r.skip(4)
	default:
		r.ok = false
	}
}

func (r *reader) skip(n int) {
	r.ok = r.ok && len(r.data)-r.at >= n
	r.at += n
}

// Tags of fields: number and wire type.
const (
	varintTag = uint64(protowire.VarintType)
	doubleTag = uint64(protowire.Fixed64Type)
	bytesTag  = uint64(protowire.BytesType)
)
