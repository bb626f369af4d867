package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/signalbox-io/signalbox/pkg/duration"
	configv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/config/v1"
)

// renderer writes a configuration message as YAML, its fields in the order of
// the proto file. With comments it explains each setting where it stands
// first, and shows those that are not set as comments.
type renderer struct {
	out      strings.Builder
	comments map[string][]string
	said     map[string]bool
}

func newRenderer(comments map[string][]string) *renderer {
	return &renderer{comments: comments, said: map[string]bool{}}
}

// message writes the fields. The first line is not indented: it goes on where
// `- ` of a list ended.
func (r *renderer) message(m protoreflect.Message, indent string) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		switch {
		case m.Has(field):
			r.explain(field, indent)
			r.field(field, m.Get(field), indent)
		case r.comments != nil && field.ContainingOneof() == nil && !r.said[nameOf(field)]:
			r.explain(field, indent)
			fmt.Fprintf(&r.out, "%s# %s: %s\n", indent, field.Name(), placeholder(field))
		}
	}
}

func nameOf(field protoreflect.FieldDescriptor) string {
	return string(field.Parent().Name()) + "." + string(field.Name())
}

// explain writes the comment of a field, once.
func (r *renderer) explain(field protoreflect.FieldDescriptor, indent string) {
	if r.comments == nil || r.said[nameOf(field)] {
		return
	}
	r.said[nameOf(field)] = true
	lines := r.comments[nameOf(field)]
	if message := field.Message(); message != nil && message.FullName() == secretName() && !r.said["Secret"] {
		r.said["Secret"] = true
		lines = append(slices.Clip(lines), r.comments["Secret"]...)
		lines = append(lines, "{env: NAME}, {file: PATH} or {value: TEXT}.")
	}
	if indent == "" && r.out.Len() > 0 {
		r.out.WriteString("\n")
	}
	for _, line := range lines {
		fmt.Fprintf(&r.out, "%s# %s\n", indent, line)
	}
}

func secretName() protoreflect.FullName {
	return (&configv1.Secret{}).ProtoReflect().Descriptor().FullName()
}

func (r *renderer) field(field protoreflect.FieldDescriptor, value protoreflect.Value, indent string) {
	switch {
	case field.IsMap():
		fmt.Fprintf(&r.out, "%s%s:\n", indent, field.Name())
		r.entries(value.Map(), indent+"  ")
	case field.IsList() && field.Kind() == protoreflect.MessageKind:
		fmt.Fprintf(&r.out, "%s%s:\n", indent, field.Name())
		for i := range value.List().Len() {
			r.item(value.List().Get(i).Message(), indent+"  ")
		}
	case field.IsList():
		fmt.Fprintf(&r.out, "%s%s: %s\n", indent, field.Name(), list(value.List()))
	case field.Kind() != protoreflect.MessageKind:
		fmt.Fprintf(&r.out, "%s%s: %s\n", indent, field.Name(), scalar(value.Interface()))
	case field.Message().FullName() == secretName():
		fmt.Fprintf(&r.out, "%s%s: %s\n", indent, field.Name(), secretText(value.Message().Interface().(*configv1.Secret)))
	default:
		if d, ok := value.Message().Interface().(*durationpb.Duration); ok {
			fmt.Fprintf(&r.out, "%s%s: %s\n", indent, field.Name(), duration.Format(d.AsDuration()))
			return
		}
		fmt.Fprintf(&r.out, "%s%s:\n", indent, field.Name())
		r.message(value.Message(), indent+"  ")
	}
}

// item writes a message of a list: its first setting follows the dash.
func (r *renderer) item(m protoreflect.Message, indent string) {
	inner := newRenderer(r.comments)
	inner.said = r.said
	inner.message(m, indent+"  ")
	lines := strings.SplitAfter(inner.out.String(), "\n")
	for i, line := range lines {
		if trimmed := strings.TrimLeft(line, " "); !strings.HasPrefix(trimmed, "#") {
			lines[i] = indent + "- " + trimmed
			break
		}
	}
	r.out.WriteString(strings.Join(lines, ""))
}

func (r *renderer) entries(values protoreflect.Map, indent string) {
	texts := map[string]string{}
	values.Range(func(key protoreflect.MapKey, value protoreflect.Value) bool {
		texts[key.String()] = value.String()
		return true
	})
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		fmt.Fprintf(&r.out, "%s%s: %s\n", indent, scalar(key), scalar(texts[key]))
	}
}

func list(values protoreflect.List) string {
	texts := make([]string, values.Len())
	for i := range texts {
		texts[i] = scalar(values.Get(i).Interface())
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

// scalar writes a value so that it reads back as the same one: text that
// means something else in YAML, also within [ ], gets quotes.
func scalar(value any) string {
	text, ok := value.(string)
	if !ok {
		return fmt.Sprint(value)
	}
	node := yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
	switch {
	case strings.ContainsAny(text, "\n\r\t"):
		node.Style = yaml.DoubleQuotedStyle
	case strings.ContainsAny(text, ",[]{}"):
		node.Style = yaml.SingleQuotedStyle
	}
	encoded, err := yaml.Marshal(&node)
	if err != nil {
		return fmt.Sprintf("%q", text)
	}
	return strings.TrimSuffix(string(encoded), "\n")
}

func secretText(m *configv1.Secret) string {
	name, text := "value", redacted
	switch from := m.GetFrom().(type) {
	case *configv1.Secret_Env:
		name, text = "env", from.Env
	case *configv1.Secret_File:
		name, text = "file", from.File
	default:
	}
	return "{" + name + ": " + scalar(text) + "}"
}

// settings shows a message by what it may hold.
func settings(m protoreflect.MessageDescriptor) string {
	texts := make([]string, m.Fields().Len())
	for i := range texts {
		texts[i] = string(m.Fields().Get(i).Name()) + ": " + placeholder(m.Fields().Get(i))
	}
	return "{" + strings.Join(texts, ", ") + "}"
}

// placeholder is what a setting that is not set is shown with.
func placeholder(field protoreflect.FieldDescriptor) string {
	switch {
	case field.IsMap():
		return "{}"
	case field.IsList():
		return "[]"
	case field.Kind() == protoreflect.BoolKind:
		return "true"
	case field.Kind() == protoreflect.MessageKind && field.Message().FullName() != secretName() && field.Message() != (&durationpb.Duration{}).ProtoReflect().Descriptor():
		return settings(field.Message())
	default:
		return `""`
	}
}
