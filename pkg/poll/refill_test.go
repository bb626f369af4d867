package poll_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	"github.com/signalbox-io/signalbox/pkg/poll"
)

// recreate makes the stream anew, empty.
func recreate(t *testing.T, b *bus.Bus) {
	t.Helper()
	stream, err := b.JetStream().Stream(t.Context(), bus.StreamEvents)
	require.NoError(t, err)
	config := stream.CachedInfo().Config
	require.NoError(t, b.JetStream().DeleteStream(t.Context(), bus.StreamEvents))
	_, err = b.JetStream().CreateStream(t.Context(), config)
	require.NoError(t, err)
}

func TestRefill_ReadsADayAgainWhenTheStreamWasMadeAnew(t *testing.T) {
	b, v := bustest.New(t), &vendor{clock: newClock()}
	l := newBench(t, b, v)
	for hour := range 20 { // polled as they came
		v.clock.move(time.Hour)
		v.add(strconv.Itoa(hour), time.Minute)
		poll1(t, l)
	}
	before := published(t, b)
	require.Len(t, before, 20)
	recreate(t, b)
	require.Equal(t, 20, poll1(t, l).Published)
	require.ElementsMatch(t, before, published(t, b))
	require.InDelta(t, 1, l.metric(t, "signalbox_poll_refills_total"), 0)
	require.Contains(t, l.logs.String(), "the stream has lost events")
	require.Zero(t, poll1(t, l).Published, "once is enough")
}

// A vendor that is away must not make one loss look like many.
func TestRefill_TellsOfALossOnce(t *testing.T) {
	b, v := bustest.New(t), &vendor{clock: newClock()}
	l := newBench(t, b, v)
	v.add("a", time.Minute)
	poll1(t, l)
	recreate(t, b)
	hidden := v.records
	v.records, v.err = nil, errors.New("the vendor is away")
	for range 3 {
		_, err := l.RunOnce(t.Context())
		require.ErrorIs(t, err, v.err)
	}
	require.InDelta(t, 1, l.metric(t, "signalbox_poll_refills_total"), 0)
	require.Equal(t, 1, strings.Count(l.logs.String(), "the stream has lost events"))
	v.records, v.err = hidden, nil
	require.Equal(t, 1, poll1(t, l).Published)
	recreate(t, b)
	poll1(t, l)
	require.InDelta(t, 2, l.metric(t, "signalbox_poll_refills_total"), 0, "another loss is another one")
}

// A stream may have been cut off and have grown again meanwhile, by other
// sources: its length alone tells nothing.
func TestRefill_KnowsAStreamThatWasCutOffAndGrewAgain(t *testing.T) {
	b, v := bustest.New(t), &vendor{clock: newClock()}
	l := newBench(t, b, v)
	v.add("a", time.Minute)
	poll1(t, l)
	cursor := storedCursor(t, b)
	cursor.Stream.LastTime.Seconds--
	storeCursor(t, b, cursor)
	require.Equal(t, 1, poll1(t, l).Returned)
	require.InDelta(t, 1, l.metric(t, "signalbox_poll_refills_total"), 0)
}

func TestRefill_LeavesAStreamAloneThatLostNothing(t *testing.T) {
	b, v := bustest.New(t), &vendor{clock: newClock()}
	l := newBench(t, b, v)
	v.add("a", 2*time.Minute)
	poll1(t, l)
	stream, err := b.JetStream().Stream(t.Context(), bus.StreamEvents)
	require.NoError(t, err)
	for name, spare := range map[string]func(){
		"a message that somebody deleted": func() {
			v.add("b", time.Minute)
			poll1(t, l)
			v.add("c", time.Minute)
			poll1(t, l)
			require.NoError(t, stream.DeleteMsg(t.Context(), storedCursor(t, b).GetStream().GetLast()))
		},
		"messages over their retention": func() { require.NoError(t, stream.Purge(t.Context())) },
		"nothing":                       func() {},
	} {
		spare()
		require.Zero(t, poll1(t, l).Published, name)
		require.Zero(t, l.metric(t, "signalbox_poll_refills_total"), name)
	}
}

// hookedVendor does something before it answers.
type hookedVendor struct {
	*vendor
	before func()
}

func (v hookedVendor) Fetch(ctx context.Context, w poll.Window) (poll.Batch, error) {
	v.before()
	return v.vendor.Fetch(ctx, w)
}

// A server that is killed while a poll waits for the vendor comes back before
// the poll publishes.
func TestRefill_NoticesWhatTheStreamLostDuringAPoll(t *testing.T) {
	b, v := bustest.New(t), &vendor{clock: newClock()}
	v.add("a", time.Minute)
	l := newBench(t, b, v)
	poll1(t, l)
	v.clock.move(time.Hour)
	v.add("b", time.Minute)
	interrupted, err := poll.New(poll.Config{Source: source, Every: time.Minute, Overlap: time.Minute, Now: v.clock.Now},
		hookedVendor{v, func() { recreate(t, b) }}, depsOf(t, l, b))
	require.NoError(t, err)
	_, err = interrupted.RunOnce(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"b"}, published(t, b))
	poll1(t, l)
	require.ElementsMatch(t, []string{"a", "b"}, published(t, b))
}

// A source of which a part could never be read has no position to move back.
func TestRefill_WithoutAPositionReadsTheLookBack(t *testing.T) {
	b, v := bustest.New(t), &vendor{clock: newClock(), err: errors.New("one part is refused")}
	l := newBench(t, b, v)
	v.add("a", time.Minute)
	for range 2 {
		_, err := l.RunOnce(t.Context())
		require.Error(t, err)
		recreate(t, b)
	}
	require.Len(t, v.windows, 2)
	require.Equal(t, v.windows[0], v.windows[1])
}

// A cursor of an earlier version does not know its stream.
func TestRefill_TakesACursorThatDoesNotKnowItsStream(t *testing.T) {
	b, v := bustest.New(t), &vendor{clock: newClock()}
	l := newBench(t, b, v)
	v.add("a", time.Minute)
	poll1(t, l)
	cursor := storedCursor(t, b)
	cursor.Stream = nil
	storeCursor(t, b, cursor)
	require.Zero(t, poll1(t, l).Published)
	require.Zero(t, l.metric(t, "signalbox_poll_refills_total"))
	require.NotNil(t, storedCursor(t, b).GetStream())
}

func TestEventsExtent_SaysWhatItKnows(t *testing.T) {
	b := bustest.New(t)
	now, isPart, err := b.EventsExtent(t.Context(), bus.Extent{})
	require.NoError(t, err)
	require.True(t, isPart)
	require.Zero(t, now.Last)
	_, isPart, err = b.EventsExtent(t.Context(), bus.Extent{Created: now.Created, Last: 1})
	require.NoError(t, err)
	require.False(t, isPart, "it ends before")
	require.NoError(t, b.JetStream().DeleteStream(t.Context(), bus.StreamEvents))
	_, _, err = b.EventsExtent(t.Context(), now)
	require.ErrorIs(t, err, jetstream.ErrStreamNotFound)
}
