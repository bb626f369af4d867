package rule

import (
	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// mapping fills a map of texts or of messages.
func (d *decoder) mapping(node *yaml.Node, m protoreflect.Message, fd protoreflect.FieldDescriptor) {
	if fd.MapValue().Kind() == protoreflect.MessageKind {
		d.messages(node, m.Mutable(fd).Map())
		return
	}
	d.texts(node, m.Mutable(fd).Map())
}

// messages fills a map of messages.
func (d *decoder) messages(node *yaml.Node, m protoreflect.Map) {
	if node.Kind != yaml.MappingNode {
		d.fail(node, "expected names with what they stand for, got %s", describe(node))
		return
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		if !d.plain(key) || !d.plain(value) {
			continue
		}
		name := protoreflect.ValueOfString(key.Value).MapKey()
		switch {
		case key.Kind != yaml.ScalarNode || key.Value == "":
			d.fail(key, "expected a name, got %s", describe(key))
		case m.Has(name):
			d.fail(key, "%s stands here twice", describe(key))
		default:
			d.message(value, m.Mutable(name).Message())
		}
	}
}

// texts fills a map of texts.
func (d *decoder) texts(node *yaml.Node, m protoreflect.Map) {
	if node.Kind != yaml.MappingNode {
		d.fail(node, "expected names with texts, got %s", describe(node))
		return
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		if !d.plain(key) || !d.plain(value) {
			continue
		}
		name := protoreflect.ValueOfString(key.Value).MapKey()
		switch {
		case key.Kind != yaml.ScalarNode || key.Value == "":
			d.fail(key, "expected a name, got %s", describe(key))
		case m.Has(name):
			d.fail(key, "%s stands here twice", key.Value)
		case value.Kind != yaml.ScalarNode || value.Tag == "!!null":
			d.fail(value, "expected a text, got %s", describe(value))
		default:
			m.Set(name, protoreflect.ValueOfString(value.Value))
		}
	}
}
