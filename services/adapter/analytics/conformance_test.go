package analytics_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	analyticsv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/analytics/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
	"github.com/signalbox-io/signalbox/services/simulator"
	simulated "github.com/signalbox-io/signalbox/services/simulator/analytics"
	"github.com/signalbox-io/signalbox/services/simulator/fault"
)

func TestConformance_EveryCallWorks(t *testing.T) {
	t.Parallel()
	vendor, b := newSimulatedBench(t, simulator.Options{})
	for name, call := range calls() {
		require.NoError(t, call(t.Context(), b), name)
	}
	require.Empty(t, vendor.Excesses())
}

func TestConformance_EventsAndPageviews(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 3, 22, 20, 0, 0, 0, time.UTC)
	vendor, b := newSimulatedBench(t, simulator.Options{Now: func() time.Time { return now }})
	vendor.Analytics.AddHits(site, now, simulated.Hits{Visitors: 10, Pageviews: 20, Pages: map[string]int{"/pricing": 3}, Events: map[string]int{"signup": 2}})
	vendor.Analytics.AddHits(site, now.AddDate(0, 0, -1), simulated.Hits{Visitors: 4, Pageviews: 5, Events: map[string]int{"signup": 1, "buy": 9}})
	vendor.Analytics.AddHits(site, now.AddDate(0, 0, -40), simulated.Hits{Visitors: 1, Pageviews: 1})

	events, err := clientOf(b).ListEvents(t.Context(), &analyticsv1.ListEventsRequest{Source: adaptertest.Source, SiteId: site})
	require.NoError(t, err)
	require.NotEmpty(t, events.GetRaw())
	events.Raw = ""
	adaptertest.EqualJSON(t, `{"events":[{"name":"buy","count":9},{"name":"signup","count":3}]}`, events)

	views := func(days int32, pathname string) *analyticsv1.GetPageviewsResponse {
		got, err := clientOf(b).GetPageviews(t.Context(), &analyticsv1.GetPageviewsRequest{
			Source: adaptertest.Source, SiteId: site, Days: days, Pathname: pathname,
		})
		require.NoError(t, err)
		got.Raw = ""
		return got
	}
	adaptertest.EqualJSON(t, `{"total":25,"unique":14,"chart":[{"date":"2025-03-21","count":5},{"date":"2025-03-22","count":20}]}`, views(7, ""))
	require.Len(t, views(90, "").GetChart(), 3)
	adaptertest.EqualJSON(t, `{"total":3,"unique":3,"chart":[{"date":"2025-03-22","count":3}]}`, views(0, "/pricing"))

	stats, err := clientOf(b).GetSiteStats(t.Context(), &analyticsv1.GetSiteStatsRequest{Source: adaptertest.Source, SiteId: site})
	require.NoError(t, err)
	require.InDelta(t, stats.GetPageviews(), views(7, "").GetTotal(), 0, "the same under two names")
	require.InDelta(t, stats.GetVisitors(), views(7, "").GetUnique(), 0)
}

// TestConformance_EveryFailureOfEveryCall makes the simulator refuse each call
// in each way that is documented, and in those that networks have.
func TestConformance_EveryFailureOfEveryCall(t *testing.T) {
	t.Parallel()
	for kind, want := range map[fault.Kind]adaptertest.Failure{
		fault.Unauthorized: adaptertest.CredentialRefused(),
		fault.ExpiredToken: adaptertest.CredentialRefused(),
		fault.RateLimit:    adaptertest.RateLimited(),
		fault.Status:       adaptertest.Unavailable(),
		fault.Reset:        adaptertest.Unavailable(),
		fault.HalfJSON:     adaptertest.BadAnswer(),
		fault.LoseAnswer:   adaptertest.Unavailable(),
	} {
		for name, call := range calls() {
			t.Run(string(kind)+"/"+name, func(t *testing.T) {
				t.Parallel()
				vendor, b := newSimulatedBench(t, simulator.Options{})
				require.NoError(t, vendor.SetFault(fault.Fault{Vendor: "analytics", Kind: kind, RetryAfterSeconds: 60}))
				b.Expect(t, call(t.Context(), b), want, simulator.DefaultAnalyticsKey)
				require.Empty(t, vendor.Excesses())
			})
		}
	}
}

func TestConformance_ASiteThatIsNotTheKeysIsRefused(t *testing.T) {
	t.Parallel()
	vendor, b := newSimulatedBench(t, simulator.Options{})
	require.NoError(t, vendor.SetFault(fault.Fault{Vendor: "analytics", Kind: fault.Status, Status: 403}))
	for _, call := range calls() {
		b.Expect(t, call(t.Context(), b), adaptertest.Refused())
	}
}

// TestConformance_TheVendorsCountIsObeyed leaves the vendor with less than the
// adapter would allow itself, as another user of the key does.
func TestConformance_TheVendorsCountIsObeyed(t *testing.T) {
	t.Parallel()
	vendor, b := newSimulatedBench(t, simulator.Options{})
	for range 98 {
		vendor.Analytics.Charge(nil)
	}
	require.NoError(t, listSites(t.Context(), b))
	require.NoError(t, getPageviews(t.Context(), b), "the last one")
	b.Expect(t, listEvents(t.Context(), b), adaptertest.RateLimited())
	require.Equal(t, 2, b.Calls())
	require.Empty(t, vendor.Excesses(), "the vendor had to say no to nothing")
}
