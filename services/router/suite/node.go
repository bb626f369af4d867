package suite

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/signalbox-io/signalbox/services/router/rule"
)

// object is a YAML mapping whose keys are known words, each at most once.
type object struct {
	node  *yaml.Node
	names []*yaml.Node
	value map[string]*yaml.Node
}

// object reads a mapping; what is wrong with its keys is reported. It is nil
// for another thing than a mapping.
func (p *parser) object(node *yaml.Node, what string, known ...string) *object {
	if node.Kind != yaml.MappingNode {
		p.fail(node, "%s: expected a mapping, got %s", what, rule.Describe(node))
		return nil
	}
	o := &object{node: node, value: map[string]*yaml.Node{}}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		switch {
		case key.Kind != yaml.ScalarNode:
			p.fail(key, "expected a word, got %s", rule.Describe(key))
		case o.value[key.Value] != nil:
			p.fail(key, "%s stands here twice", rule.Describe(key))
		case len(known) > 0 && !slices.Contains(known, key.Value):
			p.fail(key, "unknown key %s: %s", rule.Describe(key), rule.Nearest(known, key.Value))
		default:
			o.value[key.Value] = value
			o.names = append(o.names, key)
		}
	}
	return o
}

// list returns the elements of a list. It is empty for another thing.
func (p *parser) list(node *yaml.Node, what string) []*yaml.Node {
	if node.Kind != yaml.SequenceNode {
		p.fail(node, "%s is a list: expected [ … ] or lines that begin with -, got %s", what, rule.Describe(node))
		return nil
	}
	return node.Content
}

// text reads a text that is not empty.
func (p *parser) text(node *yaml.Node, what string) string {
	if node.Kind != yaml.ScalarNode || node.Tag == "!!null" || node.Value == "" {
		p.fail(node, "%s: expected a text, got %s", what, rule.Describe(node))
		return ""
	}
	return node.Value
}

func (p *parser) texts(node *yaml.Node, what string) []string {
	var out []string
	for _, element := range p.list(node, what) {
		out = append(out, p.text(element, what))
	}
	return out
}

// flag reads true or false.
func (p *parser) flag(node *yaml.Node, what string) bool {
	if node.Kind != yaml.ScalarNode || node.Tag != "!!bool" {
		p.fail(node, "%s: expected true or false, got %s", what, rule.Describe(node))
		return false
	}
	return strings.EqualFold(node.Value, "true")
}

// number reads a whole number between two others.
func (p *parser) number(node *yaml.Node, what string, low, high int) int {
	n, err := strconv.Atoi(node.Value)
	if node.Kind != yaml.ScalarNode || err != nil || n < low || n > high {
		p.fail(node, "%s: expected a whole number, %d to %d, got %s", what, low, high, rule.Describe(node))
		return low
	}
	return n
}

func (p *parser) fail(node *yaml.Node, format string, args ...any) {
	p.doc.Fail(node, fmt.Sprintf(format, args...))
}

// plain refuses anchors and aliases, of which a few hundred bytes can stand for
// gigabytes.
func (p *parser) plain(node *yaml.Node) bool {
	if node.Kind == yaml.AliasNode || node.Anchor != "" {
		p.fail(node, "anchors and aliases are not supported: write the value out")
		return false
	}
	for _, child := range node.Content {
		if !p.plain(child) {
			return false
		}
	}
	return true
}
