package expr

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// Split is a condition over an event taken apart: it holds exactly where every
// conjunct holds and the rest does.
type Split struct {
	// Conjuncts need no CEL to be evaluated. They stand in the order of the
	// text.
	Conjuncts []Conjunct
	// Rest is everything else, nil for nothing.
	Rest *Program
	// Cost is what Rest costs at most in units of CEL's own measure, for texts
	// of 64 characters and 32 labels.
	Cost uint64
}

// Split returns the parts of a condition compiled by [Event] or [Rule], nil
// for any other program. The parts of a condition say no more about failures
// than the condition itself: where a conjunct has no value, it does not hold,
// and what Rest would fail with is of no account. Nobody may change them.
func (p *Program) Split() *Split { return p.split }

// splitter takes a checked condition apart.
type splitter struct {
	env     *environment
	checked *ast.AST
}

// split returns the parts of a checked condition, whose program is whole.
func split(env *environment, checked *cel.Ast, whole *Program, options []cel.ProgramOption) (*Split, error) {
	s := splitter{env: env, checked: checked.NativeRep()}
	all := s.flatten(nil, s.checked.Expr())
	result := &Split{}
	var rest []ast.Expr
	safe := true
	for _, e := range all {
		conjunct, understood := s.conjunct(e)
		if understood && (safe || !conjunct.Attribute.mayBeAbsent()) {
			result.Conjuncts = append(result.Conjuncts, conjunct)
			continue
		}
		if e.Kind() == ast.LiteralKind && e.AsLiteral() == types.True {
			continue
		}
		rest = append(rest, e)
		safe = safe && s.isSafe(e)
	}
	return result, s.plan(result, rest, len(all), whole, options)
}

// plan gives the result its rest.
func (s splitter) plan(result *Split, rest []ast.Expr, all int, whole *Program, options []cel.ProgramOption) error {
	if len(rest) == 0 {
		return nil
	}
	joined := s.join(rest)
	result.Cost = costOf(joined)
	if len(rest) == all {
		result.Rest = whole
		return nil
	}
	program, err := s.env.env.PlanProgram(joined, options...)
	if err != nil {
		return &Error{Line: 1, Column: 1, Message: err.Error()}
	}
	result.Rest = &Program{program: program, text: whole.text}
	return nil
}

// flatten appends the operands of a chain of &&, in the order of the text.
func (s splitter) flatten(list []ast.Expr, e ast.Expr) []ast.Expr {
	if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != operators.LogicalAnd {
		return append(list, e)
	}
	for _, arg := range e.AsCall().Args() {
		list = s.flatten(list, arg)
	}
	return list
}

// join makes one checked expression of several.
func (s splitter) join(list []ast.Expr) *ast.AST {
	e := list[0]
	if len(list) > 1 {
		e = ast.NewExprFactory().NewCall(s.checked.Expr().ID(), operators.LogicalAnd, list...)
	}
	return ast.NewCheckedAST(ast.NewAST(e, s.checked.SourceInfo()), s.checked.TypeMap(), s.checked.ReferenceMap())
}
