package document

import (
	"math"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/signalbox-io/signalbox/pkg/duration"
)

// maxNodes bounds the work on a file: aliases make a small file large.
const maxNodes = 100_000

// durationName is the message that is written as a text with units.
const durationName = protoreflect.FullName("google.protobuf.Duration")

// Decode writes what the document says into message. Messages named secret
// hold a credential: whatever stands in them is never shown.
func (d *Document) Decode(message proto.Message, secret protoreflect.FullName) {
	if d.root == nil {
		return
	}
	decoder := &decoder{document: d, secret: secret}
	decoder.message(d.root, message.ProtoReflect(), "")
	switch {
	case decoder.nodes > maxNodes:
		d.problems, d.unreadable = nil, true
		d.add(1, 1, "", "the file says too much; use fewer aliases")
	case d.Refused(""):
		d.unreadable = true
	}
}

// decoder is one run of Decode.
type decoder struct {
	document *Document
	secret   protoreflect.FullName
	nodes    int
}

// enter follows aliases, notes the place of path and reports whether there is
// something to read: not for null, which says as much as nothing, and not
// after too many nodes.
func (d *decoder) enter(node *yaml.Node, path string) (*yaml.Node, bool) {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	if !d.count() {
		return node, false
	}
	if node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null" {
		return node, false
	}
	d.document.places[path] = node
	return node, true
}

// count reports whether the file may say one thing more.
func (d *decoder) count() bool {
	d.nodes++
	return d.nodes <= maxNodes
}

func (d *decoder) message(node *yaml.Node, message protoreflect.Message, path string) {
	node, ok := d.enter(node, path)
	if !ok {
		return
	}
	descriptor := message.Descriptor()
	if descriptor.FullName() == d.secret {
		d.hideSecrets(node)
	}
	if node.Kind != yaml.MappingNode {
		d.refuse(node, path, describeMessage(descriptor))
		return
	}
	d.eachEntry(node, path, func(key, value *yaml.Node) {
		field := descriptor.Fields().ByName(protoreflect.Name(key.Value))
		if field == nil {
			d.document.hide(value, maskUnknown)
			d.document.add(key.Line, key.Column, d.named(path, key),
				"there is no such key; expected one of "+strings.Join(fieldNames(descriptor), ", "))
			return
		}
		d.oneof(key, message, field, path)
		d.field(value, message, field, join(path, key.Value))
	})
}

// refuse reports a node that is not what it must be, and keeps what it holds
// out of every problem: nobody knows what something in the wrong place is, a
// credential perhaps.
func (d *decoder) refuse(node *yaml.Node, path, want string) {
	d.document.hide(node, maskUnknown)
	d.document.Report(path, "expected %s, got %s", want, describeNode(node))
}

// named returns the path of a key, or what is around one that is hidden.
func (d *decoder) named(path string, key *yaml.Node) string {
	if d.document.hidden[key] {
		return path
	}
	return join(path, key.Value)
}

// hideSecrets masks everything in a credential but the names of its settings
// and where it comes from.
func (d *decoder) hideSecrets(node *yaml.Node) {
	if node.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(node.Content); i += 2 {
			switch key, value := node.Content[i], node.Content[i+1]; key.Value {
			case "env", "file":
			case "value":
				d.document.hide(value, maskSecret)
			default:
				// {secret} is a key without a value.
				d.document.hide(key, maskSecret)
				d.document.hide(value, maskSecret)
			}
		}
		return
	}
	d.document.hide(node, maskSecret)
}

// oneof reports the second member of a oneof.
func (d *decoder) oneof(key *yaml.Node, message protoreflect.Message, field protoreflect.FieldDescriptor, path string) {
	group := field.ContainingOneof()
	if group == nil || group.IsSynthetic() {
		return
	}
	if other := message.WhichOneof(group); other != nil && other != field {
		d.document.add(key.Line, key.Column, join(path, key.Value),
			string(other.Name())+" is set already; keep one of "+strings.Join(memberNames(group), ", "))
	}
}

