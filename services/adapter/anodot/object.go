package anodot

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

const (
	// maxDepth bounds how deep an object may nest: what is kept of it must fit
	// into a message that its reader can decode.
	maxDepth = 64
	// maxExact is the greatest integer that a JSON number holds exactly.
	maxExact = 1 << 53
	// extraField keeps what an object has beyond the fields of its message.
	extraField = "extra"
)

// readObject fills the message with the vendor's JSON object. A field takes the
// value of its name if it can give it back as it came; anything else goes to
// `extra`, so that writeObject restores the object.
func readObject(record json.RawMessage, m proto.Message) error {
	object, err := parseObject(record)
	if err != nil {
		return err
	}
	return fillMessage(m.ProtoReflect(), object)
}

// parseObject decodes an object that nests no deeper than can be passed on.
func parseObject(record json.RawMessage) (map[string]any, error) {
	var object map[string]any
	if err := json.Unmarshal(record, &object); err != nil {
		return nil, fmt.Errorf("is no object: %w", err)
	}
	if object == nil {
		return nil, errors.New("is no object")
	}
	if !isShallow(object, maxDepth) {
		return nil, fmt.Errorf("nests deeper than %d levels", maxDepth)
	}
	return object, nil
}

func isShallow(value any, depth int) bool {
	if depth == 0 {
		return false
	}
	switch v := value.(type) {
	case map[string]any:
		for _, inner := range v {
			if !isShallow(inner, depth-1) {
				return false
			}
		}
	case []any:
		for _, inner := range v {
			if !isShallow(inner, depth-1) {
				return false
			}
		}
	}
	return true
}

func fillMessage(m protoreflect.Message, object map[string]any) error {
	extra := map[string]any{}
	for key, value := range object {
		field := m.Descriptor().Fields().ByJSONName(key)
		if field == nil || field.Name() == extraField || !fillField(m, field, value) {
			extra[key] = value
		}
	}
	if len(extra) == 0 {
		return nil
	}
	kept, err := structpb.NewStruct(extra)
	if err != nil {
		return fmt.Errorf("cannot be kept: %w", err)
	}
	m.Set(m.Descriptor().Fields().ByName(extraField), protoreflect.ValueOfMessage(kept.ProtoReflect()))
	return nil
}

// fillField reports whether the field can hold the value. An empty list is left
// to `extra`, because a field would not tell it from none.
func fillField(m protoreflect.Message, field protoreflect.FieldDescriptor, value any) bool {
	if !field.IsList() {
		read, ok := fieldValue(field, m.NewField, value)
		if ok {
			m.Set(field, read)
		}
		return ok
	}
	items, ok := value.([]any)
	if !ok || len(items) == 0 {
		return false
	}
	list := m.NewField(field).List()
	element := func(protoreflect.FieldDescriptor) protoreflect.Value { return list.NewElement() }
	for _, item := range items {
		read, ok := fieldValue(field, element, item)
		if !ok {
			return false
		}
		list.Append(read)
	}
	m.Set(field, protoreflect.ValueOfList(list))
	return true
}

func fieldValue(
	field protoreflect.FieldDescriptor, empty func(protoreflect.FieldDescriptor) protoreflect.Value, value any,
) (protoreflect.Value, bool) {
	switch field.Kind() {
	case protoreflect.StringKind:
		text, ok := value.(string)
		return protoreflect.ValueOfString(text), ok
	case protoreflect.BoolKind:
		flag, ok := value.(bool)
		return protoreflect.ValueOfBool(flag), ok
	case protoreflect.DoubleKind:
		number, ok := value.(float64)
		return protoreflect.ValueOfFloat64(number), ok
	case protoreflect.Int64Kind:
		whole, ok := wholeNumber(value, -maxExact, maxExact)
		return protoreflect.ValueOfInt64(whole), ok
	case protoreflect.EnumKind:
		text, ok := value.(string)
		number, known := numberOf(field.Enum(), text)
		return protoreflect.ValueOfEnum(number), ok && known
	case protoreflect.MessageKind:
		return messageValue(field, empty, value)
	default:
		return protoreflect.Value{}, false
	}
}

func messageValue(
	field protoreflect.FieldDescriptor, empty func(protoreflect.FieldDescriptor) protoreflect.Value, value any,
) (protoreflect.Value, bool) {
	var read proto.Message
	switch field.Message().FullName() {
	case "google.protobuf.Timestamp":
		seconds, ok := wholeNumber(value, 0, latestEpoch)
		if !ok {
			return protoreflect.Value{}, false
		}
		read = &timestamppb.Timestamp{Seconds: seconds}
	case "google.protobuf.Duration":
		seconds, ok := wholeNumber(value, 0, latestEpoch)
		if !ok {
			return protoreflect.Value{}, false
		}
		read = &durationpb.Duration{Seconds: seconds}
	case "google.protobuf.Value":
		kept, err := structpb.NewValue(value)
		if err != nil {
			return protoreflect.Value{}, false
		}
		read = kept
	default:
		object, ok := value.(map[string]any)
		if !ok {
			return protoreflect.Value{}, false
		}
		return objectValue(field, empty, object)
	}
	return protoreflect.ValueOfMessage(read.ProtoReflect()), true
}

func objectValue(
	field protoreflect.FieldDescriptor, empty func(protoreflect.FieldDescriptor) protoreflect.Value, object map[string]any,
) (protoreflect.Value, bool) {
	if field.Message().FullName() == "google.protobuf.Struct" {
		kept, err := structpb.NewStruct(object)
		return protoreflect.ValueOfMessage(kept.ProtoReflect()), err == nil
	}
	inner := empty(field)
	return inner, fillMessage(inner.Message(), object) == nil
}

func wholeNumber(value any, least, most float64) (int64, bool) {
	number, ok := value.(float64)
	if !ok || number != math.Trunc(number) || number < least || number > most {
		return 0, false
	}
	return int64(number), true
}

// writeObject returns the vendor's object that the message stands for. It
// fails at a value of an enumeration that the vendor has no word for.
func writeObject(m proto.Message) (map[string]any, error) {
	return objectOfMessage(m.ProtoReflect())
}

func objectOfMessage(m protoreflect.Message) (map[string]any, error) {
	object := map[string]any{}
	extra := m.Descriptor().Fields().ByName(extraField)
	if kept, ok := m.Get(extra).Message().Interface().(*structpb.Struct); ok {
		object = kept.AsMap()
	}
	var failure error
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		if field.Name() == extraField {
			return true
		}
		object[field.JSONName()], failure = plainField(field, value)
		return failure == nil
	})
	return object, failure
}

func plainField(field protoreflect.FieldDescriptor, value protoreflect.Value) (any, error) {
	if !field.IsList() {
		return plainValue(field, value)
	}
	items := make([]any, 0, value.List().Len())
	for i := range value.List().Len() {
		item, err := plainValue(field, value.List().Get(i))
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}

func plainValue(field protoreflect.FieldDescriptor, value protoreflect.Value) (any, error) {
	if field.Kind() == protoreflect.EnumKind {
		word := wordOf(field.Enum(), value.Enum())
		if word == "" {
			return nil, fmt.Errorf("%s is %d, for which the vendor has no word", field.Name(), value.Enum())
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
		return objectOfMessage(value.Message())
	}
}
