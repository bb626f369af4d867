package expr

import (
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/parser"

	"github.com/signalbox-io/signalbox/pkg/event"
)

// Part is one of the conditions that `&&` joins, with what it reads, for those
// who want to know why the whole does not hold.
type Part struct {
	// Condition is the part by itself.
	Condition *Program
	// Reads are the fields, labels and measures that it reads, each once, in the
	// order of the text. Only Text reads them.
	Reads []*Program
}

// Parts takes a condition apart that [Rule] compiles. One that cannot be taken
// apart is its own only part. Faults are [Error] or [Errors].
func Parts(text string, kinds ...event.Kind) ([]Part, error) {
	whole, err := Rule(text, Bool, kinds...)
	if err != nil {
		return nil, err
	}
	env, err := ruleEnvironment()
	if err != nil {
		return nil, err
	}
	parsed, issues := env.env.Parse(text)
	if issues.Err() != nil {
		return nil, issueErrors(env, text, issues)
	}
	var parts []Part
	for _, e := range flatten(nil, parsed.NativeRep().Expr()) {
		part, ok := partOf(parsed, e, kinds)
		if !ok {
			return []Part{{Condition: whole}}, nil
		}
		parts = append(parts, part)
	}
	return parts, nil
}

// partOf compiles a part by itself; false where it cannot be written.
func partOf(parsed *cel.Ast, e ast.Expr, kinds []event.Kind) (Part, bool) {
	info := parsed.NativeRep().SourceInfo()
	text, err := parser.Unparse(e, info)
	if err != nil {
		return Part{}, false
	}
	condition, err := Rule(text, Bool, kinds...)
	if err != nil {
		return Part{}, false
	}
	part := Part{Condition: condition}
	var known []string
	for _, read := range reads(nil, e) {
		name, err := parser.Unparse(read, info)
		if err != nil || slices.Contains(known, name) {
			continue
		}
		known = append(known, name)
		if program, err := Rule(name, Any, kinds...); err == nil {
			part.Reads = append(part.Reads, program)
		}
	}
	return part, true
}

// flatten appends the operands of a chain of &&, in the order of the text.
func flatten(list []ast.Expr, e ast.Expr) []ast.Expr {
	if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != operators.LogicalAnd {
		return append(list, e)
	}
	for _, arg := range e.AsCall().Args() {
		list = flatten(list, arg)
	}
	return list
}

// reads appends what an expression reads of the event: the longest chains of
// fields and entries.
func reads(list []ast.Expr, e ast.Expr) []ast.Expr {
	switch e.Kind() {
	case ast.IdentKind:
		if e.AsIdent() == pausedName {
			return append(list, e)
		}
		return list
	case ast.SelectKind:
		if isChain(e) && !e.AsSelect().IsTestOnly() {
			return append(list, e)
		}
		return reads(list, e.AsSelect().Operand())
	case ast.CallKind:
		if isChain(e) {
			return append(list, e)
		}
		c := e.AsCall()
		if c.IsMemberFunction() {
			list = reads(list, c.Target())
		}
		for _, arg := range c.Args() {
			list = reads(list, arg)
		}
		return list
	case ast.ListKind:
		for _, element := range e.AsList().Elements() {
			list = reads(list, element)
		}
		return list
	default:
		return list
	}
}

// isChain reports whether e reads a field of a field of a variable, or an entry
// that a text names.
func isChain(e ast.Expr) bool {
	switch e.Kind() {
	case ast.IdentKind:
		return true
	case ast.SelectKind:
		return isChain(e.AsSelect().Operand())
	case ast.CallKind:
		c := e.AsCall()
		if c.FunctionName() != operators.Index || c.Args()[1].Kind() != ast.LiteralKind {
			return false
		}
		_, isText := c.Args()[1].AsLiteral().(types.String)
		return isText && isChain(c.Args()[0])
	default:
		return false
	}
}
