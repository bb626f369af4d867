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

func chart(dates ...string) *analyticsv1.GetPageviewsResponse {
	answer := &analyticsv1.GetPageviewsResponse{}
	for _, date := range dates {
		answer.Chart = append(answer.Chart, &analyticsv1.DayCount{Date: date, Count: 7})
	}
	return answer
}

func TestConvertPageviews_ADayEndsWhereItEndsAndAnOpenOneWithTheLook(t *testing.T) {
	t.Parallel()
	midnight := time.Date(2026, 9, 24, 0, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		date     string
		observed time.Time
		occurred time.Time
		partial  string
	}{
		"over for long":     {"2026-09-21", midnight.Add(10 * time.Hour), midnight.AddDate(0, 0, -2), ""},
		"over at this time": {"2026-09-23", midnight, midnight, ""},
		"about to be over":  {"2026-09-23", midnight.Add(-time.Second), midnight.Add(-time.Second), "true"},
		"goes on":           {"2026-09-24", midnight.Add(10 * time.Hour), midnight.Add(10 * time.Hour), "true"},
		"has just begun":    {"2026-09-24", midnight, midnight, "true"},
		"east of here":      {"2026-09-25", midnight.Add(20 * time.Hour), midnight.Add(20 * time.Hour), "true"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := analytics.Site{ID: "shop"}
			events := analytics.ConvertPageviews(account, site, chart(tc.date), tc.observed.In(time.FixedZone("", 5*3600)))
			require.Len(t, events, 1)
			e := events[0]
			require.Equal(t, "shop/pageviews/"+tc.date, e.GetNativeId())
			require.Equal(t, tc.occurred, e.GetOccurredAt().AsTime())
			require.Equal(t, tc.occurred, e.GetTraffic().GetWindowEnd().AsTime())
			require.Equal(t, tc.observed, e.GetObservedAt().AsTime())
			require.Equal(t, tc.partial, e.GetLabels()["partial"])
			if start := e.GetTraffic().GetWindowStart(); start != nil {
				require.True(t, start.AsTime().Before(tc.occurred))
			}
		})
	}
}

func TestConvertPageviews_ADateThatIsNoneIsNoEvent(t *testing.T) {
	t.Parallel()
	require.Len(t, analytics.ConvertPageviews(account, analytics.Site{}, chart("", "0000-01-01", "2026-02-30", "2026-02-28"), at(0, 0)), 1)
}

func TestConvertEvents_NamesDoNotRunIntoEachOther(t *testing.T) {
	t.Parallel()
	answer := &analyticsv1.ListEventsResponse{Events: []*analyticsv1.NamedCount{{Name: "a/b"}, {Name: "a%2Fb"}, {Name: ""}}}
	var ids []string
	for _, e := range analytics.ConvertEvents(account, analytics.Site{ID: "shop"}, answer, at(0, 0)) {
		ids = append(ids, e.GetNativeId())
	}
	require.Equal(t, []string{
		"shop/events/7d/a%2Fb/2026-09-24", "shop/events/7d/a%252Fb/2026-09-24", "shop/events/7d//2026-09-24",
	}, ids)
}

// views is one look at the page views of two days.
type views struct {
	at               time.Time
	yesterday, today float64
}

func TestFetch_PageViewsOfADayAreToldWhenTheyChangeAndWhenItIsOver(t *testing.T) {
	t.Parallel()
	evening := time.Date(2026, 9, 24, 23, 58, 0, 0, time.UTC)
	f, clock := &fake{t: t}, pollertest.NewClock(evening)
	s := newSource(f, clock.Now, "shop")
	var told []string
	seen := map[string]bool{}
	for _, look := range []views{
		{evening, 100, 40},
		{evening.Add(time.Minute), 100, 40},
		{evening.Add(90 * time.Second), 100, 41},
		{evening.Add(2 * time.Minute), 100, 41}, // midnight: the day is over
		{evening.Add(3 * time.Minute), 100, 41},
		{evening.Add(4 * time.Minute), 100, 43}, // counted late
		{evening.Add(5 * time.Minute), 100, 41}, // and taken back
	} {
		clock.Move(look.at.Sub(clock.Now()))
		f.views = chart("2026-09-23", "2026-09-24")
		f.views.Chart[0].Count, f.views.Chart[1].Count = look.yesterday, look.today
		batch, err := s.Fetch(t.Context(), poll.Window{})
		require.NoError(t, err)
		for _, e := range batch.Events {
			if e.GetLabels()["range"] == "1d" && !seen[e.GetId()] {
				seen[e.GetId()] = true
				told = append(told, e.GetTitle())
			}
		}
	}
	require.Equal(t, []string{
		"shop: 100 page views on 2026-09-23", "shop: 40 page views on 2026-09-24 so far", "shop: 41 page views on 2026-09-24 so far",
		"shop: 41 page views on 2026-09-24", "shop: 43 page views on 2026-09-24", "shop: 41 page views on 2026-09-24",
	}, told)
}

