package anomify_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/poll"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	adapter "github.com/signalbox-io/signalbox/services/adapter/anomify"
	"github.com/signalbox-io/signalbox/services/poller/anomify"
	"github.com/signalbox-io/signalbox/services/poller/pollertest"
	"github.com/signalbox-io/signalbox/services/simulator"
	vendor "github.com/signalbox-io/signalbox/services/simulator/anomify"
)

func TestChain_MatchesArriveOnceThroughRestarts(t *testing.T) {
	t.Parallel()
	clock := pollertest.NoonUTC()
	sim := simulator.New(simulator.Options{Now: clock.Now})
	chain := pollertest.NewChain(t, config.Source{
		Name: account, Vendor: eventv1.Vendor_VENDOR_ANOMIFY, BaseURL: "/anomify",
		Credential: config.NewSecret(simulator.DefaultAnomifyToken),
	}, clock, adapter.New, sim.Handler())
	newPoller := func() *pollertest.Poller {
		return chain.Poller(t, poll.Vendor{
			Name: eventv1.Vendor_VENDOR_ANOMIFY, MaxWindow: 6 * time.Hour, FollowOpen: 6 * time.Hour,
			Open: func(source config.Source) (poll.Fetcher, error) {
				return anomify.NewSource(source, anomifyv1.NewAnomifyServiceClient(chain.Conn), clock.Now), nil
			},
		})
	}
	match := func(id, pattern int64, metric string, ago time.Duration) {
		sim.Anomify.AddMatch(vendor.Match{ID: id, PatternID: pattern, Metric: metric, Value: 3, Timestamp: clock.Now().Add(-ago).Unix()})
	}
	sim.Anomify.AddPattern(vendor.Pattern{ID: 6, MetricName: "shop/errors now", Label: "deploy", AnomalyID: 44})
	sim.Anomify.AddPattern(vendor.Pattern{ID: 7, MetricName: "cpu", AnomalyID: 45})
	match(1, 6, "shop/errors now", 48*time.Hour)
	match(2, 6, "shop/errors now", time.Minute)

	poller := newPoller()
	require.Equal(t, 1, poller.Poll(t), "what matched before the window stays out")
	require.Zero(t, poller.Poll(t))
	require.Zero(t, newPoller().Poll(t), "a restart tells nothing again")
	clock.Move(time.Minute)
	match(3, 6, "shop/errors now", 0)
	match(4, 7, "cpu", 9*time.Minute)
	require.Equal(t, 2, poller.Poll(t), "one of a metric that was read before, one that came late")
	clock.Move(20 * time.Hour)
	match(5, 7, "cpu", 13*time.Hour)
	match(6, 7, "cpu", 0)
	require.Equal(t, 2, newPoller().Poll(t), "what matched while nobody polled")
	require.Zero(t, newPoller().Poll(t))

	events := chain.Events(t)
	var ids []string
	for _, e := range events {
		ids = append(ids, e.GetNativeId())
	}
	require.Equal(t, []string{"match/2", "match/4", "match/3", "match/5", "match/6"}, ids)
	first := events[0]
	require.Equal(t, "metric:shop/errors now", first.GetEntity())
	require.Equal(t, "shop/errors now looks like pattern deploy", first.GetTitle())
	require.Equal(t, map[string]string{"pattern_id": "6", "pattern": "deploy"}, first.GetLabels())
	require.Equal(t, "44", first.GetAnomaly().GetAnomalyId())
	require.Equal(t, "anomify-pattern", first.GetAnomaly().GetDetector())
	require.Equal(t, eventv1.Phase_PHASE_CLOSED, first.GetAnomaly().GetPhase())
	require.Equal(t, first.GetOccurredAt().AsTime(), first.GetAnomaly().GetEndedAt().AsTime())
	require.InDelta(t, 3, first.GetAnomaly().GetValue(), 0)
}

// matching is an organisation whose metrics have one pattern each with one match.
type matching struct {
	anomify.Client

	metrics   []string
	last      time.Time // when each matched last, zero if it is not told
	listErr   error
	readErr   error
	readUntil int // how many metrics can be read before readErr
	read      []string
}

