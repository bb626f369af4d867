package rule

import (
	"fmt"
	"maps"
	"slices"

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

// loading is what the files of one set share while they are compiled.
type loading struct {
	catalog Catalog
	// names holds where each rule's name was seen first.
	names map[string]string
	// windows are the mute windows of all files by name.
	windows map[string]*MuteWindow
	// unread tells that a file could not be read, so that its windows are not
	// known.
	unread   bool
	compiled memo
	zones    zones
}

// Load parses, checks and compiles rules files. The rules of a set are judged
// in the order of the files and within a file from top to bottom; a mute window
// of one file may be named in another. The error is of type [Errors] and holds
// every fault of every file; there is no set then.
func Load(files []File, catalog Catalog) (*Set, error) {
	l := &loading{
		catalog: catalog, names: map[string]string{}, windows: map[string]*MuteWindow{},
		compiled: newMemo(), zones: zones{},
	}
	compilers := make([]*compiler, len(files))
	for i, f := range files {
		compilers[i] = l.read(f)
		compilers[i].muteWindows()
	}
	var problems []*Problem
	set := &Set{}
	var content []string
	for _, c := range compilers {
		c.compileRules()
		set.rules = append(set.rules, c.rules...)
		content = append(content, c.content...)
		problems = append(problems, c.decoder.source.problems...)
	}
	if len(problems) > 0 {
		return nil, sorted(problems, files)
	}
	set.finish(l.windows, append(content, windowContent(compilers)...))
	if p := tooManyScanned(set); p != nil {
		return nil, Errors{p}
	}
	return set, nil
}

// finish sets what follows from the rules and windows.
func (s *Set) finish(windows map[string]*MuteWindow, content []string) {
	s.version = event.Hash(append([]string{"rules"}, content...)...)
	s.byName = make(map[string]*Rule, len(s.rules))
	for _, r := range s.rules {
		s.byName[r.Name] = r
	}
	for _, name := range slices.Sorted(maps.Keys(windows)) {
		s.windows = append(s.windows, windows[name])
	}
}

// windowContent returns what the mute windows say, ordered by name.
func windowContent(compilers []*compiler) []string {
	var content []string
	for _, c := range compilers {
		for name, window := range c.file.GetMuteWindows() {
			content = append(content, fmt.Sprintf("mute_windows.%s:%s", name, canonical(window.ProtoReflect())))
		}
	}
	slices.Sort(content)
	return content
}

// read parses one file.
func (l *loading) read(f File) *compiler {
	s := newSource(f)
	c := &compiler{
		loading: l,
		decoder: &decoder{source: s},
		file:    &rulev1.RuleFile{},
		root:    parse(f, s),
	}
	if c.root != nil {
		c.decoder.message(c.root, c.file.ProtoReflect())
	} else {
		l.unread = l.unread || len(s.problems) > 0
	}
	return c
}

// compileRules compiles the rules of the file. What a rule was read from is let
// go with it: it is far larger than the rule.
func (c *compiler) compileRules() {
	if len(c.file.GetRules()) == 0 {
		return
	}
	list, _ := find(c.root, "rules")
	for i, r := range c.file.GetRules() {
		if c.decoder.source.full() {
			return
		}
		c.at = list.Content[i]
		c.rule(r)
		c.content = append(c.content, canonical(r.ProtoReflect()))
		list.Content[i] = nil
	}
}
