package anura

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/rpc"
)

func TestCheckWindow_ToTheDay(t *testing.T) {
	t.Parallel()
	// Still the 24th in UTC, whatever the day here is.
	now := time.Date(2026, 9, 25, 1, 59, 0, 0, time.FixedZone("two hours east", 2*60*60))
	for _, tc := range []struct {
		start, end int32
		field      string
	}{
		{20260825, 20260924, ""},
		{20260824, 20260924, "start"},
		{20260924, 20260924, ""},
		{20260924, 20260925, "end"},
		{20260925, 20260925, "end"},
		{20260924, 20260923, "end"},
		{2026092, 20260924, "start"},
		{-20260924, 20260924, "start"},
		{20260901, 20260931, "end"},
	} {
		err := checkWindow(tc.start, tc.end, overviewDays, now)
		require.Equal(t, tc.field, rpc.Metadata(err)["field"], "%d to %d: %v", tc.start, tc.end, err)
	}
}
