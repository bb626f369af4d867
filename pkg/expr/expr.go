package expr

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/event"
)

// Result is what an expression must give.
type Result int

// The results.
const (
	// Bool is a condition.
	Bool Result = iota
	// Text is anything that can be written in a line: text, enums by their
	// name, numbers in their shortest form, times as RFC 3339.
	Text
	// Number is a double.
	Number
	// Time is a timestamp, a text that holds one, or seconds since 1970.
	Time
	// Any is whatever the expression gives; only Text reads it.
	Any
)

// Program is a compiled expression, safe for concurrent use.
type Program struct {
	program cel.Program
	text    string
	split   *Split // of a condition over an event
}

// Event compiles an expression over an event of one of the kinds, no kinds
// meaning all: event, labels, and the payloads of the kinds. A payload that
// an event does not have has no value. Faults are [Error] or [Errors].
func Event(text string, want Result, kinds ...event.Kind) (*Program, error) {
	env, err := eventEnvironment()
	if err != nil {
		return nil, err
	}
	return compile(env, text, want, func(name string) string {
		if name == pausedName {
			return "paused is only known to the conditions and texts of rules"
		}
		return kindMissing(name, kinds)
	})
}

// pausedName is the variable that only rules have.
const pausedName = "paused"

// Rule compiles an expression of a rule: what [Event] compiles, and the bool
// variable `paused`, whose value [Vars.WithPaused] gives. Faults are [Error]
// or [Errors].
func Rule(text string, want Result, kinds ...event.Kind) (*Program, error) {
	env, err := ruleEnvironment()
	if err != nil {
		return nil, err
	}
	return compile(env, text, want, func(name string) string { return kindMissing(name, kinds) })
}

// kindMissing says why a payload's variable is not available, "" if it is.
func kindMissing(name string, kinds []event.Kind) string {
	kind, ok := event.ParseKind(name)
	if !ok || len(kinds) == 0 || slices.Contains(kinds, kind) {
		return ""
	}
	words := make([]string, len(kinds))
	for i, k := range kinds {
		words[i] = string(k)
	}
	return fmt.Sprintf("%s is not available: the event is of kind %s", name, strings.Join(words, " or "))
}

// Message compiles an expression over one variable of the given name and
// prototype's type, such as "decision". Faults are [Error] or [Errors].
func Message(name string, prototype proto.Message, text string, want Result) (*Program, error) {
	env, err := newMessageEnvironment(name, prototype.ProtoReflect().Descriptor())
	if err != nil {
		return nil, err
	}
	return compile(env, text, want, everything)
}

// Row compiles an expression over `row`, a map of column values in which
// every number is a double. Faults are [Error] or [Errors].
func Row(text string, want Result) (*Program, error) {
	env, err := rowEnvironment()
	if err != nil {
		return nil, err
	}
	return compile(env, text, want, everything)
}

func everything(string) string { return "" }

// compile parses, rewrites, checks and plans an expression.
func compile(env *environment, text string, want Result, allowed func(string) string) (*Program, error) {
	if strings.TrimSpace(text) == "" {
		return nil, &Error{Line: 1, Column: 1, Message: "the expression is empty"}
	}
	parsed, issues := env.env.Parse(text)
	if issues.Err() != nil {
		return nil, issueErrors(env, text, issues)
	}
	a := &adapter{env: env, factory: ast.NewExprFactory(), allowed: allowed}
	var found []*Error
	a.report = func(id int64, message string) {
		at := parsed.NativeRep().SourceInfo().GetStartLocation(id)
		found = append(found, &Error{Line: max(1, at.Line()), Column: max(1, at.Column()+1), Message: message})
	}
	a.walk(parsed.NativeRep().Expr())
	if len(found) > 0 {
		return nil, faults(found)
	}
	checked, issues := env.env.Check(parsed)
	if issues.Err() != nil {
		return nil, issueErrors(env, text, issues)
	}
	if message := mismatch(checked.OutputType(), want); message != "" {
		return nil, &Error{Line: 1, Column: 1, Message: message}
	}
	options := planOptions(a.loops)
	planned, err := env.env.Program(checked, options...)
	if err != nil {
		return nil, &Error{Line: 1, Column: 1, Message: err.Error()}
	}
	program := &Program{program: planned, text: text}
	if want == Bool && len(env.flat) > 0 {
		program.split, err = split(env, checked, program, options)
	}
	return program, err
}

// planOptions bounds the work of expressions with comprehensions. The work of
// the others is bounded by their size, and tracking costs several times the
// evaluation itself.
func planOptions(loops bool) []cel.ProgramOption {
	options := []cel.ProgramOption{cel.EvalOptions(cel.OptOptimize)}
	if loops {
		options = append(options, cel.CostLimit(maxCost), cel.MemoryLimit(maxMemory))
	}
	return options
}

// mismatch says why an expression of type t cannot give the wanted result.
func mismatch(t *cel.Type, want Result) string {
	if t.Kind() == types.DynKind {
		return ""
	}
	allowed := map[Result][]types.Kind{
		Bool:   {types.BoolKind},
		Number: {types.DoubleKind, types.IntKind},
		Time:   {types.TimestampKind, types.StringKind, types.DoubleKind, types.IntKind},
		Text: {
			types.StringKind, types.BoolKind, types.DoubleKind, types.IntKind,
			types.TimestampKind, types.DurationKind, types.OpaqueKind,
		},
	}[want]
	if want == Any || slices.Contains(allowed, t.Kind()) {
		return ""
	}
	word := map[Result]string{
		Bool: "a condition (bool)", Text: "a text", Number: "a number", Time: "a time",
	}[want]
	return fmt.Sprintf("expected %s, got %s", word, cel.FormatCELType(t))
}

// String returns the text that was compiled.
func (p *Program) String() string { return p.text }

// Bool evaluates a condition.
func (p *Program) Bool(v Vars) (bool, error) {
	value, err := p.eval(v)
	if err != nil {
		return false, err
	}
	b, ok := value.(types.Bool)
	if !ok {
		return false, fmt.Errorf("%s gave %s: expected true or false", p.text, value.Type().TypeName())
	}
	return bool(b), nil
}

// Text evaluates to a text.
func (p *Program) Text(v Vars) (string, error) {
	value, err := p.eval(v)
	if err != nil {
		return "", err
	}
	return render(value)
}

// Number evaluates to a double.
func (p *Program) Number(v Vars) (float64, error) {
	value, err := p.eval(v)
	if err != nil {
		return 0, err
	}
	return number(value)
}

// Time evaluates to a time. A text without an offset is read in loc, nil
// meaning UTC; a number counts seconds since 1970, or milliseconds when it
// is too large for seconds.
func (p *Program) Time(v Vars, loc *time.Location) (time.Time, error) {
	value, err := p.eval(v)
	if err != nil {
		return time.Time{}, err
	}
	return instant(value, loc)
}

func (p *Program) eval(v Vars) (ref.Val, error) {
	activation := v.activation
	if activation == nil {
		activation = cel.NoVars()
	}
	value, _, err := p.program.Eval(activation)
	if err != nil {
		return nil, evalError(err)
	}
	if types.IsUnknownOrError(value) {
		return nil, fmt.Errorf("%s gave no value", p.text)
	}
	return value, nil
}
