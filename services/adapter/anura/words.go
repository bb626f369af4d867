package anura

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// word returns the vendor's word for a value of an enumeration: its name
// without the enumeration's, in small letters. It is "" for a value that is not
// set, and for one that has no name.
func word(value protoreflect.Enum) string {
	values := value.Descriptor().Values()
	named := values.ByNumber(value.Number())
	if named == nil || value.Number() == 0 {
		return ""
	}
	prefix := strings.TrimSuffix(string(values.ByNumber(0).Name()), "UNSPECIFIED")
	return strings.ToLower(strings.TrimPrefix(string(named.Name()), prefix))
}

// valueOf returns the value that a word of the vendor's is; 0 for none. Letter
// case and spaces do not matter.
func valueOf[E interface {
	~int32
	protoreflect.Enum
}](text string) E {
	var none E
	wanted := strings.ToLower(strings.ReplaceAll(text, " ", "_"))
	values := none.Descriptor().Values()
	for i := range values.Len() {
		value := E(values.Get(i).Number())
		if wanted != "" && word(value) == wanted {
			return value
		}
	}
	return none
}
