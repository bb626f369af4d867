package rule

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// canonical writes a message so that equal content gives equal text on every
// build and platform, which no encoding of the protobuf library promises.
// Only the named fields are written, all for none.
func canonical(m protoreflect.Message, only ...protoreflect.Name) string {
	var out strings.Builder
	writeMessage(&out, m, only)
	return out.String()
}

func writeMessage(out *strings.Builder, m protoreflect.Message, only []protoreflect.Name) {
	out.WriteByte('{')
	for i := range m.Descriptor().Fields().Len() {
		fd := m.Descriptor().Fields().Get(i)
		if !m.Has(fd) || len(only) > 0 && !slices.Contains(only, fd.Name()) {
			continue
		}
		fmt.Fprintf(out, "%s:", fd.Name())
		value := m.Get(fd)
		switch {
		case fd.IsMap():
			writeTexts(out, value.Map())
		case fd.IsList():
			out.WriteByte('[')
			for j := range value.List().Len() {
				writeValue(out, fd, value.List().Get(j))
				out.WriteByte(',')
			}
			out.WriteByte(']')
		default:
			writeValue(out, fd, value)
		}
		out.WriteByte(',')
	}
	out.WriteByte('}')
}

func writeTexts(out *strings.Builder, m protoreflect.Map) {
	var entries []string
	m.Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
		entries = append(entries, strconv.Quote(k.String())+":"+strconv.Quote(v.String()))
		return true
	})
	slices.Sort(entries)
	out.WriteString("{" + strings.Join(entries, ",") + "}")
}

func writeValue(out *strings.Builder, fd protoreflect.FieldDescriptor, v protoreflect.Value) {
	switch fd.Kind() {
	case protoreflect.MessageKind:
		writeMessage(out, v.Message(), nil)
	case protoreflect.StringKind:
		out.WriteString(strconv.Quote(v.String()))
	default:
		fmt.Fprint(out, v.Interface())
	}
}
