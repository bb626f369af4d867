package timeline_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/simulator/timeline"
)

func TestPlay_CallsEachAtItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		offsets := []time.Duration{-time.Minute, 0, time.Second, time.Second, time.Hour}
		var seen []time.Duration
		err := timeline.Play(t.Context(), time.Now, len(offsets),
			func(i int) time.Time { return start.Add(offsets[i]) },
			func(int) { seen = append(seen, time.Since(start)) })

		require.NoError(t, err)
		require.Equal(t, []time.Duration{0, 0, time.Second, time.Second, time.Hour}, seen)
	})
}

func TestPlay_StopsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		start := time.Now()
		played := 0
		err := timeline.Play(ctx, time.Now, 10,
			func(i int) time.Time { return start.Add(time.Duration(i) * time.Minute) },
			func(int) { played++ })

		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, 2, played)
	})
}
