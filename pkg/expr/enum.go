package expr

import (
	"fmt"
	"reflect"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// enumValue is a value of a proto enum. Each enum is a type of its own, so
// that `event.vendor == CRITICAL` does not compile.
type enumValue struct {
	enum   *types.Type
	name   string
	number protoreflect.EnumNumber
}

// enumType returns the CEL type of an enum.
func enumType(ed protoreflect.EnumDescriptor) *types.Type {
	return types.NewOpaqueType(string(ed.FullName()))
}

// newEnumValue returns the value with the given number; a number that the
// enum does not know is named by its digits.
func newEnumValue(ed protoreflect.EnumDescriptor, number protoreflect.EnumNumber) enumValue {
	name := fmt.Sprint(number)
	if vd := ed.Values().ByNumber(number); vd != nil {
		name = shortName(ed, vd)
	}
	return enumValue{enum: enumType(ed), name: name, number: number}
}

// shortName returns the value's name without the prefix that repeats the
// enum's name.
func shortName(ed protoreflect.EnumDescriptor, vd protoreflect.EnumValueDescriptor) string {
	var prefix strings.Builder
	for i, r := range string(ed.Name()) {
		if i > 0 && r >= 'A' && r <= 'Z' {
			prefix.WriteByte('_')
		}
		prefix.WriteRune(r)
	}
	return strings.TrimPrefix(string(vd.Name()), strings.ToUpper(prefix.String())+"_")
}

// ConvertToNative returns the enum's number as the asked integer type.
func (v enumValue) ConvertToNative(desc reflect.Type) (any, error) {
	return types.Int(v.number).ConvertToNative(desc)
}

// ConvertToType gives the value's name as a string.
func (v enumValue) ConvertToType(t ref.Type) ref.Val {
	switch t {
	case types.StringType:
		return types.String(v.name)
	case types.TypeType:
		return v.enum
	default:
		return types.NewErr("no conversion from %s to %s", v.enum.TypeName(), t.TypeName())
	}
}

// Equal holds for the same value of the same enum.
func (v enumValue) Equal(other ref.Val) ref.Val {
	o, ok := other.(enumValue)
	return types.Bool(ok && o.number == v.number && o.enum.TypeName() == v.enum.TypeName())
}

// Type returns the enum's type.
func (v enumValue) Type() ref.Type { return v.enum }

// Value returns the value's name without prefix.
func (v enumValue) Value() any { return v.name }
