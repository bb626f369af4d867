package bus_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
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
