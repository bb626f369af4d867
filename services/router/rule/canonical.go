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

// canonicalWithout is canonical for all fields but some.
func canonicalWithout(m protoreflect.Message, without ...protoreflect.Name) string {
	var only []protoreflect.Name
	for i := range m.Descriptor().Fields().Len() {
		if name := m.Descriptor().Fields().Get(i).Name(); !slices.Contains(without, name) {
			only = append(only, name)
		}
	}
	return canonical(m, only...)
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
			writeMap(out, fd, value.Map())
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

// writeMap writes the entries of a map ordered by name.
func writeMap(out *strings.Builder, fd protoreflect.FieldDescriptor, m protoreflect.Map) {
	var names []string
	m.Range(func(k protoreflect.MapKey, _ protoreflect.Value) bool {
		names = append(names, k.String())
		return true
	})
	slices.Sort(names)
	out.WriteByte('{')
	for i, name := range names {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString(strconv.Quote(name) + ":")
		writeValue(out, fd.MapValue(), m.Get(protoreflect.ValueOfString(name).MapKey()))
	}
	out.WriteByte('}')
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
