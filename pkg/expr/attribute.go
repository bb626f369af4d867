package expr

import (
	"slices"
	"strings"
	"sync"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/signalbox-io/signalbox/pkg/event"
)

// Attribute names a value of an event that conjuncts compare.
type Attribute struct {
	// Name is a field (`event.source`, `anomaly.score`), a map (`labels`,
	// `traffic.measures`), a payload (`event.anomaly`) or `paused`.
	Name string
	// Key is the entry of a map, "" for anything else and for the empty key.
	Key string
}

// String returns the attribute as an expression writes it.
func (a Attribute) String() string {
	if a.isEntry() {
		return a.Name + "." + a.Key
	}
	return a.Name
}

// sort is what an attribute's values are.
type sort int

const (
	sortNone    sort = iota // not an attribute
	sortText                // a string
	sortDouble              // a double
	sortEnum                // an enum, compared by its number
	sortTime                // a timestamp: only asked for
	sortPayload             // a message: only asked for
	sortEntries             // a map: its entries are attributes
	sortPaused              // the bool that is no part of the event
)

// attributes returns the sort of every field that conjuncts may name, made
// once of the event's descriptor.
//
//nolint:gochecknoglobals // an immutable table that would be built for each conjunct
var attributes = sync.OnceValue(func() map[string]sort {
	table := map[string]sort{pausedName: sortPaused, "labels": sortEntries}
	env, err := eventEnvironment()
	if err != nil {
		return table
	}
	for name, field := range env.flat {
		table[name] = sortOf(field.fd)
	}
	delete(table, "event.labels")
	for _, kind := range event.Kinds() {
		table["event."+string(kind)] = sortPayload
	}
	return table
})

func sortOf(fd protoreflect.FieldDescriptor) sort {
	switch {
	case fd.IsMap():
		return sortEntries
	case fd.IsList():
		return sortNone
	case fd.Kind() == protoreflect.StringKind:
		return sortText
	case fd.Kind() == protoreflect.DoubleKind:
		return sortDouble
	case fd.Kind() == protoreflect.EnumKind:
		return sortEnum
	case fd.Kind() == protoreflect.MessageKind:
		return sortTime
	default:
		return sortNone
	}
}

func (a Attribute) sort() sort { return attributes()[a.Name] }

// IsText reports whether the attribute's values are texts.
func (a Attribute) IsText() bool { return a.Name == "labels" || a.sort() == sortText }

// IsNumber reports whether the attribute's values are doubles, or enums, which
// are compared by their numbers.
func (a Attribute) IsNumber() bool {
	return a.Name == "traffic.measures" || a.sort() == sortDouble || a.IsEnum()
}

// IsEnum reports whether the attribute's values are enums.
func (a Attribute) IsEnum() bool { return a.sort() == sortEnum }

// isEntry reports whether the attribute is an entry of a map.
func (a Attribute) isEntry() bool { return a.sort() == sortEntries }

// mayBeAbsent reports whether an event may lack the attribute. Payloads may be
// of another kind than the expression reads.
func (a Attribute) mayBeAbsent() bool {
	return !strings.HasPrefix(a.Name, "event.") || slices.Contains([]sort{sortTime, sortPayload}, a.sort())
}
