package suite

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/services/router/rule"
)

// shorthand are the words that an event may be written with besides the names
// of its fields.
var shorthand = map[string]protoreflect.Name{"at": "occurred_at", "seen": "observed_at"} //nolint:gochecknoglobals // a table

// fill sets what a mapping says of a message of the event. What was there and
// is not said stays.
func (p *parser) fill(node *yaml.Node, m protoreflect.Message, what string, besides ...string) {
	o := p.object(node, what)
	if o == nil {
		return
	}
	set := map[protoreflect.Name]bool{}
	for _, key := range o.names {
		fd := fieldOf(m.Descriptor(), key.Value)
		switch {
		case fd == nil && slices.Contains(besides, key.Value):
		case fd == nil:
			p.fail(key, "unknown key %s: %s", rule.Describe(key), rule.Nearest(namesOf(m.Descriptor(), besides), key.Value))
		case set[fd.Name()]:
			p.fail(key, "%s stands here twice", fd.Name())
		case fd.ContainingOneof() != nil && otherIn(fd, set) != "":
			p.fail(key, "%s beside %s: an event is of one kind", fd.Name(), otherIn(fd, set))
		default:
			set[fd.Name()] = true
			p.set(o.value[key.Value], m, fd, key.Value)
		}
	}
}

// otherIn names another field of the oneof that is set.
func otherIn(fd protoreflect.FieldDescriptor, set map[protoreflect.Name]bool) protoreflect.Name {
	members := fd.ContainingOneof().Fields()
	for i := range members.Len() {
		if name := members.Get(i).Name(); set[name] {
			return name
		}
	}
	return ""
}

// fieldOf returns the field that a key names: as the proto has it, as its JSON
// has it, or by the event's shorthand.
func fieldOf(md protoreflect.MessageDescriptor, key string) protoreflect.FieldDescriptor {
	if name, ok := shorthand[key]; ok && md.Name() == "Event" {
		return md.Fields().ByName(name)
	}
	if fd := md.Fields().ByName(protoreflect.Name(key)); fd != nil {
		return fd
	}
	return md.Fields().ByJSONName(key)
}

func namesOf(md protoreflect.MessageDescriptor, besides []string) []string {
	var names []string
	if md.Name() == "Event" {
		names = append(names, "at", "seen")
	}
	for i := range md.Fields().Len() {
		names = append(names, string(md.Fields().Get(i).Name()))
	}
	return append(names, besides...)
}

func (p *parser) set(node *yaml.Node, m protoreflect.Message, fd protoreflect.FieldDescriptor, what string) {
	switch {
	case fd.IsMap():
		p.fillMap(node, m, fd, what)
	case fd.Kind() == protoreflect.MessageKind && fd.Message().FullName() == "google.protobuf.Timestamp":
		m.Set(fd, protoreflect.ValueOfMessage(timestamppb.New(p.time(node, what)).ProtoReflect()))
	case fd.Kind() == protoreflect.MessageKind:
		p.fill(node, m.Mutable(fd).Message(), what)
	default:
		if v, ok := p.scalar(node, fd, what); ok {
			m.Set(fd, v)
		}
	}
}

func (p *parser) fillMap(node *yaml.Node, m protoreflect.Message, fd protoreflect.FieldDescriptor, what string) {
	o := p.object(node, what)
	if o == nil {
		return
	}
	for _, key := range o.names {
		if v, ok := p.scalar(o.value[key.Value], fd.MapValue(), what+"."+key.Value); ok {
			m.Mutable(fd).Map().Set(protoreflect.ValueOfString(key.Value).MapKey(), v)
		}
	}
}

// scalar reads a text, a number or a value of an enum.
func (p *parser) scalar(node *yaml.Node, fd protoreflect.FieldDescriptor, what string) (protoreflect.Value, bool) {
	want := "a text"
	if node.Kind == yaml.ScalarNode && node.Tag != "!!null" {
		switch fd.Kind() {
		case protoreflect.StringKind:
			return protoreflect.ValueOfString(node.Value), true
		case protoreflect.DoubleKind:
			if n, err := strconv.ParseFloat(node.Value, 64); err == nil {
				return protoreflect.ValueOfFloat64(n), true
			}
			want = "a number"
		case protoreflect.EnumKind:
			return p.word(node, fd.Enum(), what)
		default: // an event has no field of another kind
		}
	}
	p.fail(node, "%s: expected %s, got %s", what, want, rule.Describe(node))
	return protoreflect.Value{}, false
}

// word reads a value of an enum, with its prefix or without.
func (p *parser) word(node *yaml.Node, enum protoreflect.EnumDescriptor, what string) (protoreflect.Value, bool) {
	prefix := strings.TrimSuffix(string(enum.Values().Get(0).Name()), "UNSPECIFIED")
	for _, name := range []string{node.Value, prefix + node.Value} {
		if v := enum.Values().ByName(protoreflect.Name(name)); v != nil {
			return protoreflect.ValueOfEnum(v.Number()), true
		}
	}
	var words []string
	for i := 1; i < enum.Values().Len(); i++ {
		words = append(words, strings.TrimPrefix(string(enum.Values().Get(i).Name()), prefix))
	}
	p.fail(node, "%s %s: %s", what, rule.Describe(node), rule.Nearest(words, strings.TrimPrefix(node.Value, prefix)))
	return protoreflect.Value{}, false
}
