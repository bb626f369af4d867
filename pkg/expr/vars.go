package expr

import (
	"encoding/json"
	"reflect"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/signalbox-io/signalbox/pkg/event"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// Vars are the values that an expression reads. They keep what they have read
// once and so belong to one goroutine at a time; what they were made of must
// not change meanwhile. The zero Vars have no variables.
type Vars struct {
	activation cel.Activation
}

// EventVars are the variables of expressions made by [Event], [Rule] and
// their templates. `paused` has no value in them.
func EventVars(e *eventv1.Event) Vars {
	env, err := eventEnvironment()
	if err != nil {
		return Vars{}
	}
	return Vars{activation: &eventActivation{env: env, event: e, values: make([]any, len(env.flat))}}
}

// WithPaused returns v with a value for `paused`: what the function says each
// time an expression reads it, nil meaning that there is none. What v has read
// of the event is shared. Variables of no event stay as they are.
func (v Vars) WithPaused(paused func() bool) Vars {
	a, ok := v.activation.(*eventActivation)
	if !ok {
		return v
	}
	with := *a
	with.paused = paused
	return Vars{activation: &with}
}

// MessageVars are the variables of an expression made by [Message] with the
// same name.
func MessageVars(name string, m proto.Message) Vars {
	return Vars{activation: single{name: name, value: m}}
}

// RowVars are the variables of an expression made by [Row]. Numbers become
// doubles, a nil is an absent column.
func RowVars(row map[string]any) Vars {
	values := make(map[string]any, len(row))
	for name, value := range row {
		if value != nil {
			values[name] = rowValue(value)
		}
	}
	return Vars{activation: single{name: "row", value: values}}
}

func rowValue(value any) any {
	if n, ok := value.(json.Number); ok {
		if f, err := n.Float64(); err == nil {
			return f
		}
		return n.String()
	}
	v := reflect.ValueOf(value)
	switch {
	case v.CanInt() && v.Type().PkgPath() == "":
		return float64(v.Int())
	case v.CanUint():
		return float64(v.Uint())
	case v.Kind() == reflect.Float32:
		return v.Float()
	default:
		return value
	}
}

// single is one variable.
type single struct {
	name  string
	value any
}

// ResolveName returns the variable's value.
func (s single) ResolveName(name string) (any, bool) {
	return s.value, name == s.name
}

// Parent returns nil: there is nothing behind.
func (s single) Parent() cel.Activation { return nil }

// eventActivation reads an event field by field and keeps what it read.
type eventActivation struct {
	env    *environment
	event  *eventv1.Event
	values []any
	paused func() bool // nil: nobody knows
}

// Parent returns nil: there is nothing behind.
func (a *eventActivation) Parent() cel.Activation { return nil }

// ResolveName returns the field or message of that name.
func (a *eventActivation) ResolveName(name string) (any, bool) {
	if field, ok := a.env.flat[name]; ok {
		value := a.values[field.slot]
		if value == nil {
			value = a.read(name, field)
			a.values[field.slot] = value
		}
		return value, true
	}
	switch name {
	case pausedName:
		if a.paused == nil {
			return absentValue(name), true
		}
		return types.Bool(a.paused()), true
	case "labels":
		return a.event.GetLabels(), true
	case "event":
		return a.event, true
	case string(event.KindAnomaly):
		return a.event.GetAnomaly(), true
	case string(event.KindFeedback):
		return a.event.GetFeedback(), true
	case string(event.KindTraffic):
		return a.event.GetTraffic(), true
	default:
		return nil, false
	}
}

func (a *eventActivation) read(name string, field flatField) any {
	switch name {
	case "event.labels":
		return a.event.GetLabels()
	case "traffic.measures":
		return a.event.GetTraffic().GetMeasures()
	}
	m := a.message(field.kind)
	if !m.IsValid() || field.fd.HasPresence() && !m.Has(field.fd) {
		return absentValue(name)
	}
	value := scalar(field.fd, m.Get(field.fd))
	if v, ok := value.(ref.Val); ok {
		return v
	}
	return types.NewErr("%s is no value", name)
}

func (a *eventActivation) message(kind event.Kind) protoreflect.Message {
	switch kind {
	case event.KindAnomaly:
		return a.event.GetAnomaly().ProtoReflect()
	case event.KindFeedback:
		return a.event.GetFeedback().ProtoReflect()
	case event.KindTraffic:
		return a.event.GetTraffic().ProtoReflect()
	default:
		return a.event.ProtoReflect()
	}
}
