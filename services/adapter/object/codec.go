// Package object reads and writes vendors' JSON objects by the fields of the
// messages that stand for them. A vendor's object has more fields than are
// documented, and some come in other shapes than documented: what a field
// cannot hold is kept in the message's `extra` (a google.protobuf.Struct), so
// that nothing is lost and an object that was read can be written back.
//
// It serves every adapter whose vendor has such objects. It knows no vendor:
// how fields are called and which words enumerations have, its Codec says. It
// decides nothing about which fields are indispensable, and refuses what nests
// so deep that a reader of the message could not decode it, or holds so much
// that reading it would take too much memory.
package object

import (
	"encoding/json"
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

const (
	// MaxExact is the greatest integer that a JSON number holds exactly.
	MaxExact = 1 << 53
	// LatestEpoch is the greatest number taken for seconds since 1970; beyond it
	// lie milliseconds by mistake.
	LatestEpoch = 1e11

	// maxDepth bounds how deep an object may nest.
	maxDepth = 64
	// maxValues bounds how many values an object may hold: decoded, each takes
	// many times the two bytes that it may have in JSON.
	maxValues = 250_000
	// extraField keeps what an object has beyond the fields of its message.
	extraField = "extra"
)

// Codec says how a vendor writes its objects. Its messages have fields of the
// kinds string, bool, double, int64, enumeration, Timestamp and Duration (whole
// seconds), Value, Struct and message, single or repeated, and `extra`; one
// without `extra` keeps nothing beside its fields. The zero value is for camelCase names without enumerations. It is safe for
// concurrent use.
type Codec struct {
	// SnakeCase says that the vendor's names are those of the fields as the
	// proto writes them, until_timestamp, and not untilTimestamp.
	SnakeCase bool
	// Word returns the vendor's word for a value of an enumeration, "" for none;
	// nil is for a vendor without enumerations.
	Word func(protoreflect.EnumValueDescriptor) string
	// Lenient takes numbers for texts, texts that hold a number or a flag for
	// numbers and flags, 0 and 1 for flags, parts of a second, and null, "" and
	// false for no value. What is read so is not written back as it came: it is
	// for objects that are read alone.
	Lenient bool
}

// Read fills the message with the vendor's object. It fails where the record
// is no object, nests too deep, holds too much, or a number that no JSON reader
// takes.
func (c Codec) Read(record json.RawMessage, m proto.Message) error {
	object, err := c.Parse(record)
	if err != nil {
		return err
	}
	return c.fillMessage(m.ProtoReflect(), object)
}

// Write returns the vendor's object that the message stands for. It fails at a
// value of an enumeration that the vendor has no word for.
func (c Codec) Write(m proto.Message) (map[string]any, error) {
	return c.objectOf(m.ProtoReflect())
}

func (c Codec) fieldOf(m protoreflect.Message, key string) protoreflect.FieldDescriptor {
	if c.SnakeCase {
		return m.Descriptor().Fields().ByName(protoreflect.Name(key))
	}
	return m.Descriptor().Fields().ByJSONName(key)
}

func (c Codec) keyOf(field protoreflect.FieldDescriptor) string {
	if c.SnakeCase {
		return string(field.Name())
	}
	return field.JSONName()
}

// numberOf returns the value of the enumeration for which the vendor has the
// word.
func (c Codec) numberOf(enum protoreflect.EnumDescriptor, word string) (protoreflect.EnumNumber, bool) {
	values := enum.Values()
	for i := range values.Len() {
		if word != "" && c.wordOf(values.Get(i)) == word {
			return values.Get(i).Number(), true
		}
	}
	return 0, false
}

func (c Codec) wordOf(value protoreflect.EnumValueDescriptor) string {
	if c.Word == nil || value == nil {
		return ""
	}
	return c.Word(value)
}

func errNoWord(field protoreflect.FieldDescriptor, number protoreflect.EnumNumber) error {
	return fmt.Errorf("%s is %d, for which the vendor has no word", field.Name(), number)
}
