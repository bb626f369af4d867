package query

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
)

func actionGet() get[*actionv1.Action] {
	return get[*actionv1.Action]{
		noun: "action", describe: describeAction,
		fetch: func(ctx context.Context, c queryv1.QueryServiceClient, id string) (*actionv1.Action, error) {
			answer, err := c.GetAction(ctx, &queryv1.GetActionRequest{Id: id})
			return answer.GetAction(), err
		},
		help: help{
			short: "Show one action: where it stands, why, and who asked for it",
			long: `Show one action as it stands: what is done to what, how often it was attempted,
what the vendor answered, and the rule, the decision and the event that asked
for it. Its id is in actions list and in the decision.`,
			example: `  signalbox actions get 5v2mj3q6x7k4w5e2r3t4y5u6i7
  signalbox actions get 5v2mj3q6x7k4w5e2r3t4y5u6i7 --output json | jq .detail`,
		},
	}
}

// describeAction returns what an action says.
func describeAction(a *actionv1.Action) *facts {
	f := &facts{}
	f.say("id", a.GetId())
	f.say("state", word(a.GetState(), "STATE_"))
	f.say("detail", a.GetDetail())
	f.say("type", a.GetType())
	f.say("source", a.GetSource())
	f.say("target", a.GetTarget())
	f.operation(a)
	f.say("attempts", strconv.Itoa(int(a.GetAttempts())))
	f.say("next attempt at", moment(a.GetNextAttemptAt()))
	f.say("state before", a.GetStateBefore())
	f.say("decided by", a.GetDecidedBy())
	if a.GetRetries() > 0 {
		f.say("retries", strconv.Itoa(int(a.GetRetries())))
		f.say("retried by", a.GetRetriedBy())
	}
	f.say("rule", a.GetRule())
	f.say("rule set", a.GetRuleSet())
	f.say("key", strings.Join(a.GetKey(), ", "))
	f.say("decision", a.GetDecisionId())
	f.say("event", a.GetEventId())
	f.say("event time", moment(a.GetEventTime()))
	f.say("created at", moment(a.GetCreatedAt()))
	f.say("updated at", moment(a.GetUpdatedAt()))
	f.say("expires at", moment(a.GetExpiresAt()))
	return f
}

// operation says each parameter of what is done, in the order of its message.
func (f *facts) operation(a *actionv1.Action) {
	m := a.ProtoReflect()
	done := m.WhichOneof(m.Descriptor().Oneofs().ByName("operation"))
	if done == nil {
		return
	}
	parameters := m.Get(done).Message()
	fields := parameters.Descriptor().Fields()
	for i := range fields.Len() {
		if field := fields.Get(i); parameters.Has(field) {
			f.say("parameter "+field.TextName(), parameter(field, parameters.Get(field)))
		}
	}
}

// parameter writes the value of a parameter: text, numbers and times as they
// are, a duration as rules write it, anything else as JSON.
func parameter(field protoreflect.FieldDescriptor, value protoreflect.Value) string {
	switch {
	case field.IsList():
		return elements(value.List())
	case field.IsMap():
		return entries(value.Map())
	case field.Message() == nil:
		return value.String()
	}
	switch m := value.Message().Interface().(type) {
	case *timestamppb.Timestamp:
		return moment(m)
	case *durationpb.Duration:
		return m.AsDuration().String()
	default:
		text, err := jsonText(m, false)
		if err != nil {
			return err.Error()
		}
		return text
	}
}

func elements(list protoreflect.List) string {
	parts := make([]string, list.Len())
	for i := range parts {
		parts[i] = list.Get(i).String()
	}
	return strings.Join(parts, ", ")
}

func entries(values protoreflect.Map) string {
	var parts []string
	values.Range(func(key protoreflect.MapKey, value protoreflect.Value) bool {
		parts = append(parts, key.String()+"="+value.String())
		return true
	})
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}
