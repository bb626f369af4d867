package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func at(seconds int) time.Time { return time.Unix(int64(seconds), 0) }

func counts(n float64) map[string]float64 { return map[string]float64{"requests": n} }

func samplesOf(stored int, values ...float64) []sample {
	list := make([]sample, 0, len(values))
	for _, n := range values {
		list = append(list, sample{stored: at(stored), counts: counts(n), from: "message"})
	}
	return list
}

func TestCompareCounter(t *testing.T) {
	t.Parallel()
	steps := []step{{at(1), counts(5)}, {at(2), counts(7)}, {at(3), counts(9)}}
	for name, test := range map[string]struct {
		samples []sample
		want    string
	}{
		"every step":             {samples: samplesOf(4, 5, 7, 9)},
		"some steps":             {samples: samplesOf(4, 7, 9)},
		"the same step twice":    {samples: samplesOf(4, 7, 7, 9)},
		"no sample":              {want: "missing: c: the end of the file"},
		"not up to the end":      {samples: samplesOf(4, 5, 7), want: "missing: c: the end of the file"},
		"a number of no step":    {samples: samplesOf(4, 6, 9), want: "c: map[requests:6] is no sum of a beginning"},
		"going back":             {samples: samplesOf(4, 9, 7), want: "it goes back to"},
		"ahead of its time":      {samples: samplesOf(2, 9), want: "ahead of its time"},
		"with a measure too few": {samples: []sample{{stored: at(4)}, samplesOf(4, 9)[0]}, want: "is no sum"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			differences := compareCounter("c", steps, test.samples)
			if test.want == "" {
				require.Empty(t, differences)
				return
			}
			require.NotEmpty(t, differences)
			require.Contains(t, differences[0], test.want)
		})
	}
}

func TestCompareCounter_FollowsAFigureThatReturns(t *testing.T) {
	t.Parallel()
	steps := []step{{at(1), counts(5)}, {at(2), counts(7)}, {at(3), counts(5)}, {at(4), counts(6)}}
	require.Empty(t, compareCounter("c", steps, samplesOf(9, 5, 7, 5, 6)))
	require.NotEmpty(t, compareCounter("c", steps, samplesOf(9, 7, 5, 7, 6)))
}

func TestCompareCounter_KnowsNoOther(t *testing.T) {
	t.Parallel()
	require.Len(t, compareCounter("unknown", nil, samplesOf(9, 5)), 1)
}
