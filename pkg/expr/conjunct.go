package expr

import (
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// Conjunct is a comparison of one attribute with constants. It has no value
// where the attribute has none, except for OpHas, which then is false.
type Conjunct struct {
	// Attribute is what is compared.
	Attribute Attribute
	// Op is the comparison.
	Op Op
	// Not turns the result round: true where the comparison is false.
	Not bool
	// Texts are the constants of a text's comparison: one of them must fit.
	Texts []string
	// Numbers are the constants of a number's or enum's comparison: one of
	// them must be equal; an order has one.
	Numbers []float64
}

// Op is a comparison.
type Op int

// The comparisons.
const (
	// OpIn is: equal to one of the constants.
	OpIn Op = iota
	// OpLess and the other three order numbers. A NaN is in no order.
	OpLess
	OpLessEqual
	OpGreater
	OpGreaterEqual
	// OpPrefix is: begins with one of the texts.
	OpPrefix
	// OpSuffix is: ends with one of the texts.
	OpSuffix
	// OpContains is: contains one of the texts.
	OpContains
	// OpMatches is: the one text is a regular expression that matches
	// somewhere.
	OpMatches
	// OpHas is has(): a text or enum says something, anything else is there.
	OpHas
	// OpTrue is the bool itself.
	OpTrue
)

// conjunct reads one conjunct, and reports whether it is understood.
func (s splitter) conjunct(e ast.Expr) (Conjunct, bool) {
	switch e.Kind() {
	case ast.IdentKind:
		return Conjunct{Attribute: Attribute{Name: pausedName}, Op: OpTrue}, e.AsIdent() == pausedName
	case ast.SelectKind:
		a, ok := s.tested(e.AsSelect())
		return Conjunct{Attribute: a, Op: OpHas}, ok
	case ast.CallKind:
		return s.call(e.AsCall())
	default:
		return Conjunct{}, false
	}
}

func (s splitter) call(c ast.CallExpr) (Conjunct, bool) {
	if c.IsMemberFunction() {
		return s.textCall(c)
	}
	switch name := c.FunctionName(); name {
	case operators.LogicalNot:
		one, ok := s.conjunct(c.Args()[0])
		one.Not = !one.Not
		return one, ok
	case operators.LogicalOr:
		return s.either(c.Args())
	case operators.In:
		return s.in(c.Args()[0], c.Args()[1])
	default:
		if len(c.Args()) != 2 {
			return Conjunct{}, false
		}
		if one, ok := s.comparison(name, c.Args()[0], c.Args()[1]); ok {
			return one, true
		}
		return s.comparison(mirrored(name), c.Args()[1], c.Args()[0])
	}
}

// mirrored returns the comparison that holds with the operands exchanged.
func mirrored(name string) string {
	switch name {
	case operators.Less:
		return operators.Greater
	case operators.LessEquals:
		return operators.GreaterEquals
	case operators.Greater:
		return operators.Less
	case operators.GreaterEquals:
		return operators.LessEquals
	default:
		return name
	}
}

// comparison reads `attribute op constant`.
func (s splitter) comparison(name string, value, constant ast.Expr) (Conjunct, bool) {
	a, ok := s.attribute(value)
	if !ok {
		return Conjunct{}, false
	}
	one := Conjunct{Attribute: a, Op: OpIn, Not: name == operators.NotEquals}
	if !one.add(s.constant(constant)) {
		return Conjunct{}, false
	}
	switch name {
	case operators.Equals, operators.NotEquals:
		return one, true
	case operators.Less:
		one.Op = OpLess
	case operators.LessEquals:
		one.Op = OpLessEqual
	case operators.Greater:
		one.Op = OpGreater
	case operators.GreaterEquals:
		one.Op = OpGreaterEqual
	default:
		return Conjunct{}, false
	}
	return one, isDouble(s.checked.GetType(value.ID()))
}

// add takes a constant, and reports whether it is of a sort that conjuncts
// compare with and the others are of.
func (c *Conjunct) add(value ref.Val) bool {
	switch v := value.(type) {
	case types.String:
		c.Texts = append(c.Texts, string(v))
	case types.Double:
		c.Numbers = append(c.Numbers, float64(v))
	case enumValue:
		c.Numbers = append(c.Numbers, float64(v.number))
	default:
		return false
	}
	return (len(c.Texts) == 0 || c.Attribute.IsText()) && (len(c.Numbers) == 0 || c.Attribute.IsNumber())
}

// in reads `attribute in [constants]` and `"key" in labels`.
func (s splitter) in(value, list ast.Expr) (Conjunct, bool) {
	if list.Kind() != ast.ListKind {
		key, ok := s.constant(value).(types.String)
		if a := (Attribute{Name: list.AsIdent(), Key: string(key)}); ok && a.isEntry() {
			return Conjunct{Attribute: a, Op: OpHas}, true
		}
		return Conjunct{}, false
	}
	a, ok := s.attribute(value)
	one := Conjunct{Attribute: a, Op: OpIn}
	for _, element := range list.AsList().Elements() {
		ok = ok && one.add(s.constant(element))
	}
	return one, ok
}

// either reads alternatives that compare one attribute in the same way.
func (s splitter) either(args []ast.Expr) (Conjunct, bool) {
	var all Conjunct
	for i, arg := range args {
		one, ok := s.conjunct(arg)
		if !ok || one.Not || !slices.Contains([]Op{OpIn, OpPrefix, OpSuffix, OpContains}, one.Op) {
			return Conjunct{}, false
		}
		if i > 0 && (one.Attribute != all.Attribute || one.Op != all.Op) {
			return Conjunct{}, false
		}
		all.Attribute, all.Op = one.Attribute, one.Op
		all.Texts = append(all.Texts, one.Texts...)
		all.Numbers = append(all.Numbers, one.Numbers...)
	}
	return all, true
}

// textCall reads `attribute.startsWith("a")` and its like.
func (s splitter) textCall(c ast.CallExpr) (Conjunct, bool) {
	ops := map[string]Op{"startsWith": OpPrefix, "endsWith": OpSuffix, "contains": OpContains, "matches": OpMatches}
	op, known := ops[c.FunctionName()]
	a, ok := s.attribute(c.Target())
	if !known || !ok || len(c.Args()) != 1 {
		return Conjunct{}, false
	}
	text, ok := s.constant(c.Args()[0]).(types.String)
	return Conjunct{Attribute: a, Op: op, Texts: []string{string(text)}}, ok && a.IsText()
}

// constant returns the value of a literal or enum name, nil for anything else.
func (s splitter) constant(e ast.Expr) ref.Val {
	switch e.Kind() { //nolint:exhaustive // nothing else is a constant
	case ast.LiteralKind:
		return e.AsLiteral()
	case ast.IdentKind:
		if r := s.checked.ReferenceMap()[e.ID()]; r != nil {
			return r.Value
		}
	}
	return nil
}

// attribute reads `event.source`, `labels.site` or `labels["site"]`.
func (s splitter) attribute(e ast.Expr) (Attribute, bool) {
	var a Attribute
	switch e.Kind() { //nolint:exhaustive // nothing else names an attribute
	case ast.IdentKind:
		a.Name = e.AsIdent()
		_, flat := s.env.flat[a.Name]
		return a, flat && (a.IsText() || a.IsNumber())
	case ast.SelectKind:
		if e.AsSelect().IsTestOnly() {
			return a, false
		}
		a = Attribute{Name: e.AsSelect().Operand().AsIdent(), Key: e.AsSelect().FieldName()}
	case ast.CallKind:
		if e.AsCall().FunctionName() != operators.Index {
			return a, false
		}
		key, ok := s.constant(e.AsCall().Args()[1]).(types.String)
		if !ok {
			return a, false
		}
		a = Attribute{Name: e.AsCall().Args()[0].AsIdent(), Key: string(key)}
	}
	return a, a.isEntry()
}

// tested reads what has() asks for.
func (s splitter) tested(sel ast.SelectExpr) (Attribute, bool) {
	if !sel.IsTestOnly() || sel.Operand().Kind() != ast.IdentKind {
		return Attribute{}, false
	}
	operand := sel.Operand().AsIdent()
	if a := (Attribute{Name: operand, Key: sel.FieldName()}); a.isEntry() {
		return a, true
	}
	a := Attribute{Name: strings.Join([]string{operand, sel.FieldName()}, ".")}
	return a, a.sort() != sortNone && a.sort() != sortEntries
}
