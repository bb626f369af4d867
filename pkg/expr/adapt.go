package expr

import (
	"maps"
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// adapter rewrites a parsed expression before it is checked: integer literals
// beside doubles become doubles, and an enum value whose short name several
// enums have becomes the one of the field beside it. It also finds what must
// not be written.
type adapter struct {
	env     *environment
	factory ast.ExprFactory
	scope   map[string]*types.Type
	allowed func(variable string) string // why a variable is not available, "" if it is
	report  func(id int64, message string)
	loops   bool // whether the expression holds a comprehension
}

// walk rewrites e, its parts first.
func (a *adapter) walk(e ast.Expr) {
	switch e.Kind() { //nolint:exhaustive // a literal has no parts
	case ast.IdentKind:
		a.ident(e)
	case ast.SelectKind:
		a.selection(e)
	case ast.CallKind:
		a.call(e)
	case ast.ListKind:
		for _, element := range e.AsList().Elements() {
			a.walk(element)
		}
		a.equalize(e.AsList().Elements())
	case ast.MapKind:
		for _, entry := range e.AsMap().Entries() {
			a.walk(entry.AsMapEntry().Key())
			a.walk(entry.AsMapEntry().Value())
		}
	case ast.StructKind:
		a.report(e.ID(), "messages cannot be built in an expression")
	case ast.ComprehensionKind:
		a.comprehension(e.AsComprehension(), e.ID())
	}
}

func (a *adapter) ident(e ast.Expr) {
	if _, local := a.scope[e.AsIdent()]; local {
		return
	}
	if why := a.allowed(e.AsIdent()); why != "" {
		a.report(e.ID(), why)
	}
}

// selection makes `event.anomaly` and `event.labels` the same as their short
// forms.
func (a *adapter) selection(e ast.Expr) {
	s := e.AsSelect()
	if !s.IsTestOnly() && s.Operand().Kind() == ast.IdentKind && s.Operand().AsIdent() == "event" {
		if _, known := a.env.variables[s.FieldName()]; known && s.FieldName() != "event" {
			e.SetKindCase(a.factory.NewIdent(e.ID(), s.FieldName()))
			a.ident(e)
			return
		}
	}
	a.walk(s.Operand())
	t := a.typeOf(s.Operand())
	if t == nil || t.Kind() != types.StructKind || a.typeOfField(t, s.FieldName()) != nil {
		return
	}
	names, _ := a.env.provider.FindStructFieldNames(t.TypeName())
	a.report(e.ID(), "unknown field "+s.FieldName()+": expected "+strings.Join(names, ", "))
}

func (a *adapter) comprehension(c ast.ComprehensionExpr, id int64) {
	a.loops = true
	a.walk(c.IterRange())
	elem, second := loopType(a.typeOf(c.IterRange())), (*types.Type)(nil)
	if c.HasIterVar2() {
		elem, second = a.pairTypes(c)
	}
	outer := a.scope
	a.scope = map[string]*types.Type{c.AccuVar(): nil}
	maps.Copy(a.scope, outer)
	for name, t := range map[string]*types.Type{c.IterVar(): elem, c.IterVar2(): second} {
		if name == "" {
			continue
		}
		if _, taken := a.env.variables[name]; taken {
			a.report(id, name+" is already a variable: choose another name for the macro's")
		}
		a.scope[name] = t
	}
	for _, part := range []ast.Expr{c.AccuInit(), c.LoopCondition(), c.LoopStep(), c.Result()} {
		a.walk(part)
	}
	a.scope = outer
}

// loopType returns what a macro's one variable ranges over: the elements of a
// list, the keys of a map.
func loopType(t *types.Type) *types.Type {
	if t == nil || t.Kind() != types.ListKind && t.Kind() != types.MapKind {
		return nil
	}
	return t.Parameters()[0]
}

func (a *adapter) pairTypes(c ast.ComprehensionExpr) (first, second *types.Type) {
	t := a.typeOf(c.IterRange())
	switch {
	case t == nil:
		return nil, nil
	case t.Kind() == types.ListKind:
		return types.IntType, t.Parameters()[0]
	case t.Kind() == types.MapKind:
		return t.Parameters()[0], t.Parameters()[1]
	default:
		return nil, nil
	}
}

func (a *adapter) call(e ast.Expr) {
	c := e.AsCall()
	if c.IsMemberFunction() {
		a.walk(c.Target())
	}
	for _, arg := range c.Args() {
		a.walk(arg)
	}
	switch {
	case isComparison(c.FunctionName()):
		a.equalize(c.Args())
	case isArithmetic(c.FunctionName()):
		a.arithmetic(c.Args())
	case c.FunctionName() == operators.Conditional:
		a.equalize(c.Args()[1:])
	case c.FunctionName() == operators.In:
		a.membership(c.Args()[0], c.Args()[1])
	}
}

func isComparison(name string) bool {
	return slices.Contains([]string{
		operators.Equals, operators.NotEquals, operators.Less,
		operators.LessEquals, operators.Greater, operators.GreaterEquals,
	}, name)
}

func isArithmetic(name string) bool {
	return slices.Contains([]string{operators.Add, operators.Subtract, operators.Multiply, operators.Divide}, name)
}

// equalize gives literals the type of the double or enum among the siblings.
func (a *adapter) equalize(siblings []ast.Expr) {
	for _, one := range siblings {
		if t := a.typeOf(one); isDouble(t) || isEnum(t) {
			for _, other := range siblings {
				a.literal(other, t)
			}
			return
		}
	}
}

// arithmetic treats a value of unknown type as a double: every number of a
// row is one.
func (a *adapter) arithmetic(args []ast.Expr) {
	for _, one := range args {
		if t := a.typeOf(one); isDouble(t) || t != nil && t.Kind() == types.DynKind {
			for _, other := range args {
				a.literal(other, types.DoubleType)
			}
			return
		}
	}
}

func (a *adapter) membership(value, list ast.Expr) {
	if list.Kind() == ast.ListKind {
		if list.AsList().Size() == 0 {
			a.report(list.ID(), "nothing is in an empty list: expected at least one element")
			return
		}
		a.equalize(append([]ast.Expr{value}, list.AsList().Elements()...))
		return
	}
	if t := a.typeOf(list); t != nil && (t.Kind() == types.ListKind || t.Kind() == types.MapKind) {
		a.literal(value, t.Parameters()[0])
	}
}

// literal rewrites an integer literal, an ambiguous enum name, or what is
// made of them only, to the wanted type.
func (a *adapter) literal(e ast.Expr, want *types.Type) {
	switch e.Kind() {
	case ast.LiteralKind:
		if n, ok := e.AsLiteral().(types.Int); ok && isDouble(want) {
			e.SetKindCase(a.factory.NewLiteral(e.ID(), types.Double(n)))
		}
	case ast.IdentKind:
		a.enumName(e, want)
	case ast.CallKind:
		if c := e.AsCall(); isDouble(want) && isLiteral(e) {
			for _, arg := range c.Args() {
				a.literal(arg, want)
			}
		}
	case ast.ListKind:
		if want.Kind() == types.ListKind {
			want = want.Parameters()[0]
		}
		for _, element := range e.AsList().Elements() {
			a.literal(element, want)
		}
	default: // no other kind is made of literals
	}
}

func (a *adapter) enumName(e ast.Expr, want *types.Type) {
	if !isEnum(want) {
		return
	}
	if enums := a.env.enums[e.AsIdent()]; len(enums) > 1 {
		for _, ed := range enums {
			if string(ed.FullName()) == want.TypeName() {
				full := string(valueByShortName(ed, e.AsIdent()).Name())
				e.SetKindCase(a.factory.NewIdent(e.ID(), full))
				return
			}
		}
	}
}

// isLiteral reports whether e is computed from integer literals alone.
func isLiteral(e ast.Expr) bool {
	switch e.Kind() {
	case ast.LiteralKind:
		_, ok := e.AsLiteral().(types.Int)
		return ok
	case ast.CallKind:
		c := e.AsCall()
		if !isArithmetic(c.FunctionName()) && c.FunctionName() != operators.Negate {
			return false
		}
		return !slices.ContainsFunc(c.Args(), func(arg ast.Expr) bool { return !isLiteral(arg) })
	default:
		return false
	}
}

func isDouble(t *types.Type) bool { return t != nil && t.Kind() == types.DoubleKind }

func isEnum(t *types.Type) bool {
	return t != nil && t.Kind() == types.OpaqueKind && strings.Contains(t.TypeName(), ".")
}
