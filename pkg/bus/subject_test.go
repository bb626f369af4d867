package bus_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
)

func TestSubjects(t *testing.T) {
	t.Parallel()
	require.Equal(t, "signalbox.event.feedback.anodot.anodot-prod.none", bus.EventSubject(&eventv1.Event{
		Vendor: eventv1.Vendor_VENDOR_ANODOT, Source: "anodot-prod",
		Payload: &eventv1.Event_Feedback{Feedback: &eventv1.Feedback{}},
	}))
	require.Equal(t, "signalbox.event.traffic.secure_reporter.reports.critical", bus.EventSubject(&eventv1.Event{
		Vendor: eventv1.Vendor_VENDOR_SECURE_REPORTER, Source: "reports",
		Severity: eventv1.Severity_SEVERITY_CRITICAL,
		Payload:  &eventv1.Event_Traffic{Traffic: &eventv1.Traffic{}},
	}))
	require.Equal(t, "signalbox.decision.quiet.held_count", bus.DecisionSubject(&decisionv1.Decision{
		Rule: "quiet", Outcome: decisionv1.Outcome_OUTCOME_HELD_COUNT,
	}))
	require.Equal(t, "signalbox.decision.none.late", bus.DecisionSubject(&decisionv1.Decision{
		Outcome: decisionv1.Outcome_OUTCOME_LATE,
	}))
	require.Equal(t, "signalbox.action.anodot-prod.pause_alert.done", bus.ActionSubject(&actionv1.Action{
		Source: "anodot-prod", Type: "pause_alert", State: actionv1.State_STATE_DONE,
	}))
	require.Equal(t, "signalbox.lease.anodot-prod.active", bus.LeaseSubject(&actionv1.Lease{
		Source: "anodot-prod", State: actionv1.LeaseState_LEASE_STATE_ACTIVE,
	}))
}

func TestInputSubject_NamesWhatTheInputHolds(t *testing.T) {
	t.Parallel()
	require.Equal(t, "signalbox.input.lease_ended", bus.InputSubject(&routerv1.Input{
		Content: &routerv1.Input_LeaseEnded{LeaseEnded: &routerv1.LeaseEnded{}},
	}))
	require.Equal(t, "signalbox.input.none", bus.InputSubject(&routerv1.Input{}))
}

func TestInput_IsRecordedOnceUnderItsID(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	in := &routerv1.Input{AfterSequence: 7, Content: &routerv1.Input_Approval{Approval: &routerv1.Approval{ActionId: "a"}}}
	first, err := b.PublishInput(t.Context(), "i", in, 0)
	require.NoError(t, err)
	again, err := b.PublishInput(t.Context(), "i", in, 0)
	require.NoError(t, err, "the acknowledgement was lost")
	require.Equal(t, first, again)
	_, err = b.PublishInput(t.Context(), "j", in, 0)
	require.ErrorIs(t, err, bus.ErrOvertaken, "the place is taken")
	_, err = b.PublishInput(t.Context(), "j", in, first+1)
	require.ErrorIs(t, err, bus.ErrOvertaken, "the place does not come next")
	other, err := b.PublishInput(t.Context(), "j", in, first)
	require.NoError(t, err)
	require.Equal(t, first+1, other)

	stream, err := b.JetStream().Stream(t.Context(), bus.StreamInputs)
	require.NoError(t, err)
	msg, err := stream.GetMsg(t.Context(), other)
	require.NoError(t, err)
	read, err := bus.DecodeInput(msg.Header, msg.Data)
	require.NoError(t, err)
	require.True(t, proto.Equal(in, read))

	_, err = b.PublishInput(t.Context(), "k", &routerv1.Input{}, other)
	require.NoError(t, err)
	msg, err = stream.GetMsg(t.Context(), other+1)
	require.NoError(t, err)
	_, err = bus.DecodeInput(msg.Header, msg.Data)
	require.ErrorContains(t, err, "holds nothing")
}

func TestToken_EscapesWhatSubjectsForbid(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":            "none",
		"plain-1_x":   "plain-1_x",
		"a.b":         "a=2eb",
		"*":           "=2a",
		">":           "=3e",
		"two words":   "two=20words",
		"=2a":         "=3d2a",
		"ü":           "=c3=bc",
		"line\nbreak": "line=0abreak",
	} {
		require.Equal(t, want, bus.Token(text), "token of %q", text)
	}
}

func FuzzToken_IsLegalAndUnambiguous(f *testing.F) {
	f.Add("a.b", "a=2eb")
	f.Add("*", ">")
	f.Fuzz(func(t *testing.T, a, b string) {
		require.Regexp(t, `^[A-Za-z0-9_=-]+$`, bus.Token(a))
		if a != b && a != "" && b != "" {
			require.NotEqual(t, bus.Token(a), bus.Token(b))
		}
	})
}
