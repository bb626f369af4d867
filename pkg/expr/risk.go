package expr

import (
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// isSafe reports whether a checked condition cannot fail, other than by having
// no value. It errs on the side of failing. Doubles do not fail: they overflow
// to infinities, and a NaN is neither below nor above anything.
func (s splitter) isSafe(e ast.Expr) bool {
	if t := s.checked.GetType(e.ID()); t != nil && holdsDyn(t) {
		return false
	}
	switch e.Kind() {
	case ast.IdentKind, ast.LiteralKind:
		return true
	case ast.SelectKind:
		return s.isSafe(e.AsSelect().Operand())
	case ast.ListKind:
		return s.areSafe(e.AsList().Elements())
	case ast.CallKind:
		c := e.AsCall()
		return s.isSafeCall(e) && s.areSafe(c.Args()) && (!c.IsMemberFunction() || s.isSafe(c.Target()))
	default:
		return false
	}
}

func (s splitter) areSafe(list []ast.Expr) bool {
	return !slices.ContainsFunc(list, func(e ast.Expr) bool { return !s.isSafe(e) })
}

func holdsDyn(t *types.Type) bool {
	return t.Kind() == types.DynKind || slices.ContainsFunc(t.Parameters(), holdsDyn)
}

// isSafeCall is isSafe for a call whose operands are safe.
func (s splitter) isSafeCall(e ast.Expr) bool {
	c := e.AsCall()
	name := c.FunctionName()
	switch {
	case isComparison(name):
		return true
	case isArithmetic(name):
		// Integers overflow and times leave their range.
		t := s.checked.GetType(e.ID())
		return isDouble(t) || name == operators.Add && t != nil && t.Kind() == types.StringKind
	case slices.Contains([]string{
		operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot, operators.Conditional, operators.In,
		operators.Index, "size", "startsWith", "endsWith", "contains", "lowerAscii", "upperAscii", "trim", "indexOf",
	}, name):
		return true
	case slices.Contains([]string{"matches", "timestamp", "duration"}, name):
		// A literal text is checked when the expression is compiled.
		_, literal := s.constant(c.Args()[len(c.Args())-1]).(types.String)
		return literal
	case strings.HasPrefix(name, "get") && len(name) > 3:
		return s.isSafeZone(c.Args())
	default:
		return false
	}
}

// isSafeZone reports whether a part of a time is read in a zone that exists.
func (s splitter) isSafeZone(args []ast.Expr) bool {
	if len(args) == 0 {
		return true
	}
	zone, ok := s.constant(args[0]).(types.String)
	if !ok || strings.Contains(string(zone), ":") {
		return false
	}
	_, err := time.LoadLocation(string(zone))
	return err == nil
}
