package anodot_test

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/poll"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	"github.com/signalbox-io/signalbox/services/poller/anodot"
)

// pages is an adapter's stream: its pages, then err, or the end.
type pages[T any] struct {
	grpc.ClientStream

	list []*T
	err  error
	read *int
}

func (p *pages[T]) Recv() (*T, error) {
	*p.read++
	if len(p.list) == 0 {
		if p.err != nil {
			return nil, p.err
		}
		return nil, io.EOF
	}
	page := p.list[0]
	p.list = p.list[1:]
	return page, nil
}

// lists is an account with firings and anomalies, one for each minute, and
// nothing else.
type lists struct {
	streams

	err   error
	read  int
	spans []time.Duration
	// most is the longest span of which the vendor shows all anomalies.
	most time.Duration
}

func (l *lists) ListTriggeredAlerts(
	_ context.Context, in *anodotv1.ListTriggeredAlertsRequest, _ ...grpc.CallOption,
) (grpc.ServerStreamingClient[anodotv1.ListTriggeredAlertsResponse], error) {
	var all []*anodotv1.ListTriggeredAlertsResponse
	for at := in.GetStartTime().AsTime().Add(time.Second); at.Before(observed()); at = at.Add(time.Minute) {
		all = append(all, &anodotv1.ListTriggeredAlertsResponse{Alerts: []*anodotv1.TriggeredAlert{{
			Id: new(at.String()), GroupId: new(at.String()), AlertConfigurationId: new("a"), StartTime: timestamppb.New(at),
		}}})
	}
	return &pages[anodotv1.ListTriggeredAlertsResponse]{list: all, err: l.err, read: &l.read}, nil
}

func (l *lists) ListAnomalies(
	_ context.Context, in *anodotv1.ListAnomaliesRequest, _ ...grpc.CallOption,
) (grpc.ServerStreamingClient[anodotv1.ListAnomaliesResponse], error) {
	span := in.GetEndTime().AsTime().Sub(in.GetStartTime().AsTime())
	l.spans = append(l.spans, span)
	page := &anodotv1.ListAnomaliesResponse{Truncated: span > l.most, Anomalies: []*anodotv1.Anomaly{
		{Id: new(in.GetStartTime().String()), StartDate: in.GetStartTime()},
	}}
	return &pages[anodotv1.ListAnomaliesResponse]{list: []*anodotv1.ListAnomaliesResponse{page}, err: l.err, read: &l.read}, nil
}

func (l *lists) fetch(t *testing.T, settings config.Anodot, w poll.Window) (poll.Batch, error) {
	t.Helper()
	return anodot.NewSource(config.Source{Name: account, Timeout: time.Minute, Anodot: settings}, l, observed).Fetch(t.Context(), w)
}

func TestFirings_ReadingEndsWhereThePastWindowDoes(t *testing.T) {
	t.Parallel()
	lean := config.Anodot{TriggeredAlerts: config.TriggeredLean}
	l := &lists{}
	batch, err := l.fetch(t, lean, poll.Window{From: observed().Add(-6 * time.Hour), To: observed().Add(-5 * time.Hour)})
	require.NoError(t, err)
	require.Len(t, batch.Events, 60)
	require.Equal(t, 61, l.read, "the first page beyond is the last that is read")

	l = &lists{}
	batch, err = l.fetch(t, lean, poll.Window{From: observed().Add(-time.Hour), To: observed()})
	require.NoError(t, err)
	require.Len(t, batch.Events, 60)
}

func TestAnomalies_OfAWindowWithTooManyAreReadInHalves(t *testing.T) {
	t.Parallel()
	window := poll.Window{From: observed().Add(-time.Hour), To: observed()}
	l := &lists{most: 20 * time.Minute}
	batch, err := l.fetch(t, config.Anodot{Anomalies: true}, window)
	require.NoError(t, err)
	require.Equal(t, []time.Duration{
		time.Hour, 30 * time.Minute, 15 * time.Minute, 15 * time.Minute, 30 * time.Minute, 15 * time.Minute, 15 * time.Minute,
	}, l.spans)
	require.Len(t, batch.Open, 4)
	require.Empty(t, batch.Omitted)

	l = &lists{}
	batch, err = l.fetch(t, config.Anodot{Anomalies: true}, window)
	require.NoError(t, err)
	require.Equal(t, map[string]int{"anomalies": 32}, batch.Omitted, "what a minute hides is counted")
}

func TestLists_ThatBreakOffAreReadAgain(t *testing.T) {
	t.Parallel()
	for what, settings := range map[string]config.Anodot{
		"list triggered alerts: ": {TriggeredAlerts: config.TriggeredGroups}, "list anomalies: ": {Anomalies: true},
	} {
		l := &lists{most: time.Hour, err: rpc.Error(codes.Unavailable, rpc.ReasonVendorUnavailable, nil, "half of it")}
		batch, err := l.fetch(t, settings, poll.Window{From: observed().Add(-time.Hour), To: observed()})
		require.ErrorContains(t, err, what)
		require.Equal(t, rpc.ReasonVendorUnavailable, rpc.Reason(err))
		require.Empty(t, batch.Events)
	}
}
