package rule

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// decoder fills a message from YAML. It follows the message's descriptor, so
// a new field of the language needs no code here.
type decoder struct {
	source *source
	// rule is the name of the rule that is being read.
	rule string
}

// rulesField is the list of rules in a file.
const rulesField protoreflect.FullName = "signalbox.rule.v1.RuleFile.rules"

func (d *decoder) fail(node *yaml.Node, format string, args ...any) {
	d.source.report(node.Line, node.Column, d.rule, fmt.Sprintf(format, args...))
}

// plain refuses what the rule language does not need of YAML: a few hundred
// bytes of aliases can stand for gigabytes.
func (d *decoder) plain(node *yaml.Node) bool {
	if node.Kind == yaml.AliasNode || node.Anchor != "" {
		d.fail(node, "anchors and aliases are not supported: write the value out")
		return false
	}
	return true
}

// message fills m from a mapping.
func (d *decoder) message(node *yaml.Node, m protoreflect.Message) {
	if !d.plain(node) {
		return
	}
	if node.Kind != yaml.MappingNode {
		d.fail(node, "expected %s, got %s", fieldList(m.Descriptor()), describe(node))
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(node.Content) && !d.source.full(); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		fd := m.Descriptor().Fields().ByName(protoreflect.Name(key.Value))
		first, again := seen[key.Value]
		switch {
		case !d.plain(key):
		case key.Kind != yaml.ScalarNode || fd == nil:
			d.fail(key, "%s", unknownKey(key, m.Descriptor()))
		case again:
			d.fail(key, "%s stands here twice, first in line %d", key.Value, first)
		default:
			seen[key.Value] = key.Line
			d.oneof(key, m, fd)
			d.field(value, m, fd)
		}
	}
}

// oneof refuses a second choice where one is expected.
func (d *decoder) oneof(key *yaml.Node, m protoreflect.Message, fd protoreflect.FieldDescriptor) {
	if group := fd.ContainingOneof(); group != nil && m.WhichOneof(group) != nil {
		d.fail(key, "%s beside %s: expected one %s for each entry", key.Value, m.WhichOneof(group).Name(), group.Name())
	}
}

func (d *decoder) field(node *yaml.Node, m protoreflect.Message, fd protoreflect.FieldDescriptor) {
	if !d.plain(node) {
		return
	}
	switch {
	case fd.IsMap():
		d.mapping(node, m, fd)
	case fd.IsList():
		d.list(node, m, fd)
	case isStruct(fd):
		d.structure(node, m.Mutable(fd).Message())
	case fd.Kind() == protoreflect.MessageKind && fd.Message().FullName() != "google.protobuf.Duration":
		d.message(node, m.Mutable(fd).Message())
	default:
		if value, ok := d.scalar(node, fd); ok {
			m.Set(fd, value)
		}
	}
}

func (d *decoder) list(node *yaml.Node, m protoreflect.Message, fd protoreflect.FieldDescriptor) {
	if node.Kind != yaml.SequenceNode {
		d.fail(node, "%s is a list: expected [ … ] or lines that begin with -, got %s", fd.Name(), describe(node))
		return
	}
	list := m.Mutable(fd).List()
	isRules := fd.FullName() == rulesField
	for _, element := range node.Content {
		if d.source.full() {
			break
		}
		if fd.Kind() == protoreflect.MessageKind {
			if isRules {
				d.rule = nameOf(element)
			}
			d.message(element, list.AppendMutable().Message())
			continue
		}
		value := list.NewElement() // a fault keeps its index
		if d.plain(element) {
			if read, ok := d.scalar(element, fd); ok {
				value = read
			}
		}
		list.Append(value)
	}
	if isRules {
		d.rule = ""
	}
}

// nameOf returns the name of the rule that a mapping holds, "" for none.
func nameOf(node *yaml.Node) string {
	at := slices.IndexFunc(node.Content, func(n *yaml.Node) bool { return n.Value == "name" })
	if node.Kind != yaml.MappingNode || at < 0 || at%2 == 1 || at+1 >= len(node.Content) || !ruleName.MatchString(node.Content[at+1].Value) {
		return ""
	}
	return node.Content[at+1].Value
}
