package poll_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	"github.com/signalbox-io/signalbox/pkg/poll"
	"github.com/signalbox-io/signalbox/pkg/rpc"
)

// A part that is refused for days holds the position, and none of the others.
func TestRunOnce_APartThatCannotBeReadDoesNotHoldUpTheOthers(t *testing.T) {
	t.Parallel()
	b, v := bustest.New(t), &vendor{clock: newClock()}
	l := newBench(t, b, v, func(c *poll.Config, _ *poll.Deps) { c.MaxSeen = 5 })
	poll1(t, l)
	position := storedCursor(t, b).GetPosition().AsTime()
	v.err = rpc.Error(codes.PermissionDenied, rpc.ReasonRefusedByVendor, nil, "no such feature")
	for _, id := range []string{"a", "b", "c"} { // each beyond the longest window of the one before
		v.clock.move(8 * time.Hour)
		v.add(id, time.Minute)
		before := len(v.windows)
		_, err := l.RunOnce(t.Context())
		require.ErrorIs(t, err, v.err)
		require.Contains(t, published(t, b), id)
		require.LessOrEqual(t, len(v.windows)-before, 2, "a poll stays cheap")
	}
	require.Equal(t, position, storedCursor(t, b).GetPosition().AsTime())

	v.err = nil // it is read from where it was held
	poll1(t, l)
	require.Equal(t, []string{"a", "b", "c"}, published(t, b))
	require.Equal(t, v.clock.Now(), storedCursor(t, b).GetPosition().AsTime())
}

// brokenPast cannot read a part of what lies before a time.
type brokenPast struct {
	*vendor
	until time.Time
}

func (v brokenPast) Fetch(ctx context.Context, w poll.Window) (poll.Batch, error) {
	batch, err := v.vendor.Fetch(ctx, w)
	if w.From.Before(v.until) {
		err = rpc.Error(codes.Internal, rpc.ReasonBadAnswer, nil, "a record that is none")
	}
	return batch, err
}

// The present is read, and does not hide that the past was not.
func TestRunOnce_AWholePresentDoesNotMoveAPositionThatIsHeld(t *testing.T) {
	t.Parallel()
	b, v := bustest.New(t), &vendor{clock: newClock()}
	l := newBench(t, b, v)
	poll1(t, l)
	position := storedCursor(t, b).GetPosition().AsTime()
	v.clock.move(20 * time.Hour)
	v.add("a", time.Minute)
	loop, err := poll.New(poll.Config{Source: source, Every: time.Minute, Overlap: time.Minute, MaxWindow: 6 * time.Hour, Now: v.clock.Now},
		brokenPast{v, position.Add(time.Hour)}, depsOf(t, l, b))
	require.NoError(t, err)
	_, err = loop.RunOnce(t.Context())
	require.Equal(t, rpc.ReasonBadAnswer, rpc.Reason(err))
	require.Equal(t, []string{"a"}, published(t, b))
	require.Equal(t, position, storedCursor(t, b).GetPosition().AsTime())
}
