package anodot

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
)

// word returns the vendor's word for a value, "" for none.
func word(value protoreflect.Enum) string {
	if known := value.Descriptor().Values().ByNumber(value.Number()); known != nil {
		return ownWord(known)
	}
	return ""
}

// ownWord reads the word from the value's own description.
func ownWord(value protoreflect.EnumValueDescriptor) string {
	text, _ := proto.GetExtension(value.Options(), anodotv1.E_Word).(string)
	return text
}
