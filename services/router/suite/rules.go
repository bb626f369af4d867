package suite

import (
	"bytes"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/signalbox-io/signalbox/services/router/rule"
)

// ruleSet loads the rules that the suite is about: files that it names, or
// rules that stand in it.
func (p *parser) ruleSet(top *object) {
	catalog := p.sources(top)
	p.options.Catalog = catalog
	node := top.value["rules"]
	switch {
	case node == nil:
		p.fail(top.node, "rules is missing: expected paths of rules files, or rules")
	case node.Kind == yaml.ScalarNode, len(node.Content) > 0 && node.Content[0].Kind == yaml.ScalarNode:
		if windows := top.value["mute_windows"]; windows != nil {
			p.fail(windows, "mute_windows stand beside rules of the suite's own: these come from files")
		}
		p.suite.set = p.compile(p.files(node), catalog)
	default:
		p.suite.set = p.compile([]rule.File{p.inline(top)}, catalog)
	}
}

// files reads the rules files that a node names: one path or several.
func (p *parser) files(node *yaml.Node) []rule.File {
	nodes := []*yaml.Node{node}
	if node.Kind != yaml.ScalarNode {
		nodes = p.list(node, "rules")
	}
	var files []rule.File
	for _, n := range nodes {
		path := p.text(n, "a path")
		if path == "" {
			continue
		}
		f, err := p.read(path)
		if err != nil {
			p.fail(n, "read the rules: %s", err)
			continue
		}
		files = append(files, f)
	}
	return files
}

// compile loads rules and keeps their faults; nil if there are some.
func (p *parser) compile(files []rule.File, catalog rule.Catalog) *rule.Set {
	set, err := rule.Load(files, catalog)
	if err != nil {
		p.caught = append(p.caught, err)
		return nil
	}
	return set
}

// inline returns the part of the suite that is a rules file, at the lines at
// which it stands.
func (p *parser) inline(top *object) rule.File {
	if top.node.Style&yaml.FlowStyle != 0 {
		p.fail(top.node, "rules in a suite: expected it as lines, not within { … }")
		return rule.File{Name: p.file.Name}
	}
	lines := bytes.SplitAfter(p.file.Data, []byte("\n"))
	var out bytes.Buffer
	for i, line := range lines {
		if isRules(top, i+1) {
			out.Write(line)
		} else {
			out.WriteString(strings.Repeat("\n", bytes.Count(line, []byte("\n"))))
		}
	}
	return rule.File{Name: p.file.Name, Data: out.Bytes()}
}

// isRules reports whether a line belongs to the rules of the suite.
func isRules(top *object, line int) bool {
	is := false
	for _, key := range top.names {
		if key.Line <= line {
			is = key.Value == "rules" || key.Value == "mute_windows"
		}
	}
	return is
}

// reload returns the place of the set that a step switches to.
func (p *parser) reload(node *yaml.Node) int {
	paths := []string{node.Value}
	for _, n := range node.Content {
		paths = append(paths, n.Value)
	}
	key := strings.Join(paths, "\n")
	at, known := p.sets[key]
	if !known {
		at = len(p.suite.sets)
		p.sets[key] = at
		p.suite.sets = append(p.suite.sets, p.compile(p.files(node), p.options.Catalog))
	}
	return at
}
