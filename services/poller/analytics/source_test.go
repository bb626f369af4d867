package analytics_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/poll"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	analyticsv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/analytics/v1"
	"github.com/signalbox-io/signalbox/services/poller/analytics"
)

// fake is an adapter with the same figures for every site.
type fake struct {
	t        *testing.T
	sites    []*analyticsv1.Site
	rejected []*analyticsv1.RejectedRecord
	visitors *analyticsv1.GetRealtimeResponse
	stats    *analyticsv1.GetSiteStatsResponse
	events   *analyticsv1.ListEventsResponse
	views    *analyticsv1.GetPageviewsResponse
	err      map[string]error
	calls    int
	// days is the range of the last call for page views.
	days int32
}

func (f *fake) called(ctx context.Context, source, what string) error {
	_, ok := ctx.Deadline()
	require.True(f.t, ok)
	require.Equal(f.t, account, source)
	f.calls++
	return f.err[what]
}

func (f *fake) ListSites(
	ctx context.Context, in *analyticsv1.ListSitesRequest, _ ...grpc.CallOption,
) (*analyticsv1.ListSitesResponse, error) {
	return &analyticsv1.ListSitesResponse{Sites: f.sites, Rejected: f.rejected}, f.called(ctx, in.GetSource(), "list")
}

func (f *fake) GetRealtime(
	ctx context.Context, in *analyticsv1.GetRealtimeRequest, _ ...grpc.CallOption,
) (*analyticsv1.GetRealtimeResponse, error) {
	return f.visitors, f.called(ctx, in.GetSource(), in.GetSiteId())
}

func (f *fake) GetSiteStats(
	ctx context.Context, in *analyticsv1.GetSiteStatsRequest, _ ...grpc.CallOption,
) (*analyticsv1.GetSiteStatsResponse, error) {
	require.EqualValues(f.t, 7, in.GetDays())
	return f.stats, f.called(ctx, in.GetSource(), in.GetSiteId())
}

func (f *fake) ListEvents(
	ctx context.Context, in *analyticsv1.ListEventsRequest, _ ...grpc.CallOption,
) (*analyticsv1.ListEventsResponse, error) {
	require.EqualValues(f.t, 7, in.GetDays())
	return f.events, f.called(ctx, in.GetSource(), in.GetSiteId())
}

func (f *fake) GetPageviews(
	ctx context.Context, in *analyticsv1.GetPageviewsRequest, _ ...grpc.CallOption,
) (*analyticsv1.GetPageviewsResponse, error) {
	f.days = in.GetDays()
	return f.views, f.called(ctx, in.GetSource(), in.GetSiteId())
}

func newSource(f *fake, now func() time.Time, sites ...string) *analytics.Source {
	return analytics.NewSource(config.Source{Name: account, Timeout: time.Minute, Sites: sites}, f, now)
}

func fetch(t *testing.T, f *fake, sites ...string) poll.Batch {
	t.Helper()
	f.t = t
	batch, err := newSource(f, func() time.Time { return at(3, 20) }, sites...).Fetch(t.Context(), poll.Window{})
	require.NoError(t, err)
	return batch
}

func TestFetch_ReadsTheSitesThatAreTracked(t *testing.T) {
	t.Parallel()
	f := &fake{sites: []*analyticsv1.Site{{Id: "shop", Active: true}, {Id: "old"}, {Active: true}, {Id: "blog", Active: true}}}
	var read []string
	for _, e := range fetch(t, f, "all").Events {
		read = append(read, e.GetEntity())
	}
	require.Equal(t, []string{"site:shop", "site:shop", "site:blog", "site:blog"}, read)

	f = &fake{err: map[string]error{"list": rpc.Error(codes.Internal, "BAD_ANSWER", nil, "not asked")}}
	require.Len(t, fetch(t, f, "shop", "old").Events, 4)
}

func TestFetch_ASiteThatCannotBeReadCostsOnlyItself(t *testing.T) {
	t.Parallel()
	f := &fake{t: t, err: map[string]error{"a": rpc.Error(codes.InvalidArgument, "REFUSED_BY_VENDOR", nil, "no access")}}
	batch, err := newSource(f, time.Now, "a", "b").Fetch(t.Context(), poll.Window{})
	require.ErrorContains(t, err, "get realtime of site a: ")
	require.ErrorContains(t, err, "no access (and 3 more that cannot be read)")
	require.Len(t, batch.Events, 2)
	require.Equal(t, "site:b", batch.Events[0].GetEntity())
}

func TestFetch_ARefusedKeyEndsIt(t *testing.T) {
	t.Parallel()
	refused := rpc.Error(codes.Unauthenticated, "CREDENTIAL_REFUSED", nil, "wrong key")
	f := &fake{t: t, err: map[string]error{"a": refused, "b": refused}}
	_, err := newSource(f, time.Now, "a", "b").Fetch(t.Context(), poll.Window{})
	require.Equal(t, "CREDENTIAL_REFUSED", rpc.Reason(err))
	require.Equal(t, 1, f.calls)

	f = &fake{t: t, err: map[string]error{"list": refused}}
	_, err = newSource(f, time.Now, "all").Fetch(t.Context(), poll.Window{})
	require.ErrorContains(t, err, "list sites: ")
}

func TestFetch_WhatIsUnreadableIsRejectedWhateverBecomesOfTheRest(t *testing.T) {
	t.Parallel()
	record := func(index int32, raw string) []*analyticsv1.RejectedRecord {
		return []*analyticsv1.RejectedRecord{{Index: index, Reason: "odd", Raw: raw}}
	}
	f := &fake{
		t: t, sites: []*analyticsv1.Site{{Id: "a", Name: "A", Active: true}, {Id: "b", Active: true}}, rejected: record(4, "7"),
		visitors: &analyticsv1.GetRealtimeResponse{Rejected: record(3, "8")},
		stats:    &analyticsv1.GetSiteStatsResponse{Visitors: 2, Rejected: append(record(2, `{"bounceRate":"n/a"}`), record(5, "{}")...)},
		events:   &analyticsv1.ListEventsResponse{Rejected: record(1, "9")},
		views:    &analyticsv1.GetPageviewsResponse{Rejected: record(0, "10")},
		err:      map[string]error{"b": rpc.Error(codes.InvalidArgument, "REFUSED_BY_VENDOR", nil, "no access")},
	}
	batch, err := newSource(f, time.Now, "all").Fetch(t.Context(), poll.Window{})
	require.ErrorContains(t, err, "no access")
	require.Equal(t, []poll.Rejected{
		{Reason: "unreadable", Detail: "site 4: odd", Record: "7", Part: "sites"},
		{Reason: "unreadable", Detail: "realtime of site A, page 3: odd", Record: "8", Part: "a/realtime"},
		{Reason: "unreadable", Detail: "stats of site A, figure 2: odd", Record: `{"bounceRate":"n/a"}`, Part: "a/stats"},
		{Reason: "unreadable", Detail: "pageviews of site A, day 0: odd", Record: "10", Part: "a/pageviews"},
		{Reason: "unreadable", Detail: "events of site A, event 1: odd", Record: "9", Part: "a/events"},
	}, batch.Rejected, "a list of the stats that no event has is nobody's loss")
	require.Len(t, batch.Events, 2)
	require.Equal(t, map[string]float64{"visitors": 2, "pageviews": 0, "average_duration_seconds": 0},
		batch.Events[1].GetTraffic().GetMeasures(), "what could not be read is not 0")
}
