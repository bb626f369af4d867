package object

import (
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/structpb"
)

func (c Codec) fillMessage(m protoreflect.Message, object map[string]any) error {
	extra := map[string]any{}
	for key, value := range object {
		field := c.fieldOf(m, key)
		if field == nil || field.Name() == extraField || !c.fillField(m, field, value) {
			extra[key] = value
		}
	}
	keeper := m.Descriptor().Fields().ByName(extraField)
	if len(extra) == 0 || keeper == nil {
		return nil
	}
	kept, err := structpb.NewStruct(extra)
	if err != nil {
		return fmt.Errorf("cannot be kept: %w", err)
	}
	m.Set(keeper, protoreflect.ValueOfMessage(kept.ProtoReflect()))
	return nil
}

// fillField reports whether the field can hold the value. An empty list is left
// to `extra`, because a field would not tell it from none; who reads leniently
// does not ask.
func (c Codec) fillField(m protoreflect.Message, field protoreflect.FieldDescriptor, value any) bool {
	if c.Lenient && isNothing(field, value) {
		return true
	}
	if field.IsList() {
		return c.fillList(m, field, value)
	}
	read, ok := c.fieldValue(field, m.NewField, value)
	if ok {
		m.Set(field, read)
	}
	return ok
}

func (c Codec) fillList(m protoreflect.Message, field protoreflect.FieldDescriptor, value any) bool {
	items, ok := value.([]any)
	if !ok || len(items) == 0 {
		return false
	}
	list := m.NewField(field).List()
	element := func(protoreflect.FieldDescriptor) protoreflect.Value { return list.NewElement() }
	for _, item := range items {
		read, ok := c.fieldValue(field, element, item)
		if !ok {
			return false
		}
		list.Append(read)
	}
	m.Set(field, protoreflect.ValueOfList(list))
	return true
}

// empty returns a new value of a field that is a message, or an element of one
// that is a list of them.
type empty func(protoreflect.FieldDescriptor) protoreflect.Value

func (c Codec) fieldValue(field protoreflect.FieldDescriptor, empty empty, value any) (protoreflect.Value, bool) {
	if c.Lenient {
		value = lenient(field, value)
	}
	switch field.Kind() {
	case protoreflect.StringKind:
		text, ok := value.(string)
		return protoreflect.ValueOfString(text), ok
	case protoreflect.BoolKind:
		flag, ok := value.(bool)
		return protoreflect.ValueOfBool(flag), ok
	case protoreflect.DoubleKind:
		number, ok := numberIn(value)
		return protoreflect.ValueOfFloat64(number), ok
	case protoreflect.Int64Kind:
		whole, ok := wholeNumber(value, -MaxExact, MaxExact)
		return protoreflect.ValueOfInt64(whole), ok
	case protoreflect.EnumKind:
		text, ok := value.(string)
		number, known := c.numberOf(field.Enum(), text)
		return protoreflect.ValueOfEnum(number), ok && known
	case protoreflect.MessageKind:
		return c.messageValue(field, empty, value)
	default:
		return protoreflect.Value{}, false
	}
}

func (c Codec) messageValue(field protoreflect.FieldDescriptor, empty empty, value any) (protoreflect.Value, bool) {
	var read proto.Message
	var ok bool
	switch field.Message().FullName() {
	case "google.protobuf.Timestamp":
		read, ok = c.timestampOf(value)
	case "google.protobuf.Duration":
		read, ok = c.durationOf(value)
	case "google.protobuf.Value":
		kept, err := structpb.NewValue(value)
		read, ok = kept, err == nil
	default:
		object, isObject := value.(map[string]any)
		if !isObject {
			return protoreflect.Value{}, false
		}
		return c.objectValue(field, empty, object)
	}
	if !ok {
		return protoreflect.Value{}, false
	}
	return protoreflect.ValueOfMessage(read.ProtoReflect()), true
}

func (c Codec) objectValue(
	field protoreflect.FieldDescriptor, empty empty, object map[string]any,
) (protoreflect.Value, bool) {
	if field.Message().FullName() == "google.protobuf.Struct" {
		kept, err := structpb.NewStruct(object)
		return protoreflect.ValueOfMessage(kept.ProtoReflect()), err == nil
	}
	inner := empty(field)
	return inner, c.fillMessage(inner.Message(), object) == nil
}
