package analytics_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	analyticsv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/analytics/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
	"github.com/signalbox-io/signalbox/services/adapter/analytics"
	"github.com/signalbox-io/signalbox/services/simulator"
	simulated "github.com/signalbox-io/signalbox/services/simulator/analytics"
	"github.com/signalbox-io/signalbox/services/simulator/fault"
)

func newSimulatedBench(t *testing.T, options simulator.Options) (*simulator.Server, *adaptertest.Bench) {
	t.Helper()
	vendor := simulator.New(options)
	vendor.Analytics.AddSite(simulated.Site{ID: site, Name: "My Website", Domain: "example.com", CreatedAt: time.Date(2025, 1, 15, 10, 30, 0, 0, time.UTC)})
	return vendor, adaptertest.New(t, adaptertest.Options{
		Vendor: eventv1.Vendor_VENDOR_ANALYTICS, Credential: simulator.DefaultAnalyticsKey, BasePath: "/analytics/api/v2",
	}, analytics.New, vendor.Handler())
}

func TestSimulator_SitesStatsAndRealtime(t *testing.T) {
	t.Parallel()
	vendor, b := newSimulatedBench(t, simulator.Options{})
	vendor.Analytics.AddSite(simulated.Site{ID: "a b", Inactive: true, CreatedAt: time.Date(2025, 1, 15, 10, 30, 0, 0, time.UTC)})
	now := time.Now()
	vendor.Analytics.AddHits(site, now, simulated.Hits{Visitors: 10, Pageviews: 20, Bounces: 4, Seconds: 1450})
	vendor.Analytics.AddHits(site, now.AddDate(0, 0, -20), simulated.Hits{Visitors: 1, Pageviews: 2})
	vendor.Analytics.SetRealtime("a b", simulated.Realtime{ActiveVisitors: 42, ActivePages: []simulated.ActivePage{{Path: "/pricing", Visitors: 8}}})

	sites, err := clientOf(b).ListSites(t.Context(), &analyticsv1.ListSitesRequest{Source: adaptertest.Source})
	require.NoError(t, err)
	adaptertest.EqualJSON(t, `{"sites":[
		{"id":"`+site+`","name":"My Website","domain":"example.com","active":true,"createdAt":"2025-01-15T10:30:00Z"},
		{"id":"a b","createdAt":"2025-01-15T10:30:00Z"}]}`, sites)

	stats := func(days int32) *analyticsv1.GetSiteStatsResponse {
		got, err := clientOf(b).GetSiteStats(t.Context(), &analyticsv1.GetSiteStatsRequest{Source: adaptertest.Source, SiteId: site, Days: days})
		require.NoError(t, err)
		got.Raw = ""
		return got
	}
	adaptertest.EqualJSON(t, `{"visitors":10,"pageviews":20,"bounceRate":40,"averageDuration":145}`, stats(7))
	require.InDelta(t, 11, stats(30).GetVisitors(), 0)
	require.InDelta(t, 11, stats(90).GetVisitors(), 0)

	live, err := clientOf(b).GetRealtime(t.Context(), &analyticsv1.GetRealtimeRequest{Source: adaptertest.Source, SiteId: "a b"})
	require.NoError(t, err)
	live.Raw = ""
	adaptertest.EqualJSON(t, `{"activeVisitors":42,"pages":[{"path":"/pricing","visitors":8}]}`, live)

	_, err = clientOf(b).GetRealtime(t.Context(), &analyticsv1.GetRealtimeRequest{Source: adaptertest.Source, SiteId: "none"})
	b.Expect(t, err, adaptertest.Refused())
}

func TestSimulator_TheLimitIsNeverExceeded(t *testing.T) {
	t.Parallel()
	vendor, b := newSimulatedBench(t, simulator.Options{})
	for range 100 {
		require.NoError(t, listSites(t.Context(), b))
	}
	b.Expect(t, listSites(t.Context(), b), adaptertest.RateLimited())
	require.Equal(t, 100, b.Calls())
	require.Empty(t, vendor.Excesses())
}

func TestSimulator_FaultsMeanWhatTheyAre(t *testing.T) {
	t.Parallel()
	for kind, want := range map[fault.Kind]adaptertest.Failure{
		fault.Garbage:      adaptertest.BadAnswer(),
		fault.HTML:         adaptertest.BadAnswer(),
		fault.HalfJSON:     adaptertest.BadAnswer(),
		fault.Huge:         adaptertest.BadAnswer(),
		fault.Empty:        adaptertest.BadAnswer(),
		fault.Reset:        adaptertest.Unavailable(),
		fault.Status:       adaptertest.Unavailable(),
		fault.RateLimit:    adaptertest.RateLimited(),
		fault.Unauthorized: adaptertest.CredentialRefused(),
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			vendor, b := newSimulatedBench(t, simulator.Options{})
			require.NoError(t, vendor.SetFault(fault.Fault{Vendor: "analytics", Kind: kind, RetryAfterSeconds: 60}))
			b.Expect(t, getRealtime(t.Context(), b), want, simulator.DefaultAnalyticsKey)
		})
	}
}
