package anodot_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/poll"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	sourcev1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/source/v1"
	"github.com/signalbox-io/signalbox/services/poller/anodot"
)

type fake struct {
	anodot.Client // nothing but feedback, data streams and alerts is asked for

	answer   *anodotv1.ListFeedbackResponse
	err      error
	asked    *anodotv1.ListFeedbackRequest
	deadline bool

	alerts    []*anodotv1.Alert
	rejected  []*anodotv1.RejectedRecord
	alertsErr error
	readings  int
}

func (f *fake) ListAlerts(
	ctx context.Context, in *anodotv1.ListAlertsRequest, _ ...grpc.CallOption,
) (*anodotv1.ListAlertsResponse, error) {
	if _, bounded := ctx.Deadline(); !bounded || in.GetSource() != account {
		return nil, errors.New("asked in the wrong way")
	}
	f.readings++
	return &anodotv1.ListAlertsResponse{Alerts: f.alerts, Rejected: f.rejected}, f.alertsErr
}

func (f *fake) ListFeedback(
	ctx context.Context, in *anodotv1.ListFeedbackRequest, _ ...grpc.CallOption,
) (*anodotv1.ListFeedbackResponse, error) {
	_, f.deadline = ctx.Deadline()
	f.asked = in
	return f.answer, f.err
}

func (f *fake) ListDataStreams(
	context.Context, *anodotv1.ListDataStreamsRequest, ...grpc.CallOption,
) (*anodotv1.ListDataStreamsResponse, error) {
	return &anodotv1.ListDataStreamsResponse{}, nil
}

func TestFetch_AsksForTheWindow(t *testing.T) {
	t.Parallel()
	f := &fake{answer: answer(t)}
	s := anodot.NewSource(config.Source{Name: account, Timeout: time.Minute}, f, observed)
	batch, err := s.Fetch(t.Context(), poll.Window{From: observed().Add(-time.Hour), To: observed()})
	require.NoError(t, err)
	batch.Alerts = nil
	require.Equal(t, anodot.Convert(account, answer(t), observed()), batch)
	require.True(t, f.deadline)
	require.Equal(t, account, f.asked.GetSource())
	require.Equal(t, observed().Add(-time.Hour), f.asked.GetStartTime().AsTime())
	require.Equal(t, observed(), f.asked.GetEndTime().AsTime())

	f.err = rpc.Error(codes.Unauthenticated, "CREDENTIAL_REFUSED", nil, "Token Mismatch")
	batch, err = s.Fetch(t.Context(), poll.Window{})
	require.ErrorContains(t, err, "list feedback: ")
	require.Equal(t, "CREDENTIAL_REFUSED", rpc.Reason(err))
	require.Empty(t, batch)
}

func TestFetch_ReadsTheAlertsBesideTheEvents(t *testing.T) {
	t.Parallel()
	now := observed()
	f := &fake{answer: answer(t), alerts: []*anodotv1.Alert{
		{Id: "b", Paused: true}, {Id: "a", Title: "A", Severity: "critical", Labels: []string{"y", "x"}},
	}}
	s := anodot.NewSource(config.Source{Name: account, Timeout: time.Minute}, f, func() time.Time { return now })
	past := poll.Window{From: now.Add(-20 * time.Hour), To: now.Add(-10 * time.Hour)}
	fetch := func() (*poll.Alerts, error) {
		batch, err := s.Fetch(t.Context(), past)
		return batch.Alerts, err
	}

	alerts, err := fetch()
	require.NoError(t, err)
	require.Equal(t, now, alerts.At)
	require.Equal(t, []*sourcev1.Alert{
		{Id: "b", Paused: true}, {Id: "a", Title: "A", Severity: "critical", Labels: []string{"x", "y"}},
	}, alerts.List)
	alerts, err = fetch()
	require.NoError(t, err)
	require.Nil(t, alerts, "the pieces of a long past ask once")

	now = now.Add(time.Minute)
	f.alerts[0], f.alerts[1].State, f.alerts[1].StateUnknown = &anodotv1.Alert{Id: "b"}, "snoozed", true
	alerts, err = fetch()
	require.NoError(t, err)
	require.NoError(t, alerts.Unread)
	require.ErrorContains(t, alerts.Unsure, `1 alerts says neither that they are paused nor that they run, such as "snoozed" of alert a`)
	require.True(t, alerts.List[1].GetPausedUnknown())
	require.False(t, alerts.List[0].GetPausedUnknown())

	now = now.Add(time.Minute)
	f.rejected = []*anodotv1.RejectedRecord{{Index: 2, Reason: "alert has no id"}, {Index: 3}}
	alerts, err = fetch()
	require.NoError(t, err)
	require.Len(t, alerts.List, 2)
	require.EqualError(t, alerts.Unread, "list alerts: 2 of them could not be read, the first at index 2: alert has no id")

	now = now.Add(time.Minute)
	f.alertsErr = rpc.Error(codes.PermissionDenied, rpc.ReasonRefusedByVendor, nil, "no right to list them")
	alerts, err = fetch()
	require.NoError(t, err, "events do not depend on alerts")
	require.ErrorIs(t, alerts.Err, f.alertsErr)

	now = now.Add(time.Minute)
	f.err = rpc.Error(codes.Unauthenticated, rpc.ReasonCredentialRefused, nil, "Token Mismatch")
	before := f.readings
	alerts, err = fetch()
	require.Error(t, err)
	require.ErrorIs(t, alerts.Err, f.err)
	require.Equal(t, before, f.readings, "a credential that is refused is not shown again")
}
