package anodot

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
)

// numberOf returns the value of the enumeration for which the vendor has the
// word.
func numberOf(enum protoreflect.EnumDescriptor, word string) (protoreflect.EnumNumber, bool) {
	values := enum.Values()
	for i := range values.Len() {
		if word != "" && ownWord(values.Get(i)) == word {
			return values.Get(i).Number(), true
		}
	}
	return 0, false
}

// wordOf returns the vendor's word for a value of the enumeration, "" for none.
func wordOf(enum protoreflect.EnumDescriptor, number protoreflect.EnumNumber) string {
	if value := enum.Values().ByNumber(number); value != nil {
		return ownWord(value)
	}
	return ""
}

// word returns the vendor's word for a value, "" for none.
func word(value protoreflect.Enum) string { return wordOf(value.Descriptor(), value.Number()) }

// ownWord reads the word from the value's own description.
func ownWord(value protoreflect.EnumValueDescriptor) string {
	text, _ := proto.GetExtension(value.Options(), anodotv1.E_Word).(string)
	return text
}