// eachEntry visits the entries of a mapping whose keys are texts and differ.
func (d *decoder) eachEntry(node *yaml.Node, path string, visit func(key, value *yaml.Node)) {
	seen := map[string]int{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		if !d.count() {
			return
		}
		switch line, known := seen[key.Value]; {
		case key.Kind != yaml.ScalarNode:
			d.document.hide(key, maskUnknown)
			d.document.hide(value, maskUnknown)
			d.document.add(key.Line, key.Column, path, "a key must be a text, got "+describeNode(key))
		case known:
			d.document.hide(value, maskUnknown)
			d.document.add(key.Line, key.Column, d.named(path, key),
				"the key stands here twice, first on line "+strconv.Itoa(line)+"; keep one")
		default:
			seen[key.Value] = key.Line
			visit(key, value)
		}
	}
}

func (d *decoder) field(node *yaml.Node, message protoreflect.Message, field protoreflect.FieldDescriptor, path string) {
	switch {
	case field.IsMap():
		d.mapping(node, message.Mutable(field).Map(), field, path)
	case field.IsList():
		d.list(node, message.Mutable(field).List(), field, path)
	case isMessage(field) && field.Message().FullName() == durationName:
		if value, ok := d.duration(node, path); ok {
			message.Set(field, protoreflect.ValueOfMessage(value.ProtoReflect()))
		}
	case isMessage(field):
		d.message(node, message.Mutable(field).Message(), path)
	default:
		if value, ok := d.scalar(node, field, path); ok {
			message.Set(field, value)
		}
	}
}

func (d *decoder) mapping(node *yaml.Node, values protoreflect.Map, field protoreflect.FieldDescriptor, path string) {
	node, ok := d.enter(node, path)
	if !ok {
		return
	}
	if node.Kind != yaml.MappingNode {
		d.refuse(node, path, "names with a value each (name: value)")
		return
	}
	d.eachEntry(node, path, func(key, value *yaml.Node) {
		if decoded, fine := d.scalar(value, field.MapValue(), join(path, key.Value)); fine {
			values.Set(protoreflect.ValueOfString(key.Value).MapKey(), decoded)
		}
	})
}

func (d *decoder) list(node *yaml.Node, values protoreflect.List, field protoreflect.FieldDescriptor, path string) {
	node, ok := d.enter(node, path)
	if !ok {
		return
	}
	if node.Kind != yaml.SequenceNode {
		d.refuse(node, path, "a list ([a, b] or lines that begin with -)")
		return
	}
	for i, item := range node.Content {
		itemPath := path + "[" + strconv.Itoa(i) + "]"
		if isMessage(field) {
			d.message(item, values.AppendMutable().Message(), itemPath)
			continue
		}
		if value, fine := d.scalar(item, field, itemPath); fine {
			values.Append(value)
		}
	}
}

// scalar reads a text, a flag, an int32 or a double, the only ones there are in
// messages that are written as files.
func (d *decoder) scalar(node *yaml.Node, field protoreflect.FieldDescriptor, path string) (protoreflect.Value, bool) {
	node, ok := d.enter(node, path)
	if !ok {
		return protoreflect.Value{}, false
	}
	if node.Kind == yaml.ScalarNode {
		switch field.Kind() {
		case protoreflect.StringKind:
			return protoreflect.ValueOfString(node.Value), true
		case protoreflect.BoolKind:
			if node.ShortTag() == "!!bool" {
				return protoreflect.ValueOfBool(strings.EqualFold(node.Value, "true")), true
			}
		case protoreflect.Int32Kind:
			if value, err := strconv.ParseInt(node.Value, 10, 32); err == nil && node.ShortTag() == "!!int" {
				return protoreflect.ValueOfInt32(int32(value)), true
			}
		case protoreflect.DoubleKind:
			if value, err := strconv.ParseFloat(node.Value, 64); err == nil && !math.IsInf(value, 0) && !math.IsNaN(value) {
				return protoreflect.ValueOfFloat64(value), true
			}
		default:
		}
	}
	d.refuse(node, path, describeKind(field.Kind()))
	return protoreflect.Value{}, false
}

func (d *decoder) duration(node *yaml.Node, path string) (*durationpb.Duration, bool) {
	node, ok := d.enter(node, path)
	if !ok {
		return nil, false
	}
	if node.Kind != yaml.ScalarNode {
		d.refuse(node, path, "a duration such as 30s, 5m, 1h30m or 90d")
		return nil, false
	}
	value, err := duration.Parse(node.Value)
	if err != nil {
		d.document.Report(path, "%v", err)
		return nil, false
	}
	return durationpb.New(value), true
}
