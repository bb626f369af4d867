package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPercentile_IsTheNearestRank(t *testing.T) {
	t.Parallel()
	hundred := make([]float64, 100)
	for i := range hundred {
		hundred[i] = float64(100 - i) // in any order
	}
	for _, test := range []struct{ percent, want float64 }{{0, 1}, {1, 1}, {50, 50}, {99, 99}, {99.1, 100}, {100, 100}} {
		require.InDelta(t, test.want, percentile(hundred, test.percent), 0, "p%v", test.percent)
	}
	require.InDelta(t, 7, percentile([]float64{7}, 50), 0)
	require.Zero(t, percentile(nil, 50))
	require.InDelta(t, 100, hundred[0], 0, "the values stay as they are")
}

func TestMedian(t *testing.T) {
	t.Parallel()
	require.Zero(t, median(nil))
	require.InDelta(t, 2, median([]float64{9, 1, 2}), 0)
	require.InDelta(t, 1.5, median([]float64{9, 1, 2, 0}), 0)
}
