package document_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/config/document"
	configv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/config/v1"
)

func TestParseDuration_ReadsUnitsAndDays(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"250ms": 250 * time.Millisecond, "30s": 30 * time.Second, "1h30m": 90 * time.Minute, "1.5s": 1500 * time.Millisecond,
		"90d": 90 * 24 * time.Hour, "1d12h": 36 * time.Hour, "-1m": -time.Minute, "-2d": -48 * time.Hour, "0s": 0, "0d": 0,
	} {
		got, err := document.ParseDuration(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{
		"", "0", "60", "1w", "d", "1.5d", "1d-1h", "1d+1h", "-1d1h", "1dd", "1d 1h", "999999999d", "106751d24h", "soon",
	} {
		_, err := document.ParseDuration(text)
		require.ErrorContains(t, err, "is no duration", text)
	}
}

func TestFormatDuration_ReadsBackAsTheSame(t *testing.T) {
	t.Parallel()
	for value, want := range map[time.Duration]string{
		0: "0s", time.Minute: "1m", 90 * time.Minute: "1h30m", time.Hour: "1h", 48 * time.Hour: "2d", 36 * time.Hour: "36h",
		time.Hour + time.Second: "1h0m1s", 250 * time.Millisecond: "250ms", -time.Minute: "-1m",
	} {
		require.Equal(t, want, document.FormatDuration(value))
	}
	for _, value := range []time.Duration{1, 59 * time.Second, 100 * 24 * time.Hour, -48 * time.Hour, math.MaxInt64, math.MinInt64} {
		back, err := document.ParseDuration(document.FormatDuration(value))
		require.NoError(t, err)
		require.Equal(t, value, back)
	}
}

func read(text string) *document.Document {
	d := document.Read("f.yaml", []byte(text))
	d.Decode(&configv1.Config{}, (&configv1.Secret{}).ProtoReflect().Descriptor().FullName())
	return d
}

func TestReport_PointsAtTheSettingOrAtTheNearestAroundIt(t *testing.T) {
	t.Parallel()
	d := read("nats:\n\treplicas")
	require.True(t, d.Unreadable(), "tabs do not indent")

	d = read("nats:\n  replicas: 3\nlog: {level: info}\n")
	d.Report("nats.replicas", "too many")
	d.Report("nats.url", "missing")
	d.Report("http.listen", "missing")
	d.ReportInside("log.level", 1, 3, "odd")
	require.True(t, d.Refused("nats.url"))
	require.False(t, d.Refused("nats"))
	require.Equal(t, `f.yaml:1:1: http.listen: missing
    1 | nats:
      | ^
f.yaml:2:3: nats.url: missing
    2 |   replicas: 3
      |   ^
f.yaml:2:13: nats.replicas: too many
    2 |   replicas: 3
      |             ^
f.yaml:3:16: log.level: odd
    3 | log: {level: info}
      |                ^`, d.Problems().Error())
}

func TestProblems_AreErrorsEachByItself(t *testing.T) {
	t.Parallel()
	d := read("a: 1\nb: 2\n")
	one, ok := errors.AsType[*document.Problem](d.Problems())
	require.True(t, ok)
	require.Equal(t, "a", one.Path)
	require.Len(t, d.Problems().Unwrap(), 2)
}

func TestProblems_AreNotEndless(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	for i := range 300 {
		text.WriteString(strings.Repeat("k", i+1) + ": 1\n")
	}
	message := read(text.String()).Problems().Error()
	require.Contains(t, message, "and 250 more")
	require.Less(t, len(message), 50*600)

	require.Contains(t, read(strings.Repeat("#", 2<<20)).Problems().Error(), "the file has 2097152 bytes")
	require.Less(t, len(read("data_dir: ["+strings.Repeat("x", 1<<16)+"]").Problems().Error()), 1000)
}
