package anodot_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
	"github.com/signalbox-io/signalbox/services/adapter/anodot"
	"github.com/signalbox-io/signalbox/services/simulator"
	simulated "github.com/signalbox-io/signalbox/services/simulator/anodot"
	"github.com/signalbox-io/signalbox/services/simulator/fault"
)

func newSimulatedBench(t *testing.T, options simulator.Options) (*simulator.Server, *adaptertest.Bench) {
	t.Helper()
	vendor := simulator.New(options)
	return vendor, adaptertest.New(t, adaptertest.Options{
		Vendor: eventv1.Vendor_VENDOR_ANODOT, Credential: simulator.DefaultAnodotRefreshToken, BasePath: "/anodot",
	}, anodot.New, vendor.Handler())
}

func TestSimulator_AlertsArePausedAndResumed(t *testing.T) {
	t.Parallel()
	vendor, b := newSimulatedBench(t, simulator.Options{})
	vendor.Anodot.AddAlert(simulated.Alert{ID: alertID, Configuration: simulated.Configuration{Title: "Drop", Severity: "high"}})
	get := func() *anodotv1.Alert {
		got, err := clientOf(b).GetAlert(t.Context(), &anodotv1.GetAlertRequest{Source: adaptertest.Source, AlertId: alertID})
		require.NoError(t, err)
		return got.GetAlert()
	}
	require.False(t, get().GetPaused())
	require.Equal(t, "Drop", get().GetTitle())

	require.NoError(t, pause(t.Context(), b))
	require.NoError(t, pause(t.Context(), b), "pausing a paused alert succeeds")
	require.True(t, get().GetPaused())
	require.NotNil(t, get().GetPausedAt())

	require.NoError(t, resume(t.Context(), b))
	require.False(t, get().GetPaused())
	require.Len(t, vendor.Effects(), 3)

	_, err := clientOf(b).PauseAlert(t.Context(), &anodotv1.PauseAlertRequest{Source: adaptertest.Source, AlertId: "none"})
	b.Expect(t, err, adaptertest.NotFound())
	_, err = clientOf(b).GetAlert(t.Context(), &anodotv1.GetAlertRequest{Source: adaptertest.Source, AlertId: "none"})
	b.Expect(t, err, adaptertest.NotFound())
}

func TestSimulator_FeedbackOfAWindow(t *testing.T) {
	t.Parallel()
	vendor, b := newSimulatedBench(t, simulator.Options{})
	const anomaly = "d863a79ec48b407a808379facc89df7e"
	now := time.Now().Unix()
	for id, created := range map[string]int64{"before": now - 100, "in": now - 50, "after": now + 50} {
		vendor.Anodot.AddFeedback(simulated.Feedback{
			ID: id, Type: "NOT_INTERESETING", CreatedTime: created, UserName: "ana@example.com",
			AnomalyID: simulated.AnomalyLink(anomaly, "1e0fbe4d-a5af-4ba5-8b40-9930d48f5008"),
			Alerts:    []simulated.FeedbackAlert{{ID: simulated.AlertEditLink(alertID), Status: "OPEN", StartTime: created}},
		})
	}
	got, err := clientOf(b).ListFeedback(t.Context(), &anodotv1.ListFeedbackRequest{
		Source:    adaptertest.Source,
		StartTime: &timestamppb.Timestamp{Seconds: now - 60},
		EndTime:   &timestamppb.Timestamp{Seconds: now},
	})
	require.NoError(t, err)
	require.Empty(t, got.GetRejected())
	require.Len(t, got.GetFeedback(), 1)
	feedback := got.GetFeedback()[0]
	require.Equal(t, "in", feedback.GetId())
	require.Equal(t, "NOT_INTERESTING", feedback.GetType())
	require.Equal(t, anomaly, feedback.GetAnomalyId())
	require.Equal(t, alertID, feedback.GetAlerts()[0].GetAlertId())
	require.Equal(t, now-50, feedback.GetCreatedAt().GetSeconds())
}

func TestSimulator_TokensAreRefreshedAndTheBudgetKept(t *testing.T) {
	t.Parallel()
	vendor, b := newSimulatedBench(t, simulator.Options{})
	vendor.Anodot.AddAlert(simulated.Alert{ID: alertID})
	require.NoError(t, pause(t.Context(), b))
	vendor.Anodot.ExpireTokens()
	require.NoError(t, resume(t.Context(), b))
	require.Equal(t, 2, b.CallsTo("/anodot/api/v2/access-token"))
	require.Len(t, vendor.Effects(), 2)
	require.Empty(t, vendor.Excesses())
}

func TestSimulator_FaultsMeanWhatTheyAre(t *testing.T) {
	t.Parallel()
	const pausePath = "/api/v2/alerts/*/pause"
	for name, tc := range map[string]struct {
		fault   fault.Fault
		want    adaptertest.Failure
		effects int
	}{
		"the answer is lost":   {fault.Fault{Kind: fault.LoseAnswer, Path: pausePath}, adaptertest.OutcomeUnknown(), 1},
		"the connection broke": {fault.Fault{Kind: fault.Reset, Path: pausePath}, adaptertest.OutcomeUnknown(), 0},
		"server error":         {fault.Fault{Kind: fault.Status, Path: pausePath}, adaptertest.OutcomeUnknown(), 0},
		"too many calls":       {fault.Fault{Kind: fault.RateLimit, Path: pausePath}, adaptertest.RateLimited(), 0},
		"no credential":        {fault.Fault{Kind: fault.Unauthorized, Path: pausePath}, adaptertest.CredentialRefused(), 0},
		"refresh token":        {fault.Fault{Kind: fault.Unauthorized, Path: "/api/v2/access-token"}, adaptertest.CredentialRefused(), 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vendor, b := newSimulatedBench(t, simulator.Options{})
			vendor.Anodot.AddAlert(simulated.Alert{ID: alertID})
			tc.fault.Vendor = "anodot"
			require.NoError(t, vendor.SetFault(tc.fault))
			b.Expect(t, pause(t.Context(), b), tc.want, simulator.DefaultAnodotRefreshToken)
			require.Len(t, vendor.Effects(), tc.effects)
		})
	}
}

func TestSimulator_AWrongRefreshToken(t *testing.T) {
	t.Parallel()
	_, b := newSimulatedBench(t, simulator.Options{Credentials: simulator.Credentials{AnodotRefreshToken: "another"}})
	b.Expect(t, listAlerts(t.Context(), b), adaptertest.CredentialRefused(), simulator.DefaultAnodotRefreshToken)
	require.Equal(t, http.MethodPost, b.Requests()[0].Method)
}

func TestSimulator_ShowsTheConfigurationAsWrittenWhereAskedFor(t *testing.T) {
	t.Parallel()
	vendor, b := newSimulatedBench(t, simulator.Options{})
	vendor.Anodot.AddAlert(simulated.Alert{ID: alertID, Configuration: simulated.Configuration{Title: "Drop", Severity: "high"}})
	for _, isAsked := range []bool{true, false} {
		got, err := clientOf(b).GetAlert(t.Context(), &anodotv1.GetAlertRequest{
			Source: adaptertest.Source, AlertId: alertID, Fields: isAsked,
		})
		require.NoError(t, err)
		require.Equal(t, isAsked, got.GetAlert().GetFields() != nil)
		require.Equal(t, isAsked, got.GetAlert().GetFields().GetFields()["severity"].GetStringValue() == "high")
	}
}
