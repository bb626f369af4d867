package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/simulator/replay"
)

func TestFactOf_MovesTheTimeToTheReplaysClock(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, time.May, 1, 12, 0, 0, 0, time.UTC)
	part := newSlice(start, 42*time.Second)
	seen := part.detectors.From.Add(36 * time.Hour)

	f := factOf(replay.Anomalies, record{Line: 7, TS: seen, Metric: "a/b", Value: 1.5, Score: 0.75}, part.clock(replay.Anomalies))
	require.Equal(t, "anomify-prod 7 open", f.name())
	require.Equal(t, "anomalies.jsonl:7", f.from)
	require.Equal(t, "2026-05-01T12:00:09Z", f.fields["occurred_at"])
	require.Equal(t, "1.5", f.fields["value"])
	require.Equal(t, "0.75", f.fields["score"])
}

func TestCountBots_AddsUpByCampaignAndDay(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, time.May, 1, 23, 59, 59, 0, time.UTC)
	clock := replay.Clock{DataStart: start, WallStart: start, Speed: 1}
	want := expected{counters: map[string][]step{}}
	want.countBots([]record{
		{TS: start, Site: "s", Invalid: 1, Total: 4},
		{TS: start.Add(500 * time.Millisecond), Site: "s", Invalid: 2, Total: 2},
		{TS: start.Add(time.Second), Site: "s", Invalid: 3, Total: 3},
	}, clock)

	first := want.counters["anura-main 1/s/20260501 of campaign:s"]
	require.Len(t, first, 2)
	require.Equal(t, map[string]float64{"requests": 6, "suspect": 3, "invalid": 3, "invalid_ratio": 0.5}, first[1].counts)
	require.Len(t, want.counters["anura-main 1/s/20260502 of campaign:s"], 1)
}

func TestCountMinutes_BeginsWithNothing(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, time.May, 1, 12, 0, 0, 0, time.UTC)
	want := expected{counters: map[string][]step{}}
	want.countMinutes([]minute{
		{at: start, site: "s", requests: 10, browser: 4},
		{at: start.Add(time.Minute), site: "s", requests: 20, browser: 3},
	}, replay.Clock{DataStart: start, WallStart: start, Speed: 60})

	stats := want.counters["website s/stats/7d of site:s"]
	require.Equal(t, statsCounts(0, 0), stats[0].counts)
	require.Equal(t, statsCounts(7, 30), stats[2].counts)
	require.Equal(t, start.Add(time.Second), stats[2].at)
	present := want.counters["website s/realtime of site:s"]
	require.Equal(t, map[string]float64{"active_visitors": 3}, present[2].counts)
	require.Equal(t, []string{"s"}, want.sites)
}

func TestCountMinutes_AddsPageViewsUpByDay(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, time.May, 1, 23, 59, 0, 0, time.UTC)
	want := expected{counters: map[string][]step{}}
	want.countMinutes([]minute{
		{at: start.Add(-time.Minute), site: "s"},
		{at: start, site: "s", requests: 10},
		{at: start.Add(time.Second), site: "s", requests: 20},
		{at: start.Add(time.Minute), site: "s", requests: 5},
	}, replay.Clock{DataStart: start, WallStart: start, Speed: 1})

	day := want.counters["website s/pageviews/2026-05-01 of site:s"]
	require.Len(t, day, 2, "a day without views is not there")
	require.Equal(t, map[string]float64{"day_pageviews": 30}, day[1].counts)
	require.Len(t, want.counters["website s/pageviews/2026-05-02 of site:s"], 1)
}
