package action_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router/lease"
)

func TestReleaseLease_ResumesNow(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	p := r.start(t)
	p.ask(pauseAlert("p", "a1", r.clock.in(time.Hour)))
	p.ask(ruled("long", pauseAlert("q", "a1", r.clock.in(2*time.Hour))))
	p.reaches("q", done)
	id := r.leaseIs(t, "a1", active).GetId()
	l, err := p.executor.ReleaseLease(t.Context(), id, "ann", "the deploy is over")
	require.NoError(t, err)
	require.Equal(t, "ann", l.GetReleasedBy())
	require.False(t, l.GetUntil().AsTime().After(r.clock.now()))
	require.Equal(t, "released by ann: the deploy is over", r.resumed(t).GetDetail())
	l = r.leaseIs(t, "a1", ended)
	require.Equal(t, []string{"ann", "the deploy is over", "released by ann: the deploy is over"},
		[]string{l.GetReleasedBy(), l.GetReleaseReason(), l.GetReason()})
	require.Equal(t, []string{"pause a1", "resume a1"}, r.vendor.happened())

	for _, gone := range []string{id, "no such lease"} {
		_, err = p.executor.ReleaseLease(t.Context(), gone, "bob", "")
		require.ErrorIs(t, err, lease.ErrNotActive)
	}
}

// A pause that is asked for later takes the alert again, and nothing of the release
// is left on it.
func TestReleaseLease_MakesRoomForAnotherPause(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	p := r.start(t)
	p.ask(pauseAlert("p", "a1", r.clock.in(time.Hour)))
	p.reaches("p", done)
	_, err := p.executor.ReleaseLease(t.Context(), r.leaseIs(t, "a1", active).GetId(), "ann", "")
	require.NoError(t, err)
	p.ask(pauseAlert("q", "a1", r.clock.in(time.Hour)))
	p.reaches("q", done)
	until(t, "another lease is active", func() bool {
		leases := r.leasesOn(t, "a1")
		return len(leases) == 2 && leases[0].GetState() == ended && leases[1].GetState() == active && leases[1].GetReleasedBy() == ""
	})
	require.Equal(t, []string{"pause a1", "resume a1", "pause a1"}, r.vendor.happened())
}

// Killed after the release was answered, the next process resumes.
func TestReleaseLease_OutlivesTheProcess(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	p := r.start(t)
	p.ask(pauseAlert("p", "a1", r.clock.in(time.Hour)))
	p.reaches("p", done)
	r.vendor.script("get a1", hang)
	_, err := p.executor.ReleaseLease(t.Context(), r.leaseIs(t, "a1", active).GetId(), "ann", "")
	require.NoError(t, err)
	p.kill()
	require.True(t, r.vendor.isPaused("a1"))

	r.vendor.script("get a1", ok)
	r.start(t)
	require.Equal(t, "released by ann", r.resumed(t).GetDetail())
	require.False(t, r.vendor.isPaused("a1"))
}

// A caller who goes before the lease's turn comes has released nothing.
func TestReleaseLease_IsNotDoneForNobody(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	p := r.start(t)
	p.ask(pauseAlert("p", "a1", r.clock.in(time.Hour)))
	p.reaches("p", done)
	id := r.leaseIs(t, "a1", active).GetId()
	p.kill()

	p = r.prepare(t, r.bus)
	require.NoError(t, p.leases.Load(t.Context()))
	ctx, hangUp := context.WithCancel(t.Context())
	hangUp()
	_, err := p.executor.ReleaseLease(ctx, id, "ann", "")
	require.ErrorIs(t, err, context.Canceled)
	p.start()
	p.ask(ruled("long", pauseAlert("q", "a1", r.clock.in(2*time.Hour))))
	p.reaches("q", done) // its turn is after the release's
	l := r.leaseIs(t, "a1", active)
	require.Empty(t, l.GetReleasedBy())
	require.Len(t, l.GetHolders(), 2)
}
