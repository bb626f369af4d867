package analytics_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/poll"
	analyticsv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/analytics/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	adapter "github.com/signalbox-io/signalbox/services/adapter/analytics"
	"github.com/signalbox-io/signalbox/services/poller/analytics"
	"github.com/signalbox-io/signalbox/services/poller/pollertest"
	"github.com/signalbox-io/signalbox/services/simulator"
	vendor "github.com/signalbox-io/signalbox/services/simulator/analytics"
)

func TestChain_FiguresArriveOnceThroughRestarts(t *testing.T) {
	t.Parallel()
	clock := pollertest.NoonUTC()
	sim := simulator.New(simulator.Options{Now: clock.Now})
	sim.Analytics.AddSite(vendor.Site{ID: "shop", Name: "Shop", Domain: "shop.example.com"})
	sim.Analytics.AddSite(vendor.Site{ID: "old", Inactive: true})
	chain := pollertest.NewChain(t, config.Source{
		Name: account, Vendor: eventv1.Vendor_VENDOR_ANALYTICS, BaseURL: "/analytics/api/v2",
		Credential: config.NewSecret(simulator.DefaultAnalyticsKey), Sites: []string{"all"},
	}, clock, adapter.New, sim.Handler())
	newPoller := func() *pollertest.Poller {
		return chain.Poller(t, poll.Vendor{Name: eventv1.Vendor_VENDOR_ANALYTICS, Open: func(source config.Source) (poll.Fetcher, error) {
			return analytics.NewSource(source, analyticsv1.NewAnalyticsServiceClient(chain.Conn), clock.Now), nil
		}})
	}
	sees := func(visitors int) {
		sim.Analytics.SetRealtime("shop", vendor.Realtime{ActiveVisitors: visitors})
	}

	sees(240)
	sim.Analytics.AddHits("shop", clock.Now().AddDate(0, 0, -1), vendor.Hits{Visitors: 4, Pageviews: 9, Seconds: 580})
	sim.Analytics.AddHits("shop", clock.Now(), vendor.Hits{
		Visitors: 6, Pageviews: 21, Bounces: 4, Seconds: 870, Events: map[string]int{"signup": 2},
	})
	poller := newPoller()
	require.Equal(t, 5, poller.Poll(t), "who is there, the totals, two days and a custom event")
	require.Zero(t, poller.Poll(t))
	clock.Move(time.Minute)
	require.Zero(t, newPoller().Poll(t), "a restart tells nothing again")

	sees(61)
	require.Equal(t, 1, poller.Poll(t))
	sees(240)
	clock.Move(time.Minute)
	require.Equal(t, 1, poller.Poll(t))
	sim.Analytics.AddHits("shop", clock.Now(), vendor.Hits{Visitors: 1, Pageviews: 1})
	require.Equal(t, 2, newPoller().Poll(t), "the totals and today")

	figures := map[string][]float64{}
	for _, e := range chain.Events(t) {
		for name, value := range e.GetTraffic().GetMeasures() {
			figures[name] = append(figures[name], value)
		}
	}
	require.Equal(t, []float64{240, 61, 240}, figures["active_visitors"])
	require.Equal(t, []float64{30, 31}, figures["pageviews"])
	require.Equal(t, []float64{9, 21, 22}, figures["day_pageviews"])
	require.Equal(t, []float64{2}, figures["event_count"])
	first := chain.Events(t)[1]
	require.InDelta(t, 0.4, first.GetTraffic().GetMeasures()["bounce_ratio"], 0)
	require.InDelta(t, 145, first.GetTraffic().GetMeasures()["average_duration_seconds"], 0)
	require.Equal(t, map[string]string{
		"site": "shop", "site_name": "Shop", "domain": "shop.example.com", "range": "7d",
	}, first.GetLabels())
}

func TestChain_BadRecordsAreDeadLettersOnceThroughRestarts(t *testing.T) {
	t.Parallel()
	clock := pollertest.NoonUTC()
	sim := simulator.New(simulator.Options{Now: clock.Now})
	sim.Analytics.AddSite(vendor.Site{ID: "shop", Name: "Shop", CreatedAt: clock.Now()})
	sim.Analytics.AddSite(vendor.Site{ID: "broken", CreatedAt: clock.Now()})
	sim.Analytics.SetRealtime("shop", vendor.Realtime{
		ActiveVisitors: 9, ActivePages: []vendor.ActivePage{{Path: "/", Visitors: 1}, {Path: "/cart", Visitors: 8}},
	})
	sim.Analytics.AddHits("shop", clock.Now(), vendor.Hits{Visitors: 10, Pageviews: 30, Bounces: 4, Seconds: 1450})
	sim.Analytics.AddHits("shop", clock.Now(), vendor.Hits{Events: map[string]int{"signup": 2}})
	const sites = "/analytics/api/v2/sites"
	handler := pollertest.Spoil(sim.Handler(), sites, `"siteId":"broken"`, `"siteId":["broken"]`)
	handler = pollertest.Spoil(handler, sites+"/shop/realtime", `{"path":"/cart","visitors":8}`, `{"path":"/cart"}`)
	handler = pollertest.Spoil(handler, sites+"/shop/stats", `"bounceRate":40`, `"bounceRate":"n/a"`)
	handler = pollertest.Spoil(handler, sites+"/shop/events", `"count":2`, `"count":"few"`)
	chain := pollertest.NewChain(t, config.Source{
		Name: account, Vendor: eventv1.Vendor_VENDOR_ANALYTICS, BaseURL: "/analytics/api/v2",
		Credential: config.NewSecret(simulator.DefaultAnalyticsKey), Sites: []string{"all"},
	}, clock, adapter.New, handler)
	newPoller := func() *pollertest.Poller {
		return chain.Poller(t, poll.Vendor{Name: eventv1.Vendor_VENDOR_ANALYTICS, Open: func(source config.Source) (poll.Fetcher, error) {
			return analytics.NewSource(source, analyticsv1.NewAnalyticsServiceClient(chain.Conn), clock.Now), nil
		}})
	}

	poller := newPoller()
	published, rejected := poller.PollBad(t)
	require.Equal(t, 3, published, "who is there, the totals without the bounce rate, and today")
	require.Equal(t, 4, rejected)
	for range 3 {
		clock.Move(time.Minute)
		require.Zero(t, poller.Poll(t))
		require.Zero(t, newPoller().Poll(t))
	}
	dead := chain.Dead(t)
	require.Len(t, dead, 4)
	require.Contains(t, dead[0], `unreadable {"siteId":["broken"],`)
	require.Equal(t, []string{
		`unreadable {"path":"/cart"}`, `unreadable {"bounceRate":"n/a"}`, `unreadable {"name":"signup","count":"few"}`,
	}, dead[1:])
	require.NotContains(t, chain.Events(t)[1].GetTraffic().GetMeasures(), "bounce_ratio")
}
