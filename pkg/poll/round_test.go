package poll_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/poll"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

func TestRunOnce_PublishesEachRecordOnce(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	forgetful(t, b)
	v := &vendor{clock: newClock()}
	v.add("before-look-back", 61*time.Minute)
	v.add("a", 59*time.Minute)
	v.add("b", time.Minute)
	l := newBench(t, b, v)

	require.Equal(t, poll.Result{Windows: 1, Returned: 2, Published: 2}, poll1(t, l))
	require.Equal(t, poll.Result{Windows: 1, Returned: 1}, poll1(t, l))
	v.clock.move(time.Minute)
	v.add("c", 0)
	v.add("late", 9*time.Minute)
	poll1(t, l)

	require.Equal(t, []string{"a", "b", "c", "late"}, published(t, b))
	require.InDelta(t, 4, l.metric(t, "signalbox_poll_events_published_total", source), 0)
	require.InDelta(t, 3, l.metric(t, "signalbox_polls_total", source, "ok"), 0)
	require.EqualValues(t, 4, storedCursor(t, b).GetEventsPublished())
}

func TestRunOnce_DoublesNothingAfterALongAbsence(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	forgetful(t, b)
	v := &vendor{clock: newClock()}
	v.add("inside-overlap", 8*time.Minute)
	poll1(t, newBench(t, b, v))

	v.clock.move(72 * time.Hour)
	v.add("while-away", 30*time.Hour)
	v.add("just-now", time.Second)
	// More time than the stream remembers ids passes before it is read again.
	require.Eventually(t, func() bool { return !remembers(t, b, "inside-overlap") }, 90*time.Second, 50*time.Millisecond)
	result := poll1(t, newBench(t, b, v))

	require.Equal(t, []string{"inside-overlap", "probe", "while-away", "just-now"}, uniqueProbe(published(t, b)))
	require.Equal(t, 13, result.Windows, "72 h and the overlap in pieces of 6 h")
	require.Len(t, storedCursor(t, b).GetSeen(), 1, "only what a later window can return is remembered")
}

// remembers publishes an event of another native id under the message id of
// nativeID and reports whether the stream took it for a duplicate.
func remembers(t *testing.T, b *bus.Bus, nativeID string) bool {
	t.Helper()
	probe := newEvent("probe", time.Now())
	probe.Id = event.ID(source, nativeID, "")
	result, err := b.PublishEvents(t.Context(), []*eventv1.Event{probe})
	require.NoError(t, err)
	return result.Duplicates == 1
}

func uniqueProbe(ids []string) []string {
	var out []string
	for _, id := range ids {
		if id != "probe" || len(out) == 0 || out[len(out)-1] != "probe" {
			out = append(out, id)
		}
	}
	return out
}

// dyingBus ends the poll at the moment at which the cursor would be written.
type dyingBus struct {
	*bus.Bus
	die context.CancelFunc
}

func (d dyingBus) Cursors() jetstream.KeyValue { return dyingBucket{d.Bus.Cursors(), d.die} }

type dyingBucket struct {
	jetstream.KeyValue
	die context.CancelFunc
}

func (d dyingBucket) Create(context.Context, string, []byte, ...jetstream.KVCreateOpt) (uint64, error) {
	d.die()
	return 0, context.Canceled
}

func TestRunOnce_CrashBetweenPublishAndCursorDoublesNothing(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	v := &vendor{clock: newClock()}
	v.add("a", time.Minute)
	ctx, die := context.WithCancel(t.Context())
	_, err := newBench(t, dyingBus{b, die}, v).RunOnce(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, []string{"a"}, published(t, b))
	_, err = b.Cursors().Get(t.Context(), source)
	require.ErrorIs(t, err, jetstream.ErrKeyNotFound)

	v.add("b", 0)
	poll1(t, newBench(t, b, v))

	require.Equal(t, []string{"a", "b"}, published(t, b))
	require.EqualValues(t, 2, storedCursor(t, b).GetEventsPublished())
}

func TestRunOnce_WaitsForABusThatIsAway(t *testing.T) {
	t.Parallel()
	server := bustest.NewServer(t)
	b := bustest.Connect(t, server)
	v := &vendor{clock: newClock()}
	v.add("a", time.Minute)
	l := newBench(t, b, v, func(cfg *poll.Config, _ *poll.Deps) { cfg.BusTimeout = 3 * time.Second })
	poll1(t, l)
	for n := range 600 {
		v.add(fmt.Sprintf("b%03d", n), 0)
	}

	require.NoError(t, server.Stop(t.Context()))
	done := make(chan error, 1)
	go func() {
		_, err := l.RunOnce(t.Context())
		done <- err
	}()
	require.Eventually(t, func() bool {
		return l.metric(t, "signalbox_poll_bus_retries_total", source) >= 2
	}, 90*time.Second, 10*time.Millisecond)
	require.Contains(t, l.health.told(), "waiting for the bus", "a poll that waits does not work")
	require.NoError(t, server.Start(t.Context()))

	require.NoError(t, <-done)
	require.Empty(t, l.health.told())
	ids := published(t, b)
	require.Len(t, ids, 601)
	require.Equal(t, "b599", ids[600])
	require.EqualValues(t, 601, storedCursor(t, b).GetEventsPublished())
}

