package budget_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/simulator/budget"
)

func TestWindow_AllowsTheLimitInAnyMinute(t *testing.T) {
	t.Parallel()
	start := time.Unix(1_700_000_000, 0)
	w := budget.New(2)

	require.Equal(t, budget.Balance{Allowed: true, Limit: 2, Remaining: 1, Reset: start.Add(budget.Span)}, w.Take(start))
	require.Equal(t, 0, w.Take(start.Add(50*time.Second)).Remaining)

	refused := w.Take(start.Add(59 * time.Second))
	require.False(t, refused.Allowed)
	require.Equal(t, start.Add(budget.Span), refused.Reset)

	// The first call is forgotten, the one at 50 s is not, although a clock
	// minute has begun.
	require.True(t, w.Take(start.Add(60*time.Second)).Allowed)
	require.False(t, w.Take(start.Add(61*time.Second)).Allowed)
}

func TestWindow_ForgivesRefusedCalls(t *testing.T) {
	t.Parallel()
	start := time.Unix(1_700_000_000, 0)
	w := budget.New(1)
	require.True(t, w.Take(start).Allowed)
	for second := range 59 {
		require.False(t, w.Take(start.Add(time.Duration(second)*time.Second)).Allowed)
	}
	require.True(t, w.Take(start.Add(budget.Span)).Allowed)
}
