package rule

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/signalbox-io/signalbox/pkg/event"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	rulev1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/rule/v1"
)

// File is a rules file: its name, for messages, and its content.
type File struct {
	Name string
	Data []byte
}

// Catalog is what rules may act on.
type Catalog struct {
	// Sources are the configured sources by name. Nil means that they are not
	// known: then the sources of actions are not checked.
	Sources map[string]eventv1.Vendor
}

// Load parses, checks and compiles rules files. The rules of a set are judged
// in the order of the files and within a file from top to bottom. The error
// is of type [Errors] and holds every fault of every file; there is no set
// then.
func Load(files []File, catalog Catalog) (*Set, error) {
	set := &Set{}
	var problems []*Problem
	var content []string
	names := map[string]string{}
	for _, f := range files {
		c := readFile(f, catalog, names)
		set.rules = append(set.rules, c.rules...)
		content = append(content, c.content...)
		problems = append(problems, c.decoder.source.problems...)
	}
	if len(problems) > 0 {
		return nil, sorted(problems, files)
	}
	set.version = event.Hash(append([]string{"rules"}, content...)...)
	return set, nil
}

// readFile parses one file and compiles what it holds. names holds where each
// rule's name was seen first.
func readFile(f File, catalog Catalog, names map[string]string) *compiler {
	s := newSource(f)
	c := &compiler{
		decoder: &decoder{source: s, nodes: map[string]*yaml.Node{}},
		catalog: catalog,
		names:   names,
	}
	root := parse(f, s)
	if root == nil {
		return c
	}
	file := &rulev1.RuleFile{}
	c.decoder.message(root, file.ProtoReflect(), "")
	for i, r := range file.GetRules() {
		c.path = fmt.Sprintf("rules[%d]", i)
		c.rule(r)
		c.content = append(c.content, canonical(r.ProtoReflect()))
	}
	return c
}