// cutBus loses the connection in the middle of a publish: the first half of
// the events reaches the stream, the acknowledgement does not come back.
type cutBus struct {
	*bus.Bus
	cuts int
}

func (c *cutBus) PublishEvents(ctx context.Context, events []*eventv1.Event) (bus.PublishResult, error) {
	if c.cuts == 0 {
		return c.Bus.PublishEvents(ctx, events)
	}
	c.cuts--
	if _, err := c.Bus.PublishEvents(ctx, events[:len(events)/2]); err != nil {
		return bus.PublishResult{}, err
	}
	return bus.PublishResult{}, errors.New("connection lost")
}

func TestRunOnce_PublishesAgainWhatWasNotAcknowledged(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	v := &vendor{clock: newClock()}
	for _, id := range []string{"a", "b", "c", "d"} {
		v.add(id, time.Minute)
	}
	l := newBench(t, &cutBus{b, 2}, v)

	require.Equal(t, 4, poll1(t, l).Published)

	require.Equal(t, []string{"a", "b", "c", "d"}, published(t, b))
}

func TestRunOnce_TwoPollersOnOneSourceLoseAndDoubleNothing(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	v := &vendor{clock: newClock()}
	pollers := []bench{newBench(t, b, v), newBench(t, b, v)}
	const rounds = 10
	for n := range rounds {
		v.add(fmt.Sprintf("r%d", n), 0)
		done := make(chan error, len(pollers))
		for _, l := range pollers {
			go func() {
				_, err := l.RunOnce(t.Context())
				done <- err
			}()
		}
		for range pollers {
			require.NoError(t, <-done)
		}
		v.clock.move(time.Minute)
	}

	require.Equal(t, []string{"r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9"}, published(t, b))
	require.EqualValues(t, rounds, storedCursor(t, b).GetEventsPublished(), "each event entered the cursor once")
}

func TestRunOnce_AFailedPollLeavesTheCursorWhereItIs(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	v := &vendor{clock: newClock()}
	l := newBench(t, b, v)
	poll1(t, l)
	before := storedCursor(t, b)

	v.clock.move(time.Hour)
	v.err = errors.New("answer is no JSON")
	_, err := l.RunOnce(t.Context())
	require.ErrorContains(t, err, "answer is no JSON")
	require.Equal(t, before.GetPosition().AsTime(), storedCursor(t, b).GetPosition().AsTime())

	v.add("during-the-failure", 50*time.Minute)
	v.err = nil
	poll1(t, l)
	require.Equal(t, []string{"during-the-failure"}, published(t, b))
}

func TestRunOnce_PublishesTheReadablePartOfAnAnswer(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	forgetful(t, b)
	v := &vendor{clock: newClock()}
	l := newBench(t, b, v)
	poll1(t, l)
	before := storedCursor(t, b)

	v.clock.move(30 * time.Minute)
	v.add("read", 0)
	v.err = errors.New("site 2 cannot be read")
	for range 2 {
		_, err := l.RunOnce(t.Context())
		require.ErrorContains(t, err, "site 2")
	}
	require.Equal(t, before.GetPosition().AsTime(), storedCursor(t, b).GetPosition().AsTime())

	v.err = nil
	v.add("unread", 25*time.Minute)
	poll1(t, l)
	require.Equal(t, []string{"read", "unread"}, published(t, b))
}

func TestRunOnce_ASharedClockThatWasAheadLosesNothing(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	v := &vendor{clock: newClock()}
	l := newBench(t, b, v)
	v.clock.move(24 * time.Hour)
	poll1(t, l)

	v.clock.move(-24 * time.Hour)
	v.add("a", 0)
	poll1(t, l)
	require.Equal(t, v.clock.Now(), storedCursor(t, b).GetPosition().AsTime())
	v.clock.move(time.Hour)
	v.add("b", 40*time.Minute)
	poll1(t, l)

	require.Equal(t, []string{"a", "b"}, published(t, b))
}

func TestRunOnce_SaysWhatToDoAboutAnUnreadableCursor(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	_, err := b.Cursors().Put(t.Context(), source, []byte("\xff\xff"))
	require.NoError(t, err)

	_, err = newBench(t, b, &vendor{clock: newClock()}).RunOnce(t.Context())

	require.ErrorContains(t, err, "delete the key")
}
