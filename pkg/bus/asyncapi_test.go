package bus_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/binding"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
)

// asyncAPI is what the test reads of docs/asyncapi.yaml.
type asyncAPI struct {
	Info     struct{ Description string }
	Channels map[string]struct {
		Address    string
		Parameters map[string]struct{ Enum []string }
	}
	Components struct {
		Messages map[string]struct{ Name string }
		Schemas  map[string]struct {
			Required   []string
			Properties map[string]any
		}
	}
}

// What a plain subscriber hears is what docs/asyncapi.yaml says.
func TestAsyncAPI_DescribesWhatIsPublished(t *testing.T) {
	document := readAsyncAPI(t)
	b := bustest.New(t)
	sub, err := b.Conn().SubscribeSync("signalbox.>")
	require.NoError(t, err)
	publishOneOfEach(t, b)

	for _, channel := range []string{"events", "decisions", "actions", "leases", "inputs", "notifications"} {
		t.Run(channel, func(t *testing.T) {
			msg, err := sub.NextMsg(90 * time.Second)
			require.NoError(t, err)
			require.Regexp(t, pattern(document.Channels[channel].Address), msg.Subject)
			message := document.Components.Messages[strings.TrimSuffix(channel, "s")]
			require.Regexp(t, pattern(message.Name), msg.Header.Get("ce-type"))
			cloudEvent, err := binding.ToEvent(t.Context(), natsMessage{msg})
			require.NoError(t, err)
			require.NoError(t, cloudEvent.Validate(), "the public SDK takes it")
			headers := document.Components.Schemas["headers"]
			for _, name := range headers.Required {
				require.NotEmpty(t, msg.Header.Get(name), name)
			}
			for name := range msg.Header {
				if name != nats.MsgIdHdr {
					require.Contains(t, headers.Properties, name)
				}
			}
		})
	}
}

// A dead letter keeps the original and its headers and adds its own.
func TestAsyncAPI_DescribesDeadLetters(t *testing.T) {
	document := readAsyncAPI(t)
	channel, headers := document.Channels["dead"], document.Components.Schemas["deadHeaders"]
	b := bustest.New(t)
	sub, err := b.Conn().SubscribeSync("signalbox.dead.>")
	require.NoError(t, err)
	for _, area := range channel.Parameters["area"].Enum {
		require.NoError(t, b.PublishDead(t.Context(), bus.DeadLetter{
			Area: area, Reason: "undecodable", Detail: "no event", Subject: "signalbox.event.x", Stream: "SIGNALBOX_EVENTS", Sequence: 7,
			Header: nats.Header{"ce-id": {"an-id"}}, Data: []byte("the original"),
		}))
		msg, err := sub.NextMsg(90 * time.Second)
		require.NoError(t, err)
		require.Regexp(t, pattern(channel.Address), msg.Subject)
		require.Equal(t, "the original", string(msg.Data))
		require.Equal(t, "an-id", msg.Header.Get("ce-id"))
		for _, name := range headers.Required {
			require.Contains(t, msg.Header, name)
		}
		for name := range msg.Header {
			if name != nats.MsgIdHdr && name != "ce-id" {
				require.Contains(t, headers.Properties, name)
			}
		}
	}
}

// The words of the subjects' tokens are those of the enums.
func TestAsyncAPI_ListsEveryWord(t *testing.T) {
	t.Parallel()
	channels := readAsyncAPI(t).Channels
	for _, want := range []struct {
		channel, parameter, prefix string
		values                     protoreflect.EnumValueDescriptors
	}{
		{"decisions", "outcome", "OUTCOME_", decisionv1.Outcome(0).Descriptor().Values()},
		{"actions", "state", "STATE_", actionv1.State(0).Descriptor().Values()},
		{"leases", "state", "LEASE_STATE_", actionv1.LeaseState(0).Descriptor().Values()},
		{"events", "vendor", "VENDOR_", eventv1.Vendor(0).Descriptor().Values()},
	} {
		require.Equal(t, words(want.values, want.prefix), channels[want.channel].Parameters[want.parameter].Enum)
	}
	severities := append(words(eventv1.Severity(0).Descriptor().Values(), "SEVERITY_"), "none")
	require.Equal(t, severities, channels["events"].Parameters["severity"].Enum)
	var operations []string
	fields := (&actionv1.Action{}).ProtoReflect().Descriptor().Oneofs().ByName("operation").Fields()
	for i := range fields.Len() {
		operations = append(operations, string(fields.Get(i).Name()))
	}
	require.Equal(t, operations, channels["actions"].Parameters["action"].Enum)
	var inputs []string
	contents := (&routerv1.Input{}).ProtoReflect().Descriptor().Oneofs().ByName("content").Fields()
	for i := range contents.Len() {
		inputs = append(inputs, string(contents.Get(i).Name()))
	}
	require.Equal(t, inputs, channels["inputs"].Parameters["type"].Enum)
}

