package duration_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/duration"
)

func TestParse_ReadsUnitsAndDays(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"250ms": 250 * time.Millisecond, "30s": 30 * time.Second, "1h30m": 90 * time.Minute, "1.5s": 1500 * time.Millisecond,
		"90d": 90 * 24 * time.Hour, "1d12h": 36 * time.Hour, "-1m": -time.Minute, "-2d": -48 * time.Hour, "0s": 0, "0d": 0,
	} {
		got, err := duration.Parse(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{
		"", "0", "60", "1w", "d", "1.5d", "1d-1h", "1d+1h", "-1d1h", "1dd", "1d 1h", "999999999d", "106751d24h", "soon",
	} {
		_, err := duration.Parse(text)
		require.ErrorContains(t, err, "is no duration", text)
	}
}

func TestFormat_ReadsBackAsTheSame(t *testing.T) {
	t.Parallel()
	for value, want := range map[time.Duration]string{
		0: "0s", time.Minute: "1m", 90 * time.Minute: "1h30m", time.Hour: "1h", 48 * time.Hour: "2d", 36 * time.Hour: "36h",
		time.Hour + time.Second: "1h0m1s", 250 * time.Millisecond: "250ms", -time.Minute: "-1m",
	} {
		require.Equal(t, want, duration.Format(value))
	}
	for _, value := range []time.Duration{1, 59 * time.Second, 100 * 24 * time.Hour, -48 * time.Hour, math.MaxInt64, math.MinInt64} {
		back, err := duration.Parse(duration.Format(value))
		require.NoError(t, err)
		require.Equal(t, value, back)
	}
}

func TestShort_WritesWhatPeopleSay(t *testing.T) {
	t.Parallel()
	for value, want := range map[time.Duration]string{
		0: "0s", 11088*time.Millisecond + 1: "11.088s", 90 * time.Minute: "1h30m", 6 * time.Hour: "6h", 24 * time.Hour: "24h",
		72 * time.Hour: "72h", 72*time.Hour + time.Minute: "3d1m", 102 * time.Hour: "4d6h", 2400 * time.Hour: "100d", -time.Hour: "-1h",
	} {
		require.Equal(t, want, duration.Short(value))
		back, err := duration.Parse(want)
		require.NoError(t, err)
		require.Equal(t, value.Round(time.Millisecond), back)
	}
}
