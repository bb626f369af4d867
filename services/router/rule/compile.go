package rule

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/expr"
	rulev1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/rule/v1"
)

// Bounds of what one rule may keep for each key.
const (
	maxAtLeast = 10_000
	maxKeys    = 8
	maxGiven   = 8
	maxActions = 16
	// maxLength bounds what is remembered, and how long an alert is paused; it is
	// how long ids are remembered. maxWait bounds how long a judgement waits.
	maxLength = 90 * 24 * time.Hour
	maxWait   = 24 * time.Hour
)

var ruleName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)

// compiler checks and compiles the rules of one file.
type compiler struct {
	decoder *decoder
	catalog Catalog
	names   map[string]string
	path    string // of the rule at hand
	rules   []*Rule
	content []string
}

// fail reports a fault at a path below the rule, or at the nearest thing
// above it that is written in the file.
func (c *compiler) fail(path, format string, args ...any) {
	c.decoder.fail(c.node(path), format, args...)
}

func (c *compiler) node(path string) *yaml.Node {
	full := join(c.path, path)
	for full != "" {
		if node, ok := c.decoder.nodes[full]; ok {
			return node
		}
		full = full[:max(0, strings.LastIndexAny(full, ".["))]
	}
	return &yaml.Node{Line: 1, Column: 1}
}

// written reports whether the file has something at that path.
func (c *compiler) written(path string) bool {
	_, ok := c.decoder.nodes[join(c.path, path)]
	return ok
}

// rule compiles one rule. Whatever is wrong with it is reported; the result
// counts only when nothing is.
func (c *compiler) rule(r *rulev1.Rule) {
	c.decoder.rule = ""
	if ruleName.MatchString(r.GetName()) {
		c.decoder.rule = r.GetName()
	}
	defer func() { c.decoder.rule = "" }()
	c.name(r.GetName())
	out := &Rule{
		Name:        r.GetName(),
		Description: r.GetDescription(),
		Mode:        c.mode(r.GetMode()),
		On:          c.kinds(r.GetOn()),
		Cooldown:    c.duration("cooldown", r.GetCooldown()),
		StateHash:   event.Hash("state", canonical(r.ProtoReflect(), "on", "when", "key", "count", "given")),
	}
	if len(out.On) == 0 {
		return
	}
	if r.GetWhen() != "" || c.written("when") {
		out.When = c.program("when", r.GetWhen(), expr.Bool, out.On)
	}
	out.Key = c.key(r.GetKey(), out.On)
	out.Count = c.count(r.GetCount())
	out.Given = c.given(r.GetGiven(), len(out.Key))
	out.Do = c.actions(r.GetDo(), out)
	c.rules = append(c.rules, out)
}

func (c *compiler) name(name string) {
	if !ruleName.MatchString(name) {
		if !c.written("name") {
			c.fail("name", "name is missing: every rule has one")
			return
		}
		c.fail("name", "name %q: expected a lower-case letter, then up to 62 letters, digits or -", name)
		return
	}
	node := c.node("name")
	if first, taken := c.names[name]; taken {
		c.fail("name", "name %s is taken: %s has it already", name, first)
		return
	}
	c.names[name] = fmt.Sprintf("%s:%d", c.decoder.source.name, node.Line)
}

func (c *compiler) mode(mode string) Mode {
	switch Mode(mode) {
	case Off, Shadow, Auto:
		return Mode(mode)
	}
	switch {
	case !c.written("mode"):
		c.fail("mode", "mode is missing, nothing acts by accident: expected off, shadow or auto")
	case mode == "suggest":
		c.fail("mode", "mode suggest is not available yet: expected off, shadow or auto")
	default:
		c.fail("mode", "mode %q: expected off, shadow or auto", mode)
	}
	return Off
}

