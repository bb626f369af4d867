package rule

import (
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/signalbox-io/signalbox/pkg/expr"
)

// Action is one entry of `do`.
type Action struct {
	// Spec says what kind of action it is.
	Spec *ActionSpec
	// Source is the name of the source it acts on, empty for publish.
	Source string
	// For is how long its effect stays, 0 where no end is set.
	For time.Duration
	// Fields are the values of its operation, in the order of the operation's
	// fields; those of a list in the list's, those of a map ordered by name.
	Fields []Field
}

// Field is one value of an operation. Exactly one of Text, Value, Tree and
// Fixed is set.
type Field struct {
	// Path names the field for people: `alert_id`, `chips[0]`, `fields.metric`.
	Path string
	// Descriptor is the field of the operation.
	Descriptor protoreflect.FieldDescriptor
	// Key is the name in a map, empty elsewhere.
	Key string
	// Text gives the value of a text.
	Text *expr.TextTemplate
	// Value gives a number or a time, whichever the field is.
	Value *expr.Program
	// Tree gives a configuration as the vendor has it.
	Tree *Tree
	// Fixed is a value that the event has no part in.
	Fixed protoreflect.Value
	// MayBeEmpty tells whether an empty text is fine.
	MayBeEmpty bool
}

// Tree is a value of a vendor's configuration whose texts are templates.
// Exactly one of Text, Members, Items and Fixed says what it is.
type Tree struct {
	// Path names the value for people: `configuration.filters[0]`.
	Path string
	// Text gives a text with expressions; an empty one is fine.
	Text *expr.TextTemplate
	// Members are the values of an object, ordered by name; IsObject tells one
	// without any from what is no object.
	Members  []Member
	IsObject bool
	// Items are the values of a list; IsList tells one without any.
	Items  []*Tree
	IsList bool
	// Fixed is a text, a number or a truth value without expressions, nil for
	// null.
	Fixed any
}

// Member is a named value of an object.
type Member struct {
	Name  string
	Value *Tree
}
