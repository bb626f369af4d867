package poll_test

import (
	"context"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	"github.com/signalbox-io/signalbox/pkg/poll"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// teller counts the records that a vendor returns, and returns every event of the
// name "twice" twice.
type teller struct {
	spoiler
	returned int
}

func (v *teller) Fetch(ctx context.Context, w poll.Window) (poll.Batch, error) {
	batch, err := v.spoiler.Fetch(ctx, w)
	for _, e := range batch.Events {
		if e.GetNativeId() == "twice" {
			batch.Events = append(batch.Events, e)
		}
	}
	v.returned += len(batch.Events) + len(batch.Rejected)
	return batch, err
}

// Every record that a vendor returns is published, has come before, or is a dead
// letter, and each of them is counted.
func TestAccount_NoRecordIsDroppedSilently(t *testing.T) {
	t.Parallel()
	b, v := bustest.New(t), &vendor{clock: newClock()}
	l := newBench(t, b, v)
	l.registry = prometheus.NewPedanticRegistry() // of the loop below
	metrics, err := poll.NewMetrics(l.registry)
	require.NoError(t, err)
	deps := depsOf(t, l, b)
	deps.Metrics = metrics
	told := &teller{spoiler: spoiler{v, func(e *eventv1.Event) { e.OccurredAt = nil }}}
	loop, err := poll.New(poll.Config{
		Source: source, Every: time.Minute, LookBack: time.Hour, Overlap: 10 * time.Minute, HasPast: true, Now: v.clock.Now,
	}, told, deps)
	require.NoError(t, err)

	v.rejected = []poll.Rejected{{Reason: "unreadable", Record: "{"}, {Reason: "unreadable", Record: "{"}}
	for _, id := range []string{"a", "twice", "bad"} {
		v.add(id, 0)
	}
	for _, id := range []string{"b", "c"} { // with what the overlap returns again
		_, err := loop.RunOnce(t.Context())
		require.NoError(t, err)
		v.clock.move(time.Minute)
		v.add(id, 0)
	}
	span := poll.Window{From: v.clock.Now().Add(-time.Hour), To: v.clock.Now()}
	require.NoError(t, loop.Backfill(t.Context(), span, func(poll.Progress) error { return nil }))

	count := map[string]float64{
		"published": l.metric(t, "signalbox_poll_events_published_total", source),
		"known":     l.metric(t, "signalbox_poll_records_repeated_total", source, "known"),
		"twice":     l.metric(t, "signalbox_poll_records_repeated_total", source, "twice"),
		"on stream": l.metric(t, "signalbox_poll_records_repeated_total", source, "on_stream"),
		"rejected":  l.metric(t, "signalbox_poll_records_rejected_total", source),
	}
	sum := 0.0
	for what, n := range count {
		require.Positive(t, n, what)
		sum += n
	}
	require.Len(t, published(t, b), int(count["published"]))
	require.InDelta(t, told.returned, sum, 0, count)
}
