package expr

import (
	"fmt"
	"reflect"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// provider tells CEL which fields messages have and reads them. It differs
// from CEL's own in three ways: an enum is a type of its own, a field with
// presence that is not set has no value instead of its default, and messages
// cannot be built.
type provider struct {
	*types.Registry
}

func newProvider() (*provider, error) {
	registry, err := types.NewRegistry()
	if err != nil {
		return nil, fmt.Errorf("create type registry: %w", err)
	}
	return &provider{Registry: registry}, nil
}

// NativeToValue wraps messages, which the registry behind does not know.
func (p *provider) NativeToValue(value any) ref.Val {
	if m, ok := value.(proto.Message); ok {
		return message{Message: m}
	}
	return p.Registry.NativeToValue(value)
}

// FindStructType returns the type of a message.
func (p *provider) FindStructType(structType string) (*types.Type, bool) {
	md := findMessage(structType)
	if md == nil {
		return nil, false
	}
	return types.NewTypeTypeWithParam(messageType(md)), true
}

// FindStructFieldType returns how the field is typed and read.
func (p *provider) FindStructFieldType(structType, field string) (*types.FieldType, bool) {
	fd := findField(structType, field)
	if fd == nil {
		return nil, false
	}
	return &types.FieldType{
		Type: fieldType(fd),
		IsSet: func(target any) bool {
			m, ok := target.(proto.Message)
			return ok && hasField(m.ProtoReflect(), fd)
		},
		GetFrom: func(target any) (any, error) {
			m, ok := target.(proto.Message)
			if !ok {
				return nil, fmt.Errorf("read %s: %T is no message", field, target)
			}
			return p.field(m.ProtoReflect(), fd)
		},
	}, true
}

// FindStructFieldNames returns the names of the message's fields.
func (p *provider) FindStructFieldNames(structType string) ([]string, bool) {
	md := findMessage(structType)
	if md == nil {
		return nil, false
	}
	return fieldNames(md), true
}

// field reads one field as a CEL value, or as a message for CEL to read on.
func (p *provider) field(m protoreflect.Message, fd protoreflect.FieldDescriptor) (any, error) {
	if fd.HasPresence() && !m.Has(fd) {
		return nil, absent(string(fd.Name()))
	}
	value := m.Get(fd)
	switch {
	case fd.IsMap():
		return p.mapValue(value.Map(), fd), nil
	case fd.IsList():
		list := value.List()
		elements := make([]ref.Val, list.Len())
		for i := range elements {
			elements[i] = p.NativeToValue(scalar(fd, list.Get(i)))
		}
		return types.NewRefValList(p, elements), nil
	default:
		return scalar(fd, value), nil
	}
}

// mapValue hands the two sorts of map that events have to CEL as they are.
func (p *provider) mapValue(m protoreflect.Map, fd protoreflect.FieldDescriptor) any {
	values := make(map[string]any, m.Len())
	m.Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
		values[k.String()] = scalar(fd.MapValue(), v)
		return true
	})
	return values
}

// scalar returns a single value: a CEL value or a message.
func scalar(fd protoreflect.FieldDescriptor, v protoreflect.Value) any {
	switch fd.Kind() {
	case protoreflect.BoolKind:
		return types.Bool(v.Bool())
	case protoreflect.StringKind:
		return types.String(v.String())
	case protoreflect.BytesKind:
		return types.Bytes(v.Bytes())
	case protoreflect.DoubleKind, protoreflect.FloatKind:
		return types.Double(v.Float())
	case protoreflect.EnumKind:
		return newEnumValue(fd.Enum(), v.Enum())
	case protoreflect.Uint32Kind, protoreflect.Uint64Kind, protoreflect.Fixed32Kind, protoreflect.Fixed64Kind:
		return types.Int(v.Uint())
	case protoreflect.MessageKind, protoreflect.GroupKind:
		switch known := v.Message().Interface().(type) {
		case *timestamppb.Timestamp:
			return types.Timestamp{Time: known.AsTime()}
		case *durationpb.Duration:
			return types.Duration{Duration: known.AsDuration()}
		default:
			return known
		}
	default:
		return types.Int(v.Int())
	}
}

// fieldType returns the CEL type of a field. Unsigned integers are integers:
// a second sort would not compare with the literals people write.
func fieldType(fd protoreflect.FieldDescriptor) *types.Type {
	switch {
	case fd.IsMap():
		return types.NewMapType(types.StringType, scalarType(fd.MapValue()))
	case fd.IsList():
		return types.NewListType(scalarType(fd))
	default:
		return scalarType(fd)
	}
}

func scalarType(fd protoreflect.FieldDescriptor) *types.Type {
	switch fd.Kind() {
	case protoreflect.BoolKind:
		return types.BoolType
	case protoreflect.StringKind:
		return types.StringType
	case protoreflect.BytesKind:
		return types.BytesType
	case protoreflect.DoubleKind, protoreflect.FloatKind:
		return types.DoubleType
	case protoreflect.EnumKind:
		return enumType(fd.Enum())
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return messageType(fd.Message())
	default:
		return types.IntType
	}
}

func messageType(md protoreflect.MessageDescriptor) *types.Type {
	switch md.FullName() {
	case "google.protobuf.Timestamp":
		return types.TimestampType
	case "google.protobuf.Duration":
		return types.DurationType
	default:
		return types.NewObjectType(string(md.FullName()))
	}
}

// hasField answers has(): a number or bool is there with its message, a text
// or enum when it says something, anything else when it is set.
func hasField(m protoreflect.Message, fd protoreflect.FieldDescriptor) bool {
	if !m.IsValid() {
		return false
	}
	if fd.HasPresence() || fd.IsMap() || fd.IsList() {
		return m.Has(fd)
	}
	switch fd.Kind() {
	case protoreflect.StringKind, protoreflect.BytesKind, protoreflect.EnumKind:
		return m.Has(fd)
	default:
		return true
	}
}

func findMessage(name string) protoreflect.MessageDescriptor {
	mt, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(name))
	if err != nil {
		return nil
	}
	return mt.Descriptor()
}

func findField(structType, field string) protoreflect.FieldDescriptor {
	md := findMessage(structType)
	if md == nil {
		return nil
	}
	return md.Fields().ByName(protoreflect.Name(field))
}

func fieldNames(md protoreflect.MessageDescriptor) []string {
	names := make([]string, md.Fields().Len())
	for i := range names {
		names[i] = string(md.Fields().Get(i).Name())
	}
	return names
}

// message is a proto message as a CEL value.
type message struct {
	proto.Message
}

// ConvertToNative returns the message itself.
func (m message) ConvertToNative(desc reflect.Type) (any, error) {
	if reflect.TypeOf(m.Message).AssignableTo(desc) {
		return m.Message, nil
	}
	return nil, fmt.Errorf("no conversion from message to %v", desc)
}

// ConvertToType refuses: a message stays one.
func (m message) ConvertToType(t ref.Type) ref.Val {
	return types.NewErr("no conversion from message to %s", t.TypeName())
}

// Equal compares content.
func (m message) Equal(other ref.Val) ref.Val {
	o, ok := other.(message)
	return types.Bool(ok && proto.Equal(m.Message, o.Message))
}

// Type returns the message's type.
func (m message) Type() ref.Type {
	return messageType(m.ProtoReflect().Descriptor())
}

// Value returns the message.
func (m message) Value() any { return m.Message }
