package suite

import (
	"errors"
	"time"

	"go.yaml.in/yaml/v3"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// Reader returns a rules file that a suite names, by the path that stands there.
type Reader func(path string) (rule.File, error)

// Options are what suites do not say themselves.
type Options struct {
	// Settings of the engine where a suite has no others. A MaxLateness of 0
	// is 1h.
	Settings engine.Settings
	// Catalog has the sources that actions may name, for suites without sources
	// of their own.
	Catalog rule.Catalog
}

// Bounds of a suite. MaxFileBytes of package rule bounds the file.
const (
	defaultLateness = time.Hour
	maxStock        = 10_000
	// maxSteps bounds a case, of which every step is a snapshot.
	maxSteps = 5_000
)

// defaultDay is the day on which times of day lie.
var defaultDay = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC) //nolint:gochecknoglobals // a constant that Go cannot write as one

// parser reads one suite.
type parser struct {
	doc      *rule.Document
	file     rule.File
	read     Reader
	options  Options
	clock    clock
	suite    *Suite
	template *eventv1.Event // what events say that do not say it themselves
	again    bool           // whether an id may stand twice without a word
	settings engine.Settings
	only     []string
	others   bool
	exact    bool
	caught   []error        // of the rules
	sets     map[string]int // sets that steps switch to, by their paths
}

// Load parses a suite and compiles the rules that it is about. The error holds
// every fault, of the suite and of the rules, each as a [rule.Problem] with its
// place.
func Load(f rule.File, read Reader, o Options) (*Suite, error) {
	p := newParser(f, read, o)
	root := p.doc.Root()
	if root == nil || !p.plain(root) {
		return nil, p.err()
	}
	top := p.object(root, "a suite", "rules", "mute_windows", "sources", "settings", "day", "time_zone", "event",
		"only", "allow_others", "exact", "tests")
	if top == nil {
		return nil, p.err()
	}
	p.calendar(top)
	p.ruleSet(top)
	p.common(top)
	p.cases(top)
	return p.result()
}

// Example parses an example as documentation has it: a rules file, and a block
// with what happens and what is decided, which is one case. Every decision is
// written out whole.
func Example(rules, block rule.File, o Options) (*Suite, error) {
	p := newParser(block, readNothing, o)
	p.again, p.exact = true, true
	p.suite.set = p.compile([]rule.File{rules}, p.options.Catalog)
	root := p.doc.Root()
	if root == nil || !p.plain(root) {
		return nil, p.err()
	}
	top := p.object(root, "an example", "settings", "wait", "day", "time_zone", "event", "inventory", "events",
		"decisions", "actions", "leases", "notifications")
	if top == nil {
		return nil, p.err()
	}
	p.calendar(top)
	p.common(top)
	c := &Case{Name: "example", Line: root.Line, settings: p.settings, exact: true}
	p.story(c, top, "events")
	c.want = p.expectations(top)
	p.suite.Cases = []*Case{c}
	return p.result()
}

// readNothing is the Reader of what stands by itself.
func readNothing(string) (rule.File, error) {
	return rule.File{}, errors.New("an example stands by itself: expected a whole suite, which may name files")
}

func newParser(f rule.File, read Reader, o Options) *parser {
	if o.Settings.MaxLateness == 0 {
		o.Settings.MaxLateness = defaultLateness
	}
	return &parser{
		doc: rule.ReadDocument(f), file: f, read: read, options: o,
		suite: &Suite{Name: f.Name}, settings: withoutVendor(o.Settings), sets: map[string]int{},
		clock: clock{day: defaultDay}, template: &eventv1.Event{Source: "example"},
	}
}

func (p *parser) result() (*Suite, error) {
	if err := p.err(); err != nil {
		return nil, err
	}
	p.suite.clock = p.clock
	return p.suite, nil
}

// common reads what holds for every case.
func (p *parser) common(top *object) {
	if node := top.value["settings"]; node != nil {
		p.settings = p.readSettings(node, p.settings)
	}
	if node := top.value["wait"]; node != nil {
		p.settings.Wait = p.wait(node)
	}
	if node := top.value["event"]; node != nil {
		p.fill(node, p.template.ProtoReflect(), "event")
	}
	if node := top.value["only"]; node != nil {
		p.only = p.ruleNames(node)
	}
	if node := top.value["allow_others"]; node != nil {
		p.others = p.flag(node, "allow_others")
	}
	if node := top.value["exact"]; node != nil {
		p.exact = p.flag(node, "exact")
	}
}

func (p *parser) ruleNames(node *yaml.Node) []string {
	names := p.texts(node, "only")
	for i, name := range names {
		if p.suite.set != nil && p.suite.set.Rule(name) == nil {
			p.fail(node.Content[i], "there is no rule %q: %s", name, rule.Nearest(p.namesOfRules(), name))
		}
	}
	return names
}

func (p *parser) namesOfRules() []string {
	names := []string{}
	for _, r := range p.suite.set.Rules() {
		names = append(names, r.Name)
	}
	if len(names) == 0 {
		return []string{"a rule"}
	}
	return names
}
