package poll_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	"github.com/signalbox-io/signalbox/pkg/poll"
)

func TestRunOnce_FetchesALongLookBackInPieces(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	v := &vendor{clock: newClock()}
	v.add("old", 29*time.Hour)
	v.add("new", time.Hour)
	l := newBench(t, b, v, func(cfg *poll.Config, _ *poll.Deps) { cfg.LookBack = 30 * time.Hour })

	require.Equal(t, 5, poll1(t, l).Windows)

	require.Equal(t, []string{"old", "new"}, published(t, b))
	for n, w := range v.windows {
		require.Equal(t, 6*time.Hour, w.To.Sub(w.From))
		require.Equal(t, v.clock.Now().Add(time.Duration(n-5)*6*time.Hour), w.From)
	}
}

func TestRunOnce_NarrowsWindowsThatHoldTooMany(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	forgetful(t, b)
	v := &vendor{clock: newClock()}
	want := make([]string, 0, 200)
	for n := range 200 { // one each 3 minutes over 10 hours
		want = append(want, fmt.Sprintf("e%03d", n))
		v.add(want[n], 10*time.Hour-time.Duration(n)*3*time.Minute)
	}
	narrow := func(cfg *poll.Config, _ *poll.Deps) { cfg.LookBack, cfg.MaxSeen = 10*time.Hour, 40 }
	l := newBench(t, b, v, narrow)

	poll1(t, l)

	require.Equal(t, want, published(t, b))
	require.LessOrEqual(t, len(storedCursor(t, b).GetSeen()), 40)
}

func TestRunOnce_RefusesAnOverlapThatHoldsMoreThanTheCursorCarries(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	v := &vendor{clock: newClock()}
	for n := range 50 {
		v.add(fmt.Sprintf("e%d", n), time.Minute)
	}
	l := newBench(t, b, v, func(cfg *poll.Config, _ *poll.Deps) { cfg.MaxSeen = 40 })

	_, err := l.RunOnce(t.Context())

	require.ErrorContains(t, err, "hold 50, a cursor carries 40; make poll.overlap shorter")
	require.Empty(t, published(t, b))
	require.InDelta(t, 1, l.metric(t, "signalbox_polls_total", source, "too_many_events"), 0)
}

// While something stays open for hours, how others stood once does not fill the cursor.
func TestRunOnce_ForgetsHowThingsStoodBeforeTheCursorIsFull(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	forgetful(t, b)
	v := &vendor{clock: newClock()}
	long := record{id: "long", at: v.clock.Now(), open: true}
	l := newBench(t, b, v, func(cfg *poll.Config, _ *poll.Deps) { cfg.FollowOpen, cfg.MaxSeen = 6*time.Hour, 5 })
	want := []string{"long"}
	for n := range 20 {
		id := fmt.Sprintf("update %02d", n)
		v.records = []record{long, {id: id, at: long.at}}
		poll1(t, l)
		v.clock.move(time.Minute)
		poll1(t, l) // the same again
		v.clock.move(time.Minute)
		want = append(want, id)
	}
	require.ElementsMatch(t, want, published(t, b))
	require.LessOrEqual(t, len(storedCursor(t, b).GetSeen()), 5)
}

func TestRunOnce_ReachesBackToWhatIsOpen(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	forgetful(t, b)
	v := &vendor{clock: newClock()}
	began := v.clock.Now()
	v.records = []record{{id: "long", at: began, open: true}}
	l := newBench(t, b, v, func(cfg *poll.Config, _ *poll.Deps) { cfg.FollowOpen = 6 * time.Hour })
	poll1(t, l)

	for range 3 {
		v.clock.move(time.Hour)
		poll1(t, l)
	}
	require.Equal(t, began, v.windows[3].From)
	v.records = append(v.records, record{id: "long-closed", at: began})
	v.records[0].open = false
	v.clock.move(time.Minute)
	poll1(t, l)
	require.Equal(t, []string{"long", "long-closed"}, published(t, b))

	v.clock.move(time.Minute)
	poll1(t, l)
	require.Equal(t, v.clock.Now().Add(-11*time.Minute), v.windows[5].From, "nothing is open, the overlap alone is read")
}

func TestRunOnce_ARecordThatCannotBeReadHasNotEnded(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	forgetful(t, b)
	v := &vendor{clock: newClock()}
	began := v.clock.Now()
	v.records = []record{{id: "long", at: began, open: true}}
	l := newBench(t, b, v, func(cfg *poll.Config, _ *poll.Deps) { cfg.FollowOpen = 6 * time.Hour })
	poll1(t, l)

	v.hide, v.rejected = "long", []poll.Rejected{{Reason: "unreadable", Record: `{"id":["long"]}`}}
	for range 2 {
		v.clock.move(time.Hour)
		poll1(t, l)
	}

	v.clock.move(time.Minute)
	v.hide, v.rejected = "", nil
	v.records = append(v.records, record{id: "long-closed", at: began})
	poll1(t, l)
	require.Equal(t, began, v.windows[3].From, "it is still followed")
	require.Equal(t, []string{"long", "long-closed"}, published(t, b))
}

func TestRunOnce_FollowsNoLongerThanItIsTold(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	v := &vendor{clock: newClock()}
	v.records = []record{{id: "forever", at: v.clock.Now(), open: true}, {id: "vanishes", at: v.clock.Now(), open: true}}
	l := newBench(t, b, v, func(cfg *poll.Config, _ *poll.Deps) { cfg.FollowOpen = 2 * time.Hour })
	for range 4 {
		poll1(t, l)
		v.clock.move(time.Hour)
	}

	poll1(t, l)

	require.Equal(t, v.clock.Now().Add(-70*time.Minute), v.windows[4].From)
	require.Empty(t, storedCursor(t, b).GetSeen())
	require.Equal(t, []string{"forever", "vanishes"}, published(t, b))
}