func (m *matching) ListAnomalies(
	context.Context, *anomifyv1.ListAnomaliesRequest, ...grpc.CallOption,
) (*anomifyv1.ListAnomaliesResponse, error) {
	return &anomifyv1.ListAnomaliesResponse{}, nil
}

func (m *matching) ListMostRecentlyMatchedMetrics(
	context.Context, *anomifyv1.ListMostRecentlyMatchedMetricsRequest, ...grpc.CallOption,
) (*anomifyv1.ListMostRecentlyMatchedMetricsResponse, error) {
	answer := &anomifyv1.ListMostRecentlyMatchedMetricsResponse{}
	for _, name := range m.metrics {
		metric := &anomifyv1.Metric{Name: new(name)}
		if !m.last.IsZero() {
			metric.Extra, _ = structpb.NewStruct(map[string]any{"last_match_timestamp": m.last.Unix()})
		}
		answer.Metrics = append(answer.Metrics, metric)
	}
	return answer, m.listErr
}

func (m *matching) ListMetricPatterns(
	_ context.Context, in *anomifyv1.ListMetricPatternsRequest, _ ...grpc.CallOption,
) (*anomifyv1.ListMetricPatternsResponse, error) {
	if m.readErr != nil && len(m.read) == m.readUntil {
		return nil, m.readErr
	}
	m.read = append(m.read, in.GetMetric())
	return &anomifyv1.ListMetricPatternsResponse{Patterns: []*anomifyv1.Pattern{{Id: new("p " + in.GetMetric())}}}, nil
}

func (m *matching) ListPatternMatches(
	_ context.Context, in *anomifyv1.ListPatternMatchesRequest, _ ...grpc.CallOption,
) (*anomifyv1.ListPatternMatchesResponse, error) {
	return &anomifyv1.ListPatternMatchesResponse{Matches: []*anomifyv1.Match{
		{Id: new(in.GetPatternId()), Timestamp: timestamppb.New(observed().Add(-time.Minute))},
		{Id: new("without a time")},
		{Timestamp: timestamppb.New(observed())},
	}}, nil
}

func (m *matching) source(now func() time.Time) *anomify.Source {
	return anomify.NewSource(config.Source{Name: account, Timeout: time.Minute}, m, now)
}

func lastHour() poll.Window { return poll.Window{From: observed().Add(-time.Hour), To: observed()} }

func TestMatches_AMetricIsReadAgainOnlyWhenItMatchedAgain(t *testing.T) {
	t.Parallel()
	m := &matching{metrics: []string{"a", "b"}, last: observed().Add(-time.Minute)}
	s := m.source(observed)
	for range 2 {
		batch, err := s.Fetch(t.Context(), lastHour())
		require.NoError(t, err)
		require.Len(t, batch.Events, 2, "the cursor must see them again")
	}
	require.Equal(t, []string{"a", "b"}, m.read)
	_, err := s.Fetch(t.Context(), poll.Window{From: observed().Add(-3 * time.Hour), To: observed()})
	require.NoError(t, err)
	require.Len(t, m.read, 4, "an earlier window has more")
	m.last = m.last.Add(time.Second)
	_, err = s.Fetch(t.Context(), lastHour())
	require.NoError(t, err)
	require.Len(t, m.read, 6)
	m.last = observed().Add(-2 * time.Hour)
	batch, err := s.Fetch(t.Context(), lastHour())
	require.NoError(t, err)
	require.Empty(t, batch.Events)
	require.Len(t, m.read, 6, "what matched before the window is not asked for")
}

// The next poll goes on with what this one left; the position is held until then.
func TestMatches_WhatWasReadIsKeptWhereTheRestCannotBe(t *testing.T) {
	t.Parallel()
	m := &matching{metrics: []string{"a", "b", "c"}, last: observed().Add(-time.Minute), readUntil: 2}
	m.readErr = rpc.Error(codes.ResourceExhausted, rpc.ReasonRateLimited, nil, "the budget is used up")
	s := m.source(observed)
	batch, err := s.Fetch(t.Context(), lastHour())
	require.ErrorIs(t, err, m.readErr)
	require.Len(t, batch.Events, 2)
	require.Len(t, batch.Rejected, 4)
	require.Equal(t, "no_time", batch.Rejected[0].Reason)
	require.Equal(t, "no_id", batch.Rejected[1].Reason)
	m.readErr = nil
	batch, err = s.Fetch(t.Context(), lastHour())
	require.NoError(t, err)
	require.Len(t, batch.Events, 3)
	require.Equal(t, []string{"a", "b", "c"}, m.read)
}

