package rule

import (
	"fmt"
	"slices"
	"strings"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/expr"
)

// Bounds of the work of compiling: expressions of a set that differ, and of one
// text of an action its `${…}` and its bytes.
const (
	maxExpressions = 200_000
	maxParts       = 64
	maxTextBytes   = 16 << 10
)

// memo keeps what was compiled, since rules repeat each other: the default key,
// the usual conditions.
type memo struct {
	programs  map[string]compiled[*expr.Program]
	templates map[string]compiled[*expr.TextTemplate]
}

var errTooMany = fmt.Errorf("the rules have more than %d different expressions: split them among routers", maxExpressions)

// compiled is the result of compiling one text for some kinds: kind is the one
// that err is about.
type compiled[T any] struct {
	result T
	err    error
	kind   event.Kind
}

func newMemo() memo {
	return memo{programs: map[string]compiled[*expr.Program]{}, templates: map[string]compiled[*expr.TextTemplate]{}}
}

// memoKey tells apart what is compiled differently.
func memoKey(what string, want expr.Result, kinds []event.Kind, text string) string {
	return fmt.Sprint(what, want, kinds, text)
}

// each compiles for each kind by itself, so that a text uses only what every
// one of them has, and then for all of them together. A text that names no
// payload uses what every kind has, and is compiled once.
func each[T any](
	known map[string]compiled[T], key, text string, kinds []event.Kind, compile func(...event.Kind) (T, error),
) compiled[T] {
	if c, ok := known[key]; ok {
		return c
	}
	if len(known) >= maxExpressions {
		return compiled[T]{err: errTooMany}
	}
	var alone []event.Kind
	if namesPayload(text) {
		alone = kinds
	}
	var c compiled[T]
	for _, kind := range alone {
		if c.result, c.err = compile(kind); c.err != nil {
			c.kind = kind
			break
		}
	}
	if c.err == nil && len(alone) != 1 {
		c.result, c.err = compile(kinds...)
	}
	known[key] = c
	return c
}

// namesPayload tells whether a text may read what some kinds do not have.
func namesPayload(text string) bool {
	return slices.ContainsFunc(event.Kinds(), func(kind event.Kind) bool { return strings.Contains(text, string(kind)) })
}

// program compiles an expression that reads nothing but the event.
func (c *compiler) program(path, text string, want expr.Result, kinds []event.Kind) *expr.Program {
	found := each(c.compiled.programs, memoKey("event", want, kinds, text), text, kinds, func(kinds ...event.Kind) (*expr.Program, error) {
		return expr.Event(text, want, kinds...)
	})
	return usable(c, path, 0, kinds, found)
}

// anyProgram compiles an expression over events of different kinds at once.
func (c *compiler) anyProgram(path, text string, want expr.Result, kinds []event.Kind) *expr.Program {
	result, err := expr.Event(text, want, kinds...)
	return usable(c, path, 0, nil, compiled[*expr.Program]{result: result, err: err})
}

// ruleProgram compiles an expression that may also ask whether the event's
// alert is paused.
func (c *compiler) ruleProgram(path, text string, want expr.Result, kinds []event.Kind) *expr.Program {
	return c.ruleProgramIn(path, text, 0, want, kinds)
}

// ruleProgramIn is ruleProgram for an expression that begins so many characters
// behind the beginning of the value.
func (c *compiler) ruleProgramIn(path, text string, before int, want expr.Result, kinds []event.Kind) *expr.Program {
	found := each(c.compiled.programs, memoKey("rule", want, kinds, text), text, kinds, func(kinds ...event.Kind) (*expr.Program, error) {
		return expr.Rule(text, want, kinds...)
	})
	return usable(c, path, before, kinds, found)
}

// template compiles a text with expressions.
func (c *compiler) template(path, text string, kinds []event.Kind) *expr.TextTemplate {
	switch n := strings.Count(text, "${"); {
	case text == "":
		c.fail(path, "%s is missing: expected a text", lastOf(path))
		return nil
	case len(text) > maxTextBytes:
		c.fail(path, "%s has %d bytes: expected at most %d", lastOf(path), len(text), maxTextBytes)
		return nil
	case n > maxParts:
		c.fail(path, "%s has %d expressions: expected at most %d in one text", lastOf(path), n, maxParts)
		return nil
	}
	found := each(c.compiled.templates, memoKey("rule", expr.Text, kinds, text), text, kinds, func(kinds ...event.Kind) (*expr.TextTemplate, error) {
		return expr.RuleTemplate(text, kinds...)
	})
	return usable(c, path, 0, kinds, found)
}

// usable reports the faults of what was compiled, if it has any.
func usable[T any](c *compiler, path string, before int, kinds []event.Kind, found compiled[T]) T {
	if found.err != nil {
		var none T
		c.faults(path, before, found.err, found.kind, kinds)
		return none
	}
	return found.result
}

// faults reports the faults of an expression at their places in the file.
func (c *compiler) faults(path string, before int, err error, kind event.Kind, kinds []event.Kind) {
	node := c.node(path)
	if !c.written(path) || len(expr.Faults(err)) == 0 {
		c.fail(path, "%s", err)
		return
	}
	for _, fault := range expr.Faults(err) {
		column := fault.Column
		if fault.Line == 1 {
			column += before
		}
		line, column := c.decoder.source.locate(node, fault.Line, column)
		c.decoder.source.report(line, column, c.decoder.rule, fault.Message+alsoOn(fault.Message, kind, kinds))
	}
}

// alsoOn explains a fault that only one of the rule's kinds has: the text names
// the payload of another one. A kind of "" has what all of them have.
func alsoOn(message string, kind event.Kind, kinds []event.Kind) string {
	for _, other := range kinds {
		if kind != "" && other != kind && strings.Contains(message, string(other)) {
			return fmt.Sprintf(" (the rule is also on %s: use what every kind has, or write a rule for each)", kind)
		}
	}
	return ""
}
