package suite

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/signalbox-io/signalbox/services/router/rule"
)

// Kinds of what a case gives, in the order in which they are told of.
const (
	kindDecision     = "decisions"
	kindAction       = "actions"
	kindLease        = "leases"
	kindNotification = "notifications"
)

func expectationKeys() []string {
	return []string{kindDecision, kindAction, kindLease, kindNotification}
}

// fieldsOf are the fields by which an expectation may name what it expects. A
// field of what an action does stands below `operation`, one of a notification
// below `fields`.
func fieldsOf(kind string) []string {
	switch kind {
	case kindDecision:
		return []string{"event", "rule", "outcome", "clause", "detail", "key", "causes", "actions", "time", "source", "entity"}
	case kindAction:
		return []string{"event", "rule", "type", "source", "target", "until", "state", "by", "operation"}
	case kindLease:
		return []string{"target", "source", "state", "until", "at", "rule"}
	default:
		return []string{"subject", "event", "rule", "fields"}
	}
}

// expectations reads what is expected under a step or a case.
func (p *parser) expectations(o *object) *expectations {
	e := expectations{}
	for _, kind := range expectationKeys() {
		if node := o.value[kind]; node != nil {
			*e.list(kind) = p.expected(node, kind)
		}
	}
	if e == (expectations{}) {
		return nil
	}
	return &e
}

func (e *expectations) list(kind string) **expected {
	switch kind {
	case kindDecision:
		return &e.decisions
	case kindAction:
		return &e.actions
	case kindLease:
		return &e.leases
	default:
		return &e.notifications
	}
}

func (p *parser) expected(node *yaml.Node, kind string) *expected {
	e := &expected{line: node.Line}
	for _, element := range p.list(node, kind) {
		if item := p.expectation(element, kind); item != nil {
			item.line = element.Line
			e.items = append(e.items, item)
		}
	}
	return e
}

// expectation reads one thing that must come: `about: sentence`, what it is
// about alone, or a mapping of the fields that matter.
func (p *parser) expectation(node *yaml.Node, kind string) *expectation {
	switch {
	case node.Kind == yaml.ScalarNode:
		subject, sentence, _ := strings.Cut(p.text(node, kind), ": ")
		return &expectation{subject: subject, written: sentence, sentence: p.clock.writeOut(sentence)}
	case node.Kind == yaml.MappingNode && len(node.Content) == 2 && isSentence(node, kind):
		key, value := node.Content[0], node.Content[1]
		return &expectation{subject: key.Value, written: value.Value, sentence: p.clock.writeOut(value.Value)}
	}
	o := p.object(node, "an expectation", fieldsOf(kind)...)
	if o == nil {
		return nil
	}
	e := &expectation{}
	for _, key := range o.names {
		e.fields = append(e.fields, p.wanted(o.value[key.Value], key.Value, 1)...)
	}
	if len(e.fields) == 0 {
		p.fail(node, "expected fields: %s", strings.Join(fieldsOf(kind), ", "))
	}
	return e
}

func isSentence(node *yaml.Node, kind string) bool {
	key, value := node.Content[0], node.Content[1]
	return key.Kind == yaml.ScalarNode && value.Kind == yaml.ScalarNode && value.Tag != "!!null" && !slices.Contains(fieldsOf(kind), key.Value)
}

// maxNested bounds how deep an expected value is nested.
const maxNested = 16

// wanted reads the values below one name, each with its path.
func (p *parser) wanted(node *yaml.Node, path string, depth int) []field {
	switch {
	case depth > maxNested:
		p.fail(node, "this is nested deeper than %d levels", maxNested)
		return nil
	case node.Kind == yaml.MappingNode:
		o := p.object(node, path)
		var out []field
		for _, key := range o.names {
			out = append(out, p.wanted(o.value[key.Value], path+"."+key.Value, depth+1)...)
		}
		return out
	case node.Kind == yaml.SequenceNode:
		var items, written []string
		for _, element := range node.Content {
			if element.Kind != yaml.ScalarNode {
				p.fail(element, "%s: expected a list of texts, got %s", path, rule.Describe(element))
				continue
			}
			items = append(items, p.clock.writeOut(element.Value))
			written = append(written, element.Value)
		}
		return []field{{name: path, want: listOf(items), written: listOf(written), line: node.Line}}
	case path == "until" || path == "at" || path == "time":
		return []field{{name: path, want: moment(p.time(node, path)), written: node.Value, line: node.Line}}
	default:
		return []field{{name: path, want: p.clock.writeOut(node.Value), written: node.Value, line: node.Line}}
	}
}

// listOf writes a list as the fields of records have it.
func listOf(items []string) string { return fmt.Sprintf("[%s]", strings.Join(items, ", ")) }
