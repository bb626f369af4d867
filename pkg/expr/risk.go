package expr

import (
	"math"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// risk says how an expression may fail, other than by having no value.
type risk int

const (
	safe     risk = iota // not at all
	wild                 // only where a number of the event is not tame
	fallible             // perhaps always
)

// Bounds of tame numbers: no chain of maxTameSteps operations on them leaves
// the range of doubles or meets a NaN.
const (
	tameLow      = 1e-30
	tameHigh     = 1e30
	maxTameSteps = 5
)

// IsTame reports whether a number is so ordinary that no calculation of a
// condition overflows with it: 0, or between 1e-30 and 1e30 of either sign.
func IsTame(f float64) bool {
	a := math.Abs(f)
	return a == 0 || a >= tameLow && a <= tameHigh
}

// risk returns how a checked condition may fail. It errs on the side of
// fallible.
func (s splitter) risk(e ast.Expr) risk {
	worst, steps := safe, 0
	var walk func(ast.Expr)
	walk = func(e ast.Expr) {
		worst = max(worst, s.own(e, &steps))
		switch e.Kind() { //nolint:exhaustive // the others have no parts, or are fallible
		case ast.SelectKind:
			walk(e.AsSelect().Operand())
		case ast.ListKind:
			for _, element := range e.AsList().Elements() {
				walk(element)
			}
		case ast.CallKind:
			if e.AsCall().IsMemberFunction() {
				walk(e.AsCall().Target())
			}
			for _, arg := range e.AsCall().Args() {
				walk(arg)
			}
		}
	}
	walk(e)
	if steps > maxTameSteps {
		return fallible
	}
	return worst
}

// own returns the risk of an expression whose parts are safe.
func (s splitter) own(e ast.Expr, steps *int) risk {
	if t := s.checked.GetType(e.ID()); t != nil && holdsDyn(t) {
		return fallible
	}
	switch e.Kind() {
	case ast.IdentKind, ast.SelectKind, ast.ListKind:
		return safe
	case ast.LiteralKind:
		if f, ok := e.AsLiteral().(types.Double); ok && !IsTame(float64(f)) {
			return fallible
		}
		return safe
	case ast.CallKind:
		return s.callRisk(e, steps)
	default:
		return fallible
	}
}

func holdsDyn(t *types.Type) bool {
	return t.Kind() == types.DynKind || slices.ContainsFunc(t.Parameters(), holdsDyn)
}

func (s splitter) callRisk(e ast.Expr, steps *int) risk {
	c := e.AsCall()
	name := c.FunctionName()
	switch {
	case isOrder(name):
		if slices.ContainsFunc(c.Args(), func(arg ast.Expr) bool { return isDouble(s.checked.GetType(arg.ID())) }) {
			return wild
		}
		return safe
	case isArithmetic(name):
		return s.arithmeticRisk(s.checked.GetType(e.ID()), name, steps)
	case slices.Contains([]string{
		operators.Equals, operators.NotEquals, operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot,
		operators.Conditional, operators.In, operators.Index, "size", "startsWith", "endsWith", "contains",
		"lowerAscii", "upperAscii", "trim", "indexOf",
	}, name):
		return safe
	case slices.Contains([]string{"matches", "timestamp", "duration"}, name):
		// A literal is checked when the expression is compiled.
		if c.Args()[len(c.Args())-1].Kind() == ast.LiteralKind {
			return safe
		}
		return fallible
	case strings.HasPrefix(name, "get") && len(name) > 3:
		return s.clockRisk(c)
	default:
		return fallible
	}
}

func isOrder(name string) bool {
	return isComparison(name) && name != operators.Equals && name != operators.NotEquals
}

// arithmeticRisk knows that doubles overflow only when they are wild; other
// numbers overflow and times leave their range.
func (s splitter) arithmeticRisk(t *types.Type, name string, steps *int) risk {
	switch {
	case isDouble(t):
		*steps++
		return wild
	case name == operators.Add && t != nil && t.Kind() == types.StringKind:
		return safe
	default:
		return fallible
	}
}

// clockRisk is that of reading a part of a time, in a zone that is known.
func (s splitter) clockRisk(c ast.CallExpr) risk {
	if len(c.Args()) == 0 {
		return safe
	}
	zone, ok := s.constant(c.Args()[0]).(types.String)
	if !ok || strings.Contains(string(zone), ":") {
		return fallible
	}
	if _, err := time.LoadLocation(string(zone)); err != nil {
		return fallible
	}
	return safe
}