// The shapes are assumed: an account where they are others still has anomalies.
func TestMatches_AreLeftAloneWhereTheVendorHidesThem(t *testing.T) {
	t.Parallel()
	now := observed()
	m := &matching{metrics: []string{"a"}, last: observed().Add(-time.Minute)}
	s := m.source(func() time.Time { return now })
	for _, reason := range []string{rpc.ReasonNotFound, rpc.ReasonRefusedByVendor} {
		m.listErr = rpc.Error(codes.NotFound, reason, nil, "no such endpoint")
		batch, err := s.Fetch(t.Context(), lastHour())
		require.NoError(t, err)
		require.Equal(t, map[string]int{"matches": 1}, batch.Omitted)
		m.listErr = nil
		batch, err = s.Fetch(t.Context(), lastHour())
		require.NoError(t, err)
		require.Empty(t, batch.Events, "it is not asked again at once")
		now = now.Add(time.Hour)
	}
	batch, err := s.Fetch(t.Context(), lastHour())
	require.NoError(t, err)
	require.Len(t, batch.Events, 1)
}

// A proxy that is in the way for a while must not cost an hour of matches.
func TestMatches_AnswersThatCannotBeReadHoldThePositionForAWhile(t *testing.T) {
	t.Parallel()
	now := observed()
	m := &matching{listErr: rpc.Error(codes.Internal, rpc.ReasonBadAnswer, nil, "a page of HTML")}
	s := m.source(func() time.Time { return now })
	for range 2 {
		_, err := s.Fetch(t.Context(), lastHour())
		require.ErrorIs(t, err, m.listErr)
		now = now.Add(19 * time.Minute)
		m.listErr, m.metrics = nil, nil
		_, err = s.Fetch(t.Context(), lastHour())
		require.NoError(t, err, "it counts anew")
		m.listErr = rpc.Error(codes.Internal, rpc.ReasonBadAnswer, nil, "a page of HTML")
	}
	_, err := s.Fetch(t.Context(), lastHour())
	require.ErrorIs(t, err, m.listErr)
	now = now.Add(20 * time.Minute)
	batch, err := s.Fetch(t.Context(), lastHour())
	require.NoError(t, err)
	require.Equal(t, map[string]int{"matches": 1}, batch.Omitted)
}

// Nobody has documented where the vendor says when a metric matched last.
func TestMatches_OfMetricsThatDoNotTellWhenTheFirstFewAreRead(t *testing.T) {
	t.Parallel()
	m := &matching{metrics: []string{"a", "b", "c", "d", "e", "f", "g"}}
	batch, err := m.source(observed).Fetch(t.Context(), lastHour())
	require.NoError(t, err)
	require.Len(t, batch.Events, 5)
	require.Equal(t, []string{"a", "b", "c", "d", "e"}, m.read)
}

// The adapter tells how much of the budget is free, by which polls are paced.
func TestChain_TheAdapterTellsOfItsBudget(t *testing.T) {
	t.Parallel()
	clock := pollertest.NoonUTC()
	sim := simulator.New(simulator.Options{Now: clock.Now})
	chain := pollertest.NewChain(t, config.Source{
		Name: account, Vendor: eventv1.Vendor_VENDOR_ANOMIFY, BaseURL: "/anomify",
		Credential: config.NewSecret(simulator.DefaultAnomifyToken),
	}, clock, adapter.New, sim.Handler())
	var told []float64
	client := anomifyv1.NewAnomifyServiceClient(rpc.WatchBudget(chain.Conn, func(share float64) { told = append(told, share) }))
	for range 5 {
		_, err := client.ListChips(t.Context(), &anomifyv1.ListChipsRequest{Source: account})
		require.NoError(t, err)
	}
	require.Len(t, told, 5)
	require.IsDecreasing(t, told)
	require.InDelta(t, 0.95, told[4], 0.02, "5 of 108 that are not kept for actions")
}
