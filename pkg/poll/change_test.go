package poll_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/poll"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// thing is open at its vendor, and stands as the text says.
type thing struct {
	*vendor
	stands string
}

func (v *thing) Fetch(ctx context.Context, w poll.Window) (poll.Batch, error) {
	batch, err := v.vendor.Fetch(ctx, w)
	var all poll.Batch
	for _, opened := range batch.Events {
		changed := newEvent(opened.GetNativeId(), w.To)
		changed.Id = event.ID(source, opened.GetNativeId(), v.stands)
		changed.Title = v.stands
		one := poll.Batch{Events: []*eventv1.Event{opened, changed}}
		one.Follow(opened.GetId(), opened.GetOccurredAt().AsTime())
		one.Change(changed.GetId(), opened.GetId())
		all.Append(one)
	}
	return all, err
}

// changes returns a loop of a process that has just started, as the others have it.
func changes(t *testing.T, l bench, b poll.Bus, v *thing) *poll.Loop {
	t.Helper()
	loop, err := poll.New(poll.Config{
		Source: source, Every: time.Minute, LookBack: time.Hour, Overlap: 10 * time.Minute, MaxWindow: 6 * time.Hour,
		FollowOpen: 6 * time.Hour, HasPast: true, Now: v.clock.Now,
	}, v, depsOf(t, l, b))
	require.NoError(t, err)
	return loop
}

func TestRunOnce_TellsOfEachChangeOnceAndOfNoFirstSight(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	forgetful(t, b)
	v := &thing{vendor: &vendor{clock: newClock()}, stands: "low"}
	l := newBench(t, b, v.vendor)
	v.add("a", time.Minute)
	published := func(loop *poll.Loop) int {
		result, err := loop.RunOnce(t.Context())
		require.NoError(t, err)
		v.clock.move(20 * time.Minute)
		return result.Published
	}
	loop := changes(t, l, b, v)
	require.Equal(t, 1, published(loop), "what it was like when it was first seen is its opening")
	require.Zero(t, published(loop))
	require.Zero(t, published(changes(t, l, b, v)), "nor is it a change to another process")
	v.stands = "high"
	require.Equal(t, 1, published(changes(t, l, b, v)), "it has changed")
	require.Equal(t, "high", lastEvent(t, b).GetTitle())
	require.Zero(t, published(loop), "which is told once")
	v.stands = "higher"
	require.Equal(t, 1, published(loop))
	v.stands = "high"
	require.Equal(t, 1, published(loop), "it is so again")
	ids := map[string]bool{}
	for _, msg := range messages(t, b, bus.StreamEvents) {
		ids[msg.Header.Get("Nats-Msg-Id")] = true
	}
	require.Len(t, ids, 3, "with the id of then, so it is judged once")
}

// What is remembered of open things must not make a cursor larger than a message.
func TestRunOnce_ACursorFullOfOpenThingsFitsIntoAMessage(t *testing.T) {
	t.Parallel()
	b := newMemoryBus()
	v := &thing{vendor: &vendor{clock: newClock()}, stands: "low"}
	l := newBench(t, b, v.vendor)
	for i := range 20_000 {
		v.add(strconv.Itoa(i), time.Minute-time.Duration(i)) // to the nanosecond
	}
	_, err := changes(t, l, b, v).RunOnce(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, b.cursors.data)
	require.Less(t, len(b.cursors.data), 1<<20)
}

// A poll of which a part fails still knows what it has seen.
func TestRunOnce_AFirstSightInAPollThatFailsInPartIsOne(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	v := &thing{vendor: &vendor{clock: newClock()}, stands: "low"}
	l := newBench(t, b, v.vendor)
	v.add("a", time.Minute)
	v.err = errors.New("another part cannot be read")
	loop := changes(t, l, b, v)
	_, err := loop.RunOnce(t.Context())
	require.ErrorIs(t, err, v.err)
	v.err, v.stands = nil, "high"
	result, err := loop.RunOnce(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, result.Published)
	require.Equal(t, []string{"a", "a"}, published(t, b))
}

// What was is gone at the vendor: a past that is read again tells how things stand
// as their opening, or not at all.
func TestBackfill_TellsOfNoChange(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	v := &thing{vendor: &vendor{clock: newClock()}, stands: "low"}
	l := newBench(t, b, v.vendor)
	v.add("a", 30*time.Minute)
	loop := changes(t, l, b, v)
	_, err := loop.RunOnce(t.Context())
	require.NoError(t, err)
	v.stands = "high"
	require.NoError(t, loop.Backfill(t.Context(), v.clock.span(1), func(poll.Progress) error { return nil }))
	require.Equal(t, []string{"a"}, published(t, b))
	result, err := loop.RunOnce(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, result.Published, "the next poll tells of it")
}