func (c *compiler) kinds(words []string) []event.Kind {
	if len(words) == 0 {
		c.fail("on", "on is missing: expected at least one of %s", kindList())
	}
	var kinds []event.Kind
	for i, word := range words {
		path := fmt.Sprintf("on[%d]", i)
		kind, ok := event.ParseKind(word)
		switch {
		case !ok:
			c.fail(path, "kind %q: expected %s", word, kindList())
		case slices.Contains(kinds, kind):
			c.fail(path, "kind %s stands here twice", word)
		default:
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

func kindList() string {
	var words []string
	for _, k := range event.Kinds() {
		words = append(words, string(k))
	}
	return strings.Join(words, ", ")
}

// program compiles an expression for each kind by itself, so that it uses
// only what every one of them has.
func (c *compiler) program(path, text string, want expr.Result, kinds []event.Kind) *expr.Program {
	var program *expr.Program
	for _, kind := range kinds {
		compiled, err := expr.Event(text, want, kind)
		if err != nil {
			c.faults(path, err, kind, kinds)
			return nil
		}
		program = compiled
	}
	return program
}

// template compiles a text with expressions, for each kind by itself.
func (c *compiler) template(path, text string, kinds []event.Kind) *expr.TextTemplate {
	if text == "" {
		c.fail(path, "%s is missing: expected a text", path[strings.LastIndexByte(path, '.')+1:])
		return nil
	}
	var template *expr.TextTemplate
	for _, kind := range kinds {
		compiled, err := expr.Template(text, kind)
		if err != nil {
			c.faults(path, err, kind, kinds)
			return nil
		}
		template = compiled
	}
	return template
}

// faults reports the faults of an expression at their places in the file.
func (c *compiler) faults(path string, err error, kind event.Kind, kinds []event.Kind) {
	node := c.node(path)
	if !c.written(path) || len(expr.Faults(err)) == 0 {
		c.fail(path, "%s", err)
		return
	}
	for _, fault := range expr.Faults(err) {
		line, column := c.decoder.source.locate(node, fault.Line, fault.Column)
		c.decoder.source.report(line, column, c.decoder.rule, fault.Message+alsoOn(fault.Message, kind, kinds))
	}
}

// alsoOn explains a fault that only one of the rule's kinds has: the text names
// the payload of another one.
func alsoOn(message string, kind event.Kind, kinds []event.Kind) string {
	for _, other := range kinds {
		if other != kind && strings.Contains(message, string(other)) {
			return fmt.Sprintf(" (the rule is also on %s: use what every kind has, or write a rule for each)", kind)
		}
	}
	return ""
}

func (c *compiler) key(texts []string, kinds []event.Kind) []*expr.Program {
	if len(texts) == 0 {
		texts = []string{"event.entity"}
	}
	if len(texts) > maxKeys {
		c.fail("key", "%d key expressions: expected at most %d", len(texts), maxKeys)
		return nil
	}
	programs := make([]*expr.Program, len(texts))
	for i, text := range texts {
		programs[i] = c.program(fmt.Sprintf("key[%d]", i), text, expr.Text, kinds)
	}
	return programs
}

func (c *compiler) count(count *rulev1.Count) *Count {
	if count == nil {
		return nil
	}
	if count.GetAtLeast() < 1 || count.GetAtLeast() > maxAtLeast {
		c.fail("count.at_least", "at_least is %d: expected 1 to %d", count.GetAtLeast(), maxAtLeast)
	}
	return &Count{
		AtLeast: int(count.GetAtLeast()),
		Within:  c.required("count.within", count.GetWithin()),
		Reset:   count.GetReset_(),
	}
}

func (c *compiler) given(clauses []*rulev1.Given, keys int) []Given {
	if len(clauses) > maxGiven {
		c.fail("given", "%d clauses: expected at most %d", len(clauses), maxGiven)
		return nil
	}
	given := make([]Given, 0, len(clauses))
	for i, clause := range clauses {
		path := fmt.Sprintf("given[%d]", i)
		kind, ok := event.ParseKind(clause.GetOn())
		if !ok {
			c.fail(path+".on", "on %q: expected one of %s", clause.GetOn(), kindList())
			continue
		}
		given = append(given, c.clause(path, clause, kind, keys))
	}
	return given
}

func (c *compiler) clause(path string, clause *rulev1.Given, kind event.Kind, keys int) Given {
	g := Given{On: kind, Within: c.required(path+".within", clause.GetWithin()), HasWait: clause.GetWait() != nil}
	if clause.GetWhere() != "" || c.written(path+".where") {
		g.Where = c.program(path+".where", clause.GetWhere(), expr.Bool, []event.Kind{kind})
	}
	if len(clause.GetKey()) != keys {
		c.fail(path+".key", "key has %d expressions: expected %d, one for each of the rule's key", len(clause.GetKey()), keys)
	}
	for i, text := range clause.GetKey() {
		g.Key = append(g.Key, c.program(fmt.Sprintf("%s.key[%d]", path, i), text, expr.Text, []event.Kind{kind}))
	}
	if g.HasWait {
		g.Wait = clause.GetWait().AsDuration()
		switch {
		case g.Wait < 0:
			c.fail(path+".wait", "wait is %s: expected 0s or more", g.Wait)
		case g.Wait > maxWait:
			c.fail(path+".wait", "wait is %s: expected at most 24h", g.Wait)
		}
	}
	return g
}

// required is duration for a field that must be there.
func (c *compiler) required(path string, d *durationpb.Duration) time.Duration {
	if d == nil && !c.written(path) {
		c.fail(path, "%s is missing: expected a duration such as 15m", path[strings.LastIndexByte(path, '.')+1:])
	}
	return c.duration(path, d)
}

func (c *compiler) duration(path string, d *durationpb.Duration) time.Duration {
	if d == nil {
		return 0
	}
	length := d.AsDuration()
	name := path[strings.LastIndexByte(path, '.')+1:]
	switch {
	case length <= 0:
		c.fail(path, "%s is %s: expected more than 0s", name, length)
	case length > maxLength:
		c.fail(path, "%s is %s: expected at most 90d", name, length)
	}
	return length
}
