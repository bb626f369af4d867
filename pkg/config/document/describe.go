package document

import (
	"strings"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/reflect/protoreflect"
)

func isMessage(field protoreflect.FieldDescriptor) bool {
	return field.Kind() == protoreflect.MessageKind
}

// join returns the path of a key below path.
func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func fieldNames(message protoreflect.MessageDescriptor) []string {
	fields := message.Fields()
	names := make([]string, fields.Len())
	for i := range names {
		names[i] = string(fields.Get(i).Name())
	}
	return names
}

func memberNames(group protoreflect.OneofDescriptor) []string {
	fields := group.Fields()
	names := make([]string, fields.Len())
	for i := range names {
		names[i] = string(fields.Get(i).Name())
	}
	return names
}

func describeMessage(message protoreflect.MessageDescriptor) string {
	return "settings ({" + strings.Join(fieldNames(message), ", ") + "})"
}

func describeKind(kind protoreflect.Kind) string {
	switch kind {
	case protoreflect.BoolKind:
		return "true or false"
	case protoreflect.Int32Kind:
		return "a whole number"
	case protoreflect.DoubleKind:
		return "a number"
	default:
		return "a text"
	}
}

// describeNode says of what sort the node is and not what it holds, which may
// be a secret in the wrong place.
func describeNode(node *yaml.Node) string {
	switch node.Kind {
	case yaml.MappingNode:
		return "settings (key: value)"
	case yaml.SequenceNode:
		return "a list"
	default:
	}
	switch node.ShortTag() {
	case "!!null":
		return "nothing"
	case "!!bool":
		return "true or false"
	case "!!int", "!!float":
		return "a number"
	default:
		return "a text"
	}
}
