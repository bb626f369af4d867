package expr

import (
	"slices"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// typeOf guesses the type of an expression that is not checked yet, nil where
// it cannot tell. It needs to be right about doubles and enums only; the
// checker has the last word.
func (a *adapter) typeOf(e ast.Expr) *types.Type {
	switch e.Kind() {
	case ast.LiteralKind:
		t, _ := e.AsLiteral().Type().(*types.Type)
		return t
	case ast.IdentKind:
		return a.typeOfName(e.AsIdent())
	case ast.SelectKind:
		if e.AsSelect().IsTestOnly() {
			return types.BoolType
		}
		return a.typeOfField(a.typeOf(e.AsSelect().Operand()), e.AsSelect().FieldName())
	case ast.ListKind:
		for _, element := range e.AsList().Elements() {
			if t := a.typeOf(element); t != nil {
				return types.NewListType(t)
			}
		}
		return nil
	case ast.CallKind:
		return a.typeOfCall(e.AsCall())
	default:
		return nil
	}
}

func (a *adapter) typeOfName(name string) *types.Type {
	if t, local := a.scope[name]; local {
		return t
	}
	if t, ok := a.env.variables[name]; ok {
		return t
	}
	if enums := a.env.enums[name]; len(enums) == 1 {
		return enumType(enums[0])
	}
	return nil
}

func (a *adapter) typeOfField(operand *types.Type, field string) *types.Type {
	switch {
	case operand == nil:
		return nil
	case operand.Kind() == types.MapKind:
		return operand.Parameters()[1]
	case operand.Kind() == types.StructKind:
		if ft, ok := a.env.provider.FindStructFieldType(operand.TypeName(), field); ok {
			return ft.Type
		}
		return nil
	case operand.Kind() == types.DynKind:
		return types.DynType
	default:
		return nil
	}
}

func (a *adapter) typeOfCall(c ast.CallExpr) *types.Type {
	name := c.FunctionName()
	switch {
	case name == operators.Index:
		return a.typeOfElement(a.typeOf(c.Args()[0]))
	case isArithmetic(name), name == operators.Negate:
		return a.typeOfAny(c.Args())
	case name == operators.Conditional:
		return a.typeOfAny(c.Args()[1:])
	case name == "double":
		return types.DoubleType
	case slices.Contains([]string{"int", "size"}, name):
		return types.IntType
	case name == "string":
		return types.StringType
	default:
		return nil
	}
}

func (a *adapter) typeOfElement(t *types.Type) *types.Type {
	switch {
	case t == nil:
		return nil
	case t.Kind() == types.ListKind:
		return t.Parameters()[0]
	case t.Kind() == types.MapKind:
		return t.Parameters()[1]
	case t.Kind() == types.DynKind:
		return types.DynType
	default:
		return nil
	}
}

// typeOfAny returns the type of the operand that is no integer literal.
func (a *adapter) typeOfAny(args []ast.Expr) *types.Type {
	var result *types.Type
	for _, arg := range args {
		t := a.typeOf(arg)
		if isDouble(t) {
			return t
		}
		if result == nil || !isLiteral(arg) {
			result = t
		}
	}
	return result
}
