package rule

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/structpb"
)

// maxNested bounds how deep a vendor's configuration may be nested.
const maxNested = 16

// structure fills the configuration of a vendor from a mapping.
func (d *decoder) structure(node *yaml.Node, m protoreflect.Message) {
	if node.Kind != yaml.MappingNode {
		d.fail(node, "expected names with values, got %s", describe(node))
		return
	}
	value := d.nested(node, 1)
	fields := m.Mutable(m.Descriptor().Fields().ByName("fields")).Map()
	for name, member := range value.GetStructValue().GetFields() {
		fields.Set(protoreflect.ValueOfString(name).MapKey(), protoreflect.ValueOfMessage(member.ProtoReflect()))
	}
}

// nested reads a value of a configuration; null stands for a fault.
func (d *decoder) nested(node *yaml.Node, depth int) *structpb.Value {
	switch {
	case !d.plain(node):
		return structpb.NewNullValue()
	case depth > maxNested:
		d.fail(node, "this is nested deeper than %d levels", maxNested)
		return structpb.NewNullValue()
	case node.Kind == yaml.MappingNode:
		return d.object(node, depth)
	case node.Kind == yaml.SequenceNode:
		list := &structpb.ListValue{}
		for _, element := range node.Content {
			list.Values = append(list.Values, d.nested(element, depth+1))
		}
		return structpb.NewListValue(list)
	default:
		return d.leaf(node)
	}
}

func (d *decoder) object(node *yaml.Node, depth int) *structpb.Value {
	object := &structpb.Struct{Fields: map[string]*structpb.Value{}}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		switch _, again := object.GetFields()[key.Value]; {
		case !d.plain(key):
		case key.Kind != yaml.ScalarNode || key.Value == "":
			d.fail(key, "expected a name, got %s", describe(key))
		case again:
			d.fail(key, "%s stands here twice", describe(key))
		default:
			object.Fields[key.Value] = d.nested(value, depth+1)
		}
	}
	return structpb.NewStructValue(object)
}

// leaf reads a number, a truth value, null or a text, as YAML has it.
func (d *decoder) leaf(node *yaml.Node) *structpb.Value {
	switch node.Tag {
	case "!!null":
		return structpb.NewNullValue()
	case "!!bool":
		return structpb.NewBoolValue(strings.EqualFold(node.Value, "true"))
	case "!!int", "!!float":
		var number float64
		if err := node.Decode(&number); err != nil || math.IsNaN(number) || math.IsInf(number, 0) {
			d.fail(node, "expected a number that JSON has, got %s", describe(node))
		}
		return structpb.NewNumberValue(number)
	default:
		return structpb.NewStringValue(node.Value)
	}
}

// configuration compiles the configuration of a vendor.
func (a *actionCompiler) configuration(fd protoreflect.FieldDescriptor, at string, m protoreflect.Message) {
	object, ok := m.Interface().(*structpb.Struct)
	if !ok || len(object.GetFields()) == 0 {
		a.fail(at, "%s is missing: expected the vendor's names with values", fd.Name())
		return
	}
	if n := countValues(structpb.NewStructValue(object)); a.few(at, n) < n {
		return
	}
	a.add(Field{
		Path: string(fd.Name()), Descriptor: fd,
		Tree: a.tree(string(fd.Name()), structpb.NewStructValue(object)),
	})
}

// countValues counts a value and what is in it.
func countValues(value *structpb.Value) int {
	n := 1
	for _, member := range value.GetStructValue().GetFields() {
		n += countValues(member)
	}
	for _, item := range value.GetListValue().GetValues() {
		n += countValues(item)
	}
	return n
}

func (a *actionCompiler) tree(path string, value *structpb.Value) *Tree {
	t := &Tree{Path: path}
	switch kind := value.GetKind().(type) {
	case *structpb.Value_StructValue:
		t.IsObject = true
		members := kind.StructValue.GetFields()
		for _, name := range slices.Sorted(maps.Keys(members)) {
			t.Members = append(t.Members, Member{Name: name, Value: a.tree(join(path, name), members[name])})
		}
	case *structpb.Value_ListValue:
		t.IsList = true
		for i, item := range kind.ListValue.GetValues() {
			t.Items = append(t.Items, a.tree(fmt.Sprintf("%s[%d]", path, i), item))
		}
	case *structpb.Value_StringValue:
		if strings.Contains(kind.StringValue, "${") {
			t.Text = a.template(a.path+"."+path, kind.StringValue, a.kinds)
			break
		}
		t.Fixed = kind.StringValue
	default:
		t.Fixed = value.AsInterface()
	}
	return t
}
