package rule

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/signalbox-io/signalbox/pkg/duration"
)

// scalar reads one value by the field's type.
func (d *decoder) scalar(node *yaml.Node, fd protoreflect.FieldDescriptor) (protoreflect.Value, bool) {
	none := protoreflect.Value{}
	want := wanted(fd)
	if node.Kind != yaml.ScalarNode || node.Tag == "!!null" {
		d.fail(node, "%s: expected %s, got %s", fd.Name(), want, describe(node))
		return none, false
	}
	switch fd.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(node.Value), true
	case protoreflect.BoolKind:
		if node.Tag == "!!bool" {
			return protoreflect.ValueOfBool(strings.EqualFold(node.Value, "true")), true
		}
	case protoreflect.Int32Kind:
		if n, err := strconv.ParseInt(node.Value, 10, 32); err == nil {
			return protoreflect.ValueOfInt32(int32(n)), true
		}
	case protoreflect.MessageKind:
		if length, err := duration.Parse(node.Value); err == nil {
			return protoreflect.ValueOfMessage(durationpb.New(length).ProtoReflect()), true
		}
	default: // the rule language has no field of another kind
	}
	d.fail(node, "%s: expected %s, got %s", fd.Name(), want, describe(node))
	return none, false
}

func wanted(fd protoreflect.FieldDescriptor) string {
	switch fd.Kind() {
	case protoreflect.BoolKind:
		return "true or false"
	case protoreflect.Int32Kind:
		return "a whole number"
	case protoreflect.MessageKind:
		return "a duration such as 90s, 15m, 6h or 7d"
	default:
		return "a text"
	}
}
