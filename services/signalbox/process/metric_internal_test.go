package process

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMetrics_Sum(t *testing.T) {
	t.Parallel()
	text := Metrics("# HELP a_total Help.\na_total{source=\"x y\"} 2\na_total{source=\"z\"} 1.5e+01\na_total_other 100\nb 7\n")
	sum, err := text.Sum("a_total")
	require.NoError(t, err)
	require.InDelta(t, 17, sum, 0)
	one, err := text.Sum("b")
	require.NoError(t, err)
	require.InDelta(t, 7, one, 0)
	_, err = text.Sum("c")
	require.Error(t, err)
}
