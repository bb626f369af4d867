package analytics_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/poll"
	analyticsv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/analytics/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/poller/analytics"
	"github.com/signalbox-io/signalbox/services/poller/pollertest"
)

const account = "website"

func at(minute, second int) time.Time { return time.Date(2026, 9, 24, 10, minute, second, 0, time.UTC) }

func TestConvert_Golden(t *testing.T) {
	t.Parallel()
	f := &fake{
		visitors: pollertest.Read(t, "realtime", &analyticsv1.GetRealtimeResponse{}),
		stats:    pollertest.Read(t, "stats", &analyticsv1.GetSiteStatsResponse{}),
		events:   pollertest.Read(t, "events", &analyticsv1.ListEventsResponse{}),
		views:    pollertest.Read(t, "pageviews", &analyticsv1.GetPageviewsResponse{}),
	}
	f.sites = []*analyticsv1.Site{{Id: "shop", Name: "Shop", Domain: "shop.example.com", Active: true}}
	pollertest.Golden(t, "listed", fetch(t, f, "all"))
	pollertest.Golden(t, "configured", fetch(t, f, "shop"))
}

func TestConvert_SnapshotsAreStampedWithWhenTheyWereSeen(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("", 5*3600)
	site := analytics.Site{ID: "a/b"}
	for want, e := range map[string]*eventv1.Event{
		"a/b/realtime/2026-09-24T10:05Z": analytics.ConvertRealtime(account, site, nil, at(9, 59).In(zone)),
		"a/b/realtime/2026-09-24T10:10Z": analytics.ConvertRealtime(account, site, nil, at(10, 0).In(zone)),
		"a/b/stats/7d/2026-09-24":        analytics.ConvertStats(account, site, nil, at(10, 0).In(zone)),
	} {
		require.Equal(t, want, e.GetNativeId())
		require.Equal(t, e.GetObservedAt().AsTime(), e.GetOccurredAt().AsTime())
		require.Equal(t, e.GetObservedAt().AsTime(), e.GetTraffic().GetWindowEnd().AsTime())
		require.Nil(t, e.GetTraffic().GetWindowStart())
	}
}

// look is one look at the present visitors.
type look struct {
	at       time.Time
	visitors float64
}

// told returns the visitors that become events, in turn.
func told(t *testing.T, s *analytics.Source, f *fake, clock *pollertest.Clock, looks ...look) []float64 {
	t.Helper()
	var told []float64
	seen := map[string]bool{}
	for _, l := range looks {
		clock.Move(l.at.Sub(clock.Now()))
		f.visitors = &analyticsv1.GetRealtimeResponse{ActiveVisitors: l.visitors}
		batch, err := s.Fetch(t.Context(), poll.Window{})
		require.NoError(t, err)
		e := batch.Events[0]
		if !seen[e.GetId()] {
			told = append(told, e.GetTraffic().GetMeasures()["active_visitors"])
		}
		seen[e.GetId()] = true
	}
	return told
}

func TestFetch_TellsEachChangeOnce(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		looks []look
		want  []float64
	}{
		"unchanged":                {[]look{{at(0, 0), 7}, {at(1, 0), 7}, {at(4, 59), 7}}, []float64{7}},
		"changed":                  {[]look{{at(0, 0), 7}, {at(1, 0), 8}, {at(2, 0), 8}}, []float64{7, 8}},
		"back to what it was":      {[]look{{at(0, 0), 7}, {at(1, 0), 8}, {at(2, 0), 7}, {at(3, 0), 7}}, []float64{7, 8, 7}},
		"back and forth":           {[]look{{at(0, 0), 7}, {at(1, 0), 8}, {at(2, 0), 7}, {at(3, 0), 8}}, []float64{7, 8, 7, 8}},
		"another five minutes":     {[]look{{at(4, 59), 7}, {at(5, 0), 7}, {at(9, 59), 7}, {at(10, 0), 7}}, []float64{7, 7, 7}},
		"nobody, and nobody again": {[]look{{at(0, 0), 0}, {at(1, 0), 0}}, []float64{0}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, clock := &fake{t: t}, pollertest.NewClock(at(0, 0))
			require.Equal(t, test.want, told(t, newSource(f, clock.Now, "shop"), f, clock, test.looks...))
		})
	}
}

func TestFetch_RestartTellsNothingAgain(t *testing.T) {
	t.Parallel()
	f, clock := &fake{t: t, visitors: &analyticsv1.GetRealtimeResponse{ActiveVisitors: 7}}, pollertest.NewClock(at(0, 0))
	ids := func() []string {
		batch, err := newSource(f, clock.Now, "shop").Fetch(t.Context(), poll.Window{})
		require.NoError(t, err)
		return []string{batch.Events[0].GetId(), batch.Events[1].GetId()}
	}
	first := ids()
	clock.Move(time.Minute)
	require.Equal(t, first, ids())
}

func TestFetch_SitesAreToldApart(t *testing.T) {
	t.Parallel()
	f := &fake{t: t}
	batch, err := newSource(f, func() time.Time { return at(0, 0) }, "a", "b").Fetch(t.Context(), poll.Window{})
	require.NoError(t, err)
	ids := map[string]bool{}
	for _, e := range batch.Events {
		ids[e.GetId()] = true
	}
	require.Len(t, ids, 4)
}
