package analytics_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	analyticsv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/analytics/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/poller/analytics"
)

// FuzzConvert turns any snapshot, seen at any time, into events: none happened
// after it was seen or ends before it begins, and all fit on the wire.
func FuzzConvert(f *testing.F) {
	f.Add("shop", "signup_click", "2026-09-24", 234.0, int64(1_790_244_200))
	f.Fuzz(func(t *testing.T, id, name, date string, count float64, seconds int64) {
		if math.IsNaN(count) || math.IsInf(count, 0) || seconds < 0 || seconds > 1e11 {
			return // the adapter and the clock give none
		}
		clean := func(text string) string { return strings.ToValidUTF8(text, "?") }
		site, observed := analytics.Site{ID: clean(id)}, time.Unix(seconds, 0)
		events := analytics.ConvertPageviews(account, site, &analyticsv1.GetPageviewsResponse{
			Chart: []*analyticsv1.DayCount{{Date: clean(date), Count: count}},
		}, observed)
		events = append(events, analytics.ConvertEvents(account, site, &analyticsv1.ListEventsResponse{
			Events: []*analyticsv1.NamedCount{{Name: clean(name), Count: count}},
		}, observed)...)
		for _, e := range events {
			requireSound(t, e)
		}
	})
}

func requireSound(t *testing.T, e *eventv1.Event) {
	t.Helper()
	require.False(t, e.GetOccurredAt().AsTime().After(e.GetObservedAt().AsTime()))
	require.NoError(t, e.GetOccurredAt().CheckValid())
	if start := e.GetTraffic().GetWindowStart(); start != nil {
		require.NoError(t, start.CheckValid())
		require.True(t, start.AsTime().Before(e.GetTraffic().GetWindowEnd().AsTime()))
	}
	_, err := proto.Marshal(e)
	require.NoError(t, err)
}
