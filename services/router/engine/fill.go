package engine

import (
	"errors"
	"fmt"
	"math"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/expr"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// errNoNumber is the error of a number that JSON and the vendors do not have.
var errNoNumber = errors.New("it is not a number")

// filler fills the operation of one action with the values of one event.
type filler struct {
	operation protoreflect.Message
	vars      expr.Vars
	spec      *rule.ActionSpec
	suffix    string // of the text of the target, empty for none
	target    string // that text, once it is known
}

// field fills in one value. One without a value is a fault: an action on
// nothing is not asked for.
func (f *filler) field(field *rule.Field) error {
	value, err := f.value(field)
	if err != nil && field.Tree != nil {
		return err // names the place within
	}
	if err != nil {
		return fmt.Errorf("%s: %w", field.Path, err)
	}
	switch fd := field.Descriptor; {
	case fd.IsMap():
		f.operation.Mutable(fd).Map().Set(protoreflect.ValueOfString(field.Key).MapKey(), value)
	case fd.IsList():
		f.operation.Mutable(fd).List().Append(value)
	default:
		f.operation.Set(fd, value)
	}
	return nil
}

func (f *filler) value(field *rule.Field) (protoreflect.Value, error) {
	switch {
	case field.Text != nil:
		text, err := f.text(field)
		return protoreflect.ValueOfString(text), err
	case field.Tree != nil:
		return f.configuration(field.Tree)
	case field.Value == nil:
		return owned(field.Fixed), nil
	case field.Descriptor.Kind() == protoreflect.DoubleKind:
		number, err := field.Value.Number(f.vars)
		if err == nil && (math.IsNaN(number) || math.IsInf(number, 0)) {
			err = errNoNumber
		}
		return protoreflect.ValueOfFloat64(number), err
	default:
		at, err := field.Value.Time(f.vars, time.UTC)
		return protoreflect.ValueOfMessage(timestamppb.New(capped(at)).ProtoReflect()), err
	}
}

// owned returns a value that only this operation has.
func owned(v protoreflect.Value) protoreflect.Value {
	if m, ok := v.Interface().(protoreflect.Message); ok {
		return protoreflect.ValueOfMessage(proto.Clone(m.Interface()).ProtoReflect())
	}
	return v
}

// text returns a text. That of the target becomes part of it.
func (f *filler) text(field *rule.Field) (string, error) {
	text, err := field.Text.Text(f.vars)
	if err == nil && text == "" && !field.MayBeEmpty {
		err = errEmpty
	}
	if err == nil && field.Path == f.spec.Target {
		text += f.suffix
		f.target = text
	}
	return text, err
}

// configuration returns an object of the vendor.
func (f *filler) configuration(tree *rule.Tree) (protoreflect.Value, error) {
	value, err := f.tree(tree)
	if err != nil {
		return protoreflect.Value{}, err
	}
	return protoreflect.ValueOfMessage(value.GetStructValue().ProtoReflect()), nil
}

func (f *filler) tree(t *rule.Tree) (*structpb.Value, error) {
	switch {
	case t.IsObject:
		object := &structpb.Struct{Fields: make(map[string]*structpb.Value, len(t.Members))}
		for _, member := range t.Members {
			value, err := f.tree(member.Value)
			if err != nil {
				return nil, err
			}
			object.Fields[member.Name] = value
		}
		return structpb.NewStructValue(object), nil
	case t.IsList:
		list := &structpb.ListValue{Values: make([]*structpb.Value, len(t.Items))}
		for i, item := range t.Items {
			value, err := f.tree(item)
			if err != nil {
				return nil, err
			}
			list.Values[i] = value
		}
		return structpb.NewListValue(list), nil
	case t.Text != nil:
		text, err := t.Text.Text(f.vars)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.Path, err)
		}
		return structpb.NewStringValue(text), nil
	default:
		return structpb.NewValue(t.Fixed)
	}
}