// No outcome and no state is reserved: docs/rules.md has an example of each
// outcome, and actions come to each state.
func TestAsyncAPI_ReservesNothingThatIsSaid(t *testing.T) {
	t.Parallel()
	document := readAsyncAPI(t)
	_, rest, found := strings.Cut(document.Info.Description, "Reserved, never said by this version:")
	require.True(t, found)
	reserved, _, _ := strings.Cut(rest, "\n\n")
	outcomes := document.Channels["decisions"].Parameters["outcome"].Enum
	for _, word := range slices.Concat(outcomes, document.Channels["actions"].Parameters["state"].Enum) {
		require.NotRegexp(t, `\b`+word+`\b`, reserved)
	}
}

func words(values protoreflect.EnumValueDescriptors, prefix string) []string {
	var list []string
	for i := 1; i < values.Len(); i++ { // 0 is "not set"
		list = append(list, strings.ToLower(strings.TrimPrefix(string(values.Get(i).Name()), prefix)))
	}
	return list
}

var parameter = regexp.MustCompile(`\\\{[a-z]+\\\}`)

// pattern turns an address into an expression; only a notification's subject
// has several tokens.
func pattern(address string) string {
	token := `[A-Za-z0-9_=-]+`
	if strings.Contains(address, "{subject}") {
		token = `[A-Za-z0-9_=.-]+`
	}
	return "^" + parameter.ReplaceAllString(regexp.QuoteMeta(address), token) + "$"
}

func publishOneOfEach(t *testing.T, b *bus.Bus) {
	t.Helper()
	now := timestamppb.New(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	_, err := b.PublishEvents(t.Context(), []*eventv1.Event{sampleEvent("one")})
	require.NoError(t, err)
	require.NoError(t, b.PublishDecision(t.Context(), &decisionv1.Decision{
		Id: "d", Rule: "quiet", Outcome: decisionv1.Outcome_OUTCOME_HELD_COUNT, Time: now, Entity: "alert:1",
	}))
	a := &actionv1.Action{
		Id: "a", Source: "signalbox", Type: "publish", Target: "subject:bots.shop", State: actionv1.State_STATE_PENDING, UpdatedAt: now,
		Operation: &actionv1.Action_Publish{Publish: &actionv1.Publish{Subject: "bots.shop", Fields: map[string]string{"metric": "m"}}},
	}
	require.NoError(t, b.PublishAction(t.Context(), a))
	require.NoError(t, b.PublishLease(t.Context(), &actionv1.Lease{
		Id: "l", Source: "anodot-prod", Target: "alert:1", State: actionv1.LeaseState_LEASE_STATE_ACTIVE, UpdatedAt: now,
	}))
	_, err = b.PublishInput(t.Context(), "i", &routerv1.Input{
		AfterSequence: 1, TakenAt: now,
		Content: &routerv1.Input_RuleSetSwitch{RuleSetSwitch: &routerv1.RuleSetSwitch{RuleSet: "v", By: "file"}},
	}, 0)
	require.NoError(t, err)
	require.NoError(t, b.PublishNotification(t.Context(), "signalbox.notify.bots.shop", a))
}

func readAsyncAPI(t *testing.T) asyncAPI {
	t.Helper()
	data, err := os.ReadFile("../../docs/asyncapi.yaml")
	require.NoError(t, err)
	var document asyncAPI
	require.NoError(t, yaml.Unmarshal(data, &document))
	require.True(t, slices.Contains(document.Components.Schemas["headers"].Required, "ce-id"))
	return document
}
