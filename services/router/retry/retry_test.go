package retry_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router/retry"
)

func TestBackoff_DoublesUpToItsLongestWait(t *testing.T) {
	t.Parallel()
	b := retry.Backoff{Base: time.Second, Max: 10 * time.Second}
	for failures, ceiling := range map[int]time.Duration{
		1: time.Second, 2: 2 * time.Second, 4: 8 * time.Second, 5: 10 * time.Second, 1000: 10 * time.Second,
	} {
		for range 100 {
			delay := b.Delay(failures)
			require.GreaterOrEqual(t, delay, ceiling/2)
			require.LessOrEqual(t, delay, ceiling)
		}
	}
	require.Zero(t, retry.Backoff{}.Delay(3))
}

func TestDo_RepeatsUntilItWorks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		err := retry.Do(t.Context(), slog.New(slog.DiscardHandler), "try", func(ctx context.Context) error {
			_, bounded := ctx.Deadline()
			require.True(t, bounded)
			if calls++; calls < 30 {
				return errors.New("not yet")
			}
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, 30, calls)
	})
}

func TestDo_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err := retry.Do(ctx, slog.New(slog.DiscardHandler), "try", func(context.Context) error {
			return errors.New("never")
		})
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}
