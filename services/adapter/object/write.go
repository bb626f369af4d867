package object

import (
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

func (c Codec) objectOf(m protoreflect.Message) (map[string]any, error) {
	object := map[string]any{}
	if extra := m.Descriptor().Fields().ByName(extraField); extra != nil {
		if kept, ok := m.Get(extra).Message().Interface().(*structpb.Struct); ok {
			object = kept.AsMap()
		}
	}
	var failure error
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		if field.Name() == extraField {
			return true
		}
		object[c.keyOf(field)], failure = c.plainField(field, value)
		return failure == nil
	})
	return object, failure
}

func (c Codec) plainField(field protoreflect.FieldDescriptor, value protoreflect.Value) (any, error) {
	if !field.IsList() {
		return c.plainValue(field, value)
	}
	items := make([]any, 0, value.List().Len())
	for i := range value.List().Len() {
		item, err := c.plainValue(field, value.List().Get(i))
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}

func (c Codec) plainValue(field protoreflect.FieldDescriptor, value protoreflect.Value) (any, error) {
	if field.Kind() == protoreflect.EnumKind {
		word := c.wordOf(field.Enum().Values().ByNumber(value.Enum()))
		if word == "" {
			return nil, errNoWord(field, value.Enum())
		}
		return word, nil
	}
	if field.Kind() != protoreflect.MessageKind {
		return value.Interface(), nil
	}
	switch inner := value.Message().Interface().(type) {
	case *timestamppb.Timestamp:
		return inner.GetSeconds(), nil
	case *durationpb.Duration:
		return inner.GetSeconds(), nil
	case *structpb.Struct:
		return inner.AsMap(), nil
	case *structpb.Value:
		return inner.AsInterface(), nil
	default:
		return c.objectOf(value.Message())
	}
}