func TestFetch_ARestartTellsNoDayAndNoCustomEventAgain(t *testing.T) {
	t.Parallel()
	f, clock := &fake{
		t: t, views: chart("2026-09-22", "2026-09-23", "2026-09-24"),
		events: &analyticsv1.ListEventsResponse{Events: []*analyticsv1.NamedCount{{Name: "buy", Count: 3}}},
	}, pollertest.NewClock(at(0, 0))
	ids := func(s *analytics.Source) (ids []string) {
		batch, err := s.Fetch(t.Context(), poll.Window{})
		require.NoError(t, err)
		for _, e := range batch.Events {
			ids = append(ids, e.GetId())
		}
		return ids
	}
	s := newSource(f, clock.Now, "shop")
	first := ids(s)
	require.Len(t, first, 6)
	clock.Move(time.Minute)
	require.Equal(t, first, ids(s))
	require.Equal(t, first, ids(newSource(f, clock.Now, "shop")))
}

func TestFetch_ReadsAsManyDaysAsTheWindowHas(t *testing.T) {
	t.Parallel()
	now := at(0, 0)
	for days, from := range map[int32]time.Time{
		7:  now.AddDate(0, 0, -6),
		30: now.AddDate(0, 0, -6).Add(-time.Second),
		90: now.AddDate(0, 0, -30),
	} {
		f := &fake{t: t}
		_, err := newSource(f, func() time.Time { return now }, "shop").Fetch(t.Context(), poll.Window{From: from, To: now})
		require.NoError(t, err)
		require.Equal(t, days, f.days)
	}
}

func TestFetch_WhatIsNotReadAnyMoreIsForgotten(t *testing.T) {
	t.Parallel()
	f, clock := &fake{t: t}, pollertest.NewClock(at(0, 0))
	s := newSource(f, clock.Now, "shop")
	named := func(name string) *eventv1.Event {
		f.events = &analyticsv1.ListEventsResponse{Events: []*analyticsv1.NamedCount{{Name: name, Count: 1}}}
		batch, err := s.Fetch(t.Context(), poll.Window{})
		require.NoError(t, err)
		return batch.Events[2]
	}
	for range 100 {
		named(clock.Now().String())
		clock.Move(time.Hour)
	}
	require.Less(t, s.Remembered(), 55, "figures of two days")
}

// A vendor that tells a figure twice tells no change at each poll.
func TestFetch_AFigureThatIsThereTwiceIsToldOnce(t *testing.T) {
	t.Parallel()
	f, clock := &fake{t: t, events: &analyticsv1.ListEventsResponse{
		Events: []*analyticsv1.NamedCount{{Name: "buy", Count: 3}, {Name: "buy", Count: 4}},
	}, views: &analyticsv1.GetPageviewsResponse{
		Chart: []*analyticsv1.DayCount{{Date: "2026-09-23", Count: 1}, {Date: "2026-09-23", Count: 2}},
	}}, pollertest.NewClock(at(0, 0))
	s, ids := newSource(f, clock.Now, "shop"), map[string]bool{}
	for range 5 {
		batch, err := s.Fetch(t.Context(), poll.Window{})
		require.NoError(t, err)
		for _, e := range batch.Events {
			ids[e.GetId()] = true
		}
		require.Len(t, batch.Rejected, 2)
		require.Equal(t, "shop/pageviews/2026-09-23 is in the answer twice", batch.Rejected[0].Detail)
		clock.Move(30 * time.Second)
	}
	require.Len(t, ids, 4, "visitors, totals, a day and an event")
}
