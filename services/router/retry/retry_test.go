package retry_test

import (
	"context"
	"errors"
	"fmt"
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

func TestDo_ReturnsAPermanentErrorAtOnce(t *testing.T) {
	t.Parallel()
	cause, calls := errors.New("too large"), 0
	err := retry.Do(t.Context(), slog.New(slog.DiscardHandler), "try", func(context.Context) error {
		calls++
		return fmt.Errorf("send: %w", retry.Permanent(cause))
	})
	require.ErrorIs(t, err, cause)
	require.True(t, retry.IsPermanent(err))
	require.Equal(t, 1, calls)
	require.False(t, retry.IsPermanent(cause))
}

func TestReporting_TellsOfWhatLastsAndOfItsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var told []string
		ctx := retry.Reporting(t.Context(), func(what string, err error) { told = append(told, fmt.Sprint(what, ": ", err)) })
		began := time.Now()
		for _, lasts := range []time.Duration{4 * time.Second, 11 * time.Second} {
			began = time.Now()
			require.NoError(t, retry.Do(ctx, slog.New(slog.DiscardHandler), "write", func(context.Context) error {
				if time.Since(began) < lasts {
					require.True(t, len(told) == 0 || time.Since(began) > 5*time.Second)
					return errors.New("full")
				}
				return nil
			}))
		}
		require.GreaterOrEqual(t, len(told), 2)
		require.Equal(t, "write: full", told[0])
		require.Equal(t, "write: <nil>", told[len(told)-1])

		gone, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		require.Error(t, retry.Do(gone, slog.New(slog.DiscardHandler), "other", func(context.Context) error { return errors.New("full") }))
		require.Equal(t, "other: <nil>", told[len(told)-1], "nobody waits for it any more")
	})
}
