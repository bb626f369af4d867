package action_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/action"
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
	r.change = func(o *action.Options) { o.CallTimeout = time.Hour }
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

// A process was killed when it had taken the lease and not written yet that its pause
// is done. The next one knows of the lease before it knows of the pause: what is
// released then waits, or the pause would be made again after its lease.
func TestReleaseLease_WaitsUntilOpenActionsAreTakenUp(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	p := r.start(t)
	p.ask(pauseAlert("p", "a1", r.clock.in(time.Hour)))
	p.reaches("p", done)
	id := r.leaseIs(t, "a1", active).GetId()
	p.kill()
	p.rewind("p", attempting)

	p = r.prepare(t, r.bus)
	require.NoError(t, p.leases.Load(t.Context()))
	released := make(chan error, 1)
	go func() {
		_, err := p.executor.ReleaseLease(t.Context(), id, "ann", "")
		released <- err
	}()
	require.NoError(t, p.executor.Recover(t.Context()))
	p.executor.Start()
	t.Cleanup(p.kill)
	require.NoError(t, <-released)
	p.reaches("p", done)
	require.Equal(t, "released by ann", r.resumed(t).GetDetail())
	r.leaseIs(t, "a1", ended)
	require.Equal(t, []string{"pause a1", "resume a1"}, r.vendor.happened())
}

// rewind lets the ledger hold the action in an earlier state.
func (p *process) rewind(id string, state actionv1.State) {
	p.t.Helper()
	entry, err := p.rig.bus.Ledger().Get(p.t.Context(), id)
	require.NoError(p.t, err)
	a := p.stateOf(id)
	a.State = state
	_, err = p.rig.bus.Ledger().Update(p.t.Context(), id, marshal(p.t, a), entry.Revision())
	require.NoError(p.t, err)
}
