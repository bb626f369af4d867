package poll_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	"github.com/signalbox-io/signalbox/pkg/poll"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

func TestRunOnce_KeepsBadRecordsAsDeadLettersOnce(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	v := &vendor{clock: newClock()}
	v.add("good", 0)
	v.rejected = []poll.Rejected{
		{Reason: "unreadable", Detail: "anomaly 3: no timestamp", Record: `{"id":7}`},
		{Reason: "unreadable", Detail: "anomaly 4: no timestamp", Record: `{"id":8}`},
	}
	l := newBench(t, b, v)

	require.Equal(t, 2, poll1(t, l).Rejected)
	v.clock.move(time.Minute)
	require.Equal(t, 0, poll1(t, l).Rejected)

	require.Equal(t, []string{"good"}, published(t, b))
	require.Equal(t, []string{`unreadable {"id":7}`, `unreadable {"id":8}`}, deadReasons(t, b))
	require.Equal(t, "signalbox.dead.poller.unreadable", messages(t, b, bus.StreamDead)[0].Subject)
	require.InDelta(t, 2, l.metric(t, "signalbox_poll_records_rejected_total", source, "unreadable"), 0)
	require.EqualValues(t, 2, storedCursor(t, b).GetRecordsRejected())
	require.EqualValues(t, 2, storedStatus(t, b).GetRecordsRejected())
}

func TestRunOnce_EqualBadRecordsOfTwoPartsAreTwoDeadLetters(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	v := &vendor{clock: newClock()}
	var batch poll.Batch
	for _, part := range []string{"a", "b", "a"} {
		batch.RejectOf(part, "unreadable", "report "+part+": row is null", "null")
	}
	v.rejected = batch.Rejected
	l := newBench(t, b, v)

	require.Equal(t, 2, poll1(t, l).Rejected)
	require.Equal(t, 0, poll1(t, l).Rejected)
	letters := messages(t, b, bus.StreamDead)
	require.Len(t, letters, 2)
	require.Contains(t, letters[0].Header.Get(bus.HeaderDeadDetail), "report%20a")
	require.Contains(t, letters[1].Header.Get(bus.HeaderDeadDetail), "report%20b")
}

func TestRunOnce_EventsThatNoBusTakesStopNobody(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*eventv1.Event){
		"no id":        func(e *eventv1.Event) { e.Id = "" },
		"no time":      func(e *eventv1.Event) { e.OccurredAt = nil },
		"year 20000":   func(e *eventv1.Event) { e.OccurredAt.Seconds = 569034205384 },
		"too large":    func(e *eventv1.Event) { e.Title = strings.Repeat("x", 200<<10) },
		"not UTF-8":    func(e *eventv1.Event) { e.Title = "\xff" },
		"no payload":   func(e *eventv1.Event) { e.Payload = nil },
		"long entity":  func(e *eventv1.Event) { e.Entity = "metric:" + strings.Repeat("ж", 12_000) },
		"long id":      func(e *eventv1.Event) { e.Id = strings.Repeat("x", 100_000) },
		"wrong source": func(e *eventv1.Event) { e.Source = "No Name" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := bustest.New(t)
			v := &vendor{clock: newClock()}
			v.add("before", 0)
			v.add("bad", 0)
			v.add("after", 0)
			spoiled := spoiler{v, spoil}
			l := newBench(t, b, v)
			loop, err := poll.New(poll.Config{
				Source: source, Every: time.Minute, Overlap: time.Minute, Now: v.clock.Now,
			}, spoiled, depsOf(t, l, b))
			require.NoError(t, err)
			for range 2 {
				_, err := loop.RunOnce(t.Context())
				require.NoError(t, err)
			}

			require.Equal(t, []string{"before", "after"}, published(t, b))
			require.Equal(t, []string{"invalid_event the vendor's JSON"}, deadReasons(t, b))
		})
	}
}
