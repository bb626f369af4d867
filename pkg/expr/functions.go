package expr

import (
	"reflect"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// maxTextBytes bounds what a function may build, so that nested replaces
// cannot multiply a text beyond all memory.
const maxTextBytes = 64 << 10

// divide replaces CEL's division, which gives an infinity for x/0.0.
func divide() cel.EnvOption {
	return cel.Function("_/_",
		cel.Overload(overloads.DivideDouble, []*cel.Type{cel.DoubleType, cel.DoubleType}, cel.DoubleType,
			cel.BinaryBinding(func(a, b ref.Val) ref.Val {
				if b.(types.Double) == 0 {
					return types.WrapErr(ErrDivisionByZero)
				}
				return a.(types.Double).Divide(b)
			})),
		cel.Overload(overloads.DivideInt64, []*cel.Type{cel.IntType, cel.IntType}, cel.IntType,
			cel.BinaryBinding(func(a, b ref.Val) ref.Val {
				if b.(types.Int) == 0 {
					return types.WrapErr(ErrDivisionByZero)
				}
				return a.(types.Int).Divide(b)
			})),
	)
}

// textFunctions are the member functions of strings and string lists beyond
// CEL's own. Each bounds what it builds.
func textFunctions() []cel.EnvOption {
	s, n, list := cel.StringType, cel.IntType, cel.ListType(cel.StringType)
	return []cel.EnvOption{
		member("lowerAscii", []*cel.Type{s}, s, func(a []ref.Val) ref.Val {
			return types.String(mapASCII(text(a[0]), 'A', 'Z', 'a'-'A'))
		}),
		member("upperAscii", []*cel.Type{s}, s, func(a []ref.Val) ref.Val {
			return types.String(mapASCII(text(a[0]), 'a', 'z', 'A'-'a'))
		}),
		member("trim", []*cel.Type{s}, s, func(a []ref.Val) ref.Val {
			return types.String(strings.TrimSpace(text(a[0])))
		}),
		member("split", []*cel.Type{s, s}, list, func(a []ref.Val) ref.Val {
			return texts(strings.Split(text(a[0]), text(a[1])))
		}),
		member("split", []*cel.Type{s, s, n}, list, func(a []ref.Val) ref.Val {
			return texts(strings.SplitN(text(a[0]), text(a[1]), int(a[2].(types.Int))))
		}),
		member("replace", []*cel.Type{s, s, s}, s, func(a []ref.Val) ref.Val {
			return replace(text(a[0]), text(a[1]), text(a[2]))
		}),
		member("indexOf", []*cel.Type{s, s}, n, func(a []ref.Val) ref.Val {
			return indexOf(text(a[0]), text(a[1]))
		}),
		member("substring", []*cel.Type{s, n}, s, func(a []ref.Val) ref.Val {
			runes := []rune(text(a[0]))
			return substring(runes, int64(a[1].(types.Int)), int64(len(runes)))
		}),
		member("substring", []*cel.Type{s, n, n}, s, func(a []ref.Val) ref.Val {
			return substring([]rune(text(a[0])), int64(a[1].(types.Int)), int64(a[2].(types.Int)))
		}),
		member("join", []*cel.Type{list, s}, s, func(a []ref.Val) ref.Val { return join(a[0], text(a[1])) }),
	}
}

// member declares one member function; the overload's name follows from the
// types of its arguments.
func member(name string, args []*cel.Type, result *cel.Type, call func([]ref.Val) ref.Val) cel.EnvOption {
	id := []string{name}
	for _, arg := range args {
		id = append(id, arg.TypeName())
	}
	return cel.Function(name, cel.MemberOverload(strings.Join(id, "_"), args, result,
		cel.FunctionBinding(func(values ...ref.Val) ref.Val { return call(values) })))
}

func text(v ref.Val) string { return string(v.(types.String)) }

func texts(list []string) ref.Val { return types.DefaultTypeAdapter.NativeToValue(list) }

func mapASCII(s string, from, to rune, shift rune) string {
	return strings.Map(func(r rune) rune {
		if r >= from && r <= to {
			return r + shift
		}
		return r
	}, s)
}

func replace(s, from, to string) ref.Val {
	if len(s)+strings.Count(s, from)*len(to) > maxTextBytes {
		return types.WrapErr(errTooLarge)
	}
	return types.String(strings.ReplaceAll(s, from, to))
}

func indexOf(s, part string) ref.Val {
	before, _, found := strings.Cut(s, part)
	if !found {
		return types.Int(-1)
	}
	return types.Int(utf8.RuneCountInString(before))
}

func substring(runes []rune, from, to int64) ref.Val {
	if from < 0 || to < from || to > int64(len(runes)) {
		return types.NewErr("substring from %d to %d of a text of %d characters", from, to, len(runes))
	}
	return types.String(runes[from:to])
}

func join(list ref.Val, separator string) ref.Val {
	native, err := list.ConvertToNative(reflect.TypeFor[[]string]())
	if err != nil {
		return types.WrapErr(err)
	}
	parts := native.([]string)
	size := len(separator) * len(parts)
	for _, part := range parts {
		size += len(part)
	}
	if size > maxTextBytes {
		return types.WrapErr(errTooLarge)
	}
	return types.String(strings.Join(parts, separator))
}
