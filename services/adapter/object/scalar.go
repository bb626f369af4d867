package object

import (
	"encoding/json"
	"math"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// isNothing reports whether a value says that there is none, in one of the ways
// that untyped languages have for it.
func isNothing(field protoreflect.FieldDescriptor, value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case []any:
		return field.IsList() && len(v) == 0
	case bool:
		return !v && field.Kind() != protoreflect.BoolKind && !isMessage(field, "google.protobuf.Value")
	case string:
		return v == "" && !isMessage(field, "google.protobuf.Value")
	case json.Number:
		return v == "0" && isMessage(field, "google.protobuf.Timestamp")
	default:
		return false
	}
}

func isMessage(field protoreflect.FieldDescriptor, name protoreflect.FullName) bool {
	return field.Kind() == protoreflect.MessageKind && field.Message().FullName() == name
}

// lenient returns the value in the form that the field documents, if it comes
// in another one.
func lenient(field protoreflect.FieldDescriptor, value any) any {
	switch field.Kind() {
	case protoreflect.StringKind:
		if number, ok := value.(json.Number); ok {
			return number.String()
		}
	case protoreflect.BoolKind:
		return flagIn(value)
	case protoreflect.DoubleKind, protoreflect.Int64Kind:
		return numberOfText(value)
	case protoreflect.MessageKind:
		if isMessage(field, "google.protobuf.Timestamp") || isMessage(field, "google.protobuf.Duration") {
			return numberOfText(value)
		}
	default:
	}
	return value
}

func numberOfText(value any) any {
	if text, ok := value.(string); ok {
		return json.Number(strings.TrimSpace(text))
	}
	return value
}

func flagIn(value any) any {
	var text string
	switch v := value.(type) {
	case string:
		text = strings.ToLower(strings.TrimSpace(v))
	case json.Number:
		text = v.String()
	default:
		return value
	}
	switch text {
	case "true", "1":
		return true
	case "false", "0":
		return false
	default:
		return value
	}
}

func wholeNumber(value any, least, most float64) (int64, bool) {
	number, ok := numberIn(value)
	if !ok || number != math.Trunc(number) || number < least || number > most {
		return 0, false
	}
	return int64(number), true
}

// secondsOf reads seconds. Parts of a second, which could not be written back,
// are for lenient readers.
func (c Codec) secondsOf(value any) (whole int64, nanos int32, ok bool) {
	seconds, ok := numberIn(value)
	if !ok || seconds < 0 || seconds > LatestEpoch || !c.Lenient && seconds != math.Trunc(seconds) {
		return 0, 0, false
	}
	entire, fraction := math.Modf(seconds)
	return int64(entire), int32(fraction * 1e9), true
}

func (c Codec) timestampOf(value any) (*timestamppb.Timestamp, bool) {
	seconds, nanos, ok := c.secondsOf(value)
	return &timestamppb.Timestamp{Seconds: seconds, Nanos: nanos}, ok
}

func (c Codec) durationOf(value any) (*durationpb.Duration, bool) {
	seconds, nanos, ok := c.secondsOf(value)
	return &durationpb.Duration{Seconds: seconds, Nanos: nanos}, ok
}
