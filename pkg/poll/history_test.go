package poll_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/poll"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

const (
	week     = 7 * 24 * time.Hour
	weekRows = 100_000
)

// archive holds a week of rows, made up as they are asked for, and takes a
// second for each answer.
type archive struct {
	clock *clock
	// heap is the most that was in use when an answer was asked for.
	heap uint64
	asks int
}

func (a *archive) Fetch(_ context.Context, w poll.Window) (poll.Batch, error) {
	<-time.After(time.Second)
	if a.asks++; a.asks%8 == 0 {
		var stats runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&stats)
		a.heap = max(a.heap, stats.HeapAlloc)
	}
	start := a.clock.Now().Add(-week)
	var batch poll.Batch
	for i := max(0, int(w.From.Sub(start).Seconds()*weekRows/week.Seconds())); i < weekRows; i++ {
		at := start.Add(time.Duration(i) * (week / weekRows))
		if at.After(w.To) {
			break
		}
		batch.Events = append(batch.Events, newEvent(fmt.Sprint("row-", i), at))
	}
	return batch, nil
}

// countingBus counts what is published.
type countingBus struct {
	memoryBus
	published *int
}

func (b countingBus) PublishEvents(ctx context.Context, events []*eventv1.Event) (bus.PublishResult, error) {
	*b.published += len(events)
	return b.memoryBus.PublishEvents(ctx, events)
}

func TestRunOnce_AWeekOfHistoryTakesLittleMemoryAndSaysHowFarItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var logs bytes.Buffer
		a, b := &archive{clock: newClock()}, countingBus{newMemoryBus(), new(int)}
		l := newBench(t, b, &vendor{clock: a.clock})
		deps := depsOf(t, l, b)
		deps.Logger = slog.New(slog.NewTextHandler(&logs, nil))
		loop, err := poll.New(poll.Config{
			Source: source, Every: time.Minute, LookBack: week, Overlap: 10 * time.Minute, MaxWindow: 6 * time.Hour, Now: a.clock.Now,
		}, a, deps)
		require.NoError(t, err)
		runtime.GC()
		var before runtime.MemStats
		runtime.ReadMemStats(&before)
		result, err := loop.RunOnce(t.Context())
		require.NoError(t, err)
		require.Equal(t, 28, result.Windows)
		require.Equal(t, weekRows, *b.published)
		require.Contains(t, logs.String(), `msg="reading the past"`)
		require.Contains(t, logs.String(), "percent=71")
		require.Less(t, int64(a.heap)-int64(before.HeapAlloc), int64(32<<20), "an event takes about a kilobyte, a week of them a hundred megabytes")
	})
}
