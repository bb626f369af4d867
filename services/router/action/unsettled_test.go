package action_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/ledger"
)

// givenUp is a pause of a1 that no answer told of, and that was given up. Its time is
// over in two hours.
func (r *rig) givenUp(t *testing.T) *process {
	t.Helper()
	r.vendor.script("pause a1", refuse(unknownOutcome()))
	p := r.start(t)
	p.ask(pauseAlert("p", "a1", r.clock.in(2*time.Hour)))
	until(t, "it was tried", func() bool { return r.vendor.called("pause a1") > 0 })
	r.clock.advance(15 * time.Minute)
	until(t, "a call under way cannot arrive any more", func() bool {
		r.clock.advance(100 * time.Millisecond)
		return p.isFinal("p")
	})
	require.True(t, p.reaches("p", failed).GetUnsettled())
	r.vendor.script("pause a1", ok)
	return p
}

func (p *process) retry(ctx context.Context, id string) error {
	if _, err := p.executor.Retry(ctx, id, "ann"); err != nil {
		return err
	}
	return p.executor.Release(ctx, id)
}

// A pause that came through after it was given up is ours: tried again, it gets its
// lease and is resumed in time.
func TestRetry_APauseThatCameAfterAllIsOurs(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	p := r.givenUp(t)
	r.vendor.set("a1", true)
	require.NoError(t, p.retry(t.Context(), "p"))
	a := p.reaches("p", done)
	require.Contains(t, a.GetDetail(), "paused, as the vendor tells when read back; lease ")
	require.False(t, a.GetUnsettled())
	require.Equal(t, "active", a.GetStateBefore())
	r.leaseIs(t, "a1", active)
	require.Empty(t, r.vendor.happened(), "nothing had to be asked for")
	r.clock.advance(2 * time.Hour)
	r.leaseIs(t, "a1", ended)
	require.Equal(t, []string{"resume a1"}, r.vendor.happened())
}

// One that never came is made.
func TestRetry_APauseThatNeverCameIsMade(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	p := r.givenUp(t)
	require.NoError(t, p.retry(t.Context(), "p"))
	p.reaches("p", done)
	require.Equal(t, []string{"pause a1"}, r.vendor.happened())
	r.leaseIs(t, "a1", active)
}

// A retry that fails in its turn forgets nothing, and a refusal then says nothing of
// the attempt before.
func TestRetry_StaysUnsettledUntilTheVendorShows(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	p := r.givenUp(t)
	r.vendor.script("pause a1", refuse(refused()))
	require.NoError(t, p.retry(t.Context(), "p"))
	until(t, "it is refused", func() bool { return p.stateOf("p").GetDetail() == "vendor says REFUSED_BY_VENDOR" })
	require.Equal(t, attempting, p.stateOf("p").GetState())
	r.clock.advance(15 * time.Minute)
	until(t, "it is given up again", func() bool {
		r.clock.advance(100 * time.Millisecond)
		return p.isFinal("p")
	})
	require.True(t, p.reaches("p", failed).GetUnsettled())
	r.vendor.set("a1", true)
	require.NoError(t, p.retry(t.Context(), "p"))
	p.reaches("p", done)
	r.leaseIs(t, "a1", active)
}

// What certainly had no effect leaves no doubt: a pause that is found there is
// somebody else's.
func TestRetry_OfWhatWasRefusedForGoodTakesNoForeignPause(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	r.vendor.script("pause a1", refuse(refused()))
	p := r.start(t)
	p.ask(pauseAlert("p", "a1", r.clock.in(time.Hour)))
	require.False(t, p.reaches("p", failed).GetUnsettled())
	r.vendor.set("a1", true)
	require.NoError(t, p.retry(t.Context(), "p"))
	require.Equal(t, "already paused, not ours", p.reaches("p", done).GetDetail())
	require.Empty(t, r.leasesOn(t, "a1"))
}

// A stop refuses it only when it is not there: else it must be resumed in time.
func TestRetry_OfWhatMayBeThereIsReadBackWhileActionsAreStopped(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]actionv1.State{"it is there": done, "it is not": forbidden} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, "a1")
			p := r.givenUp(t)
			r.vendor.set("a1", want == done)
			p.executor.Halt(stopped)
			require.NoError(t, p.retry(t.Context(), "p"))
			until(t, "it has ended", func() bool {
				r.clock.advance(100 * time.Millisecond)
				return p.isFinal("p")
			})
			a := p.reaches("p", want)
			require.Equal(t, want != done, a.GetUnsettled())
			require.Empty(t, r.vendor.happened())
			if want == done {
				r.leaseIs(t, "a1", active)
			}
		})
	}
}

// What would be there twice is not made again while the call of before may arrive.
func TestRetry_WaitsForAWatcherThatMayStillAppear(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.vendor.script("create", refuse(unknownOutcome()))
	p := r.start(t)
	p.ask(createWatcher("w", "bots [sb-1]"))
	until(t, "it was tried", func() bool { return r.vendor.called("create") == 1 })
	r.vendor.script("list", refuse(unavailable()))
	r.clock.advance(24 * time.Hour)
	require.True(t, p.reaches("w", failed).GetUnsettled())
	r.vendor.script("list", ok)
	r.vendor.script("create", ok)
	lists := r.vendor.called("list")
	require.NoError(t, p.retry(t.Context(), "w"))
	until(t, "it is looked for", func() bool { return r.vendor.called("list") > lists+5 })
	require.Equal(t, 1, r.vendor.called("create"))
	r.clock.advance(time.Hour)
	p.reaches("w", done)
	require.Equal(t, []string{"create bots [sb-1]"}, r.vendor.happened())
}

// retrying is a bus whose reader has an action tried again the moment that it hears of
// its end, when the lane is not done with it yet.
type retrying struct {
	router
	p     *process
	times atomic.Int32
}

func (b *retrying) PublishAction(ctx context.Context, a *actionv1.Action) error {
	if err := b.router.PublishAction(ctx, a); err != nil {
		return err
	}
	if a.GetState() == failed && b.times.Add(1) == 1 {
		return b.p.retry(ctx, a.GetId())
	}
	return nil
}

func TestRetry_AtTheMomentOfTheEnd(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	r.vendor.script("pause a1", refuse(refused()), ok)
	on := &retrying{router: r.bus}
	on.p = r.prepare(t, on)
	on.p.start()
	on.p.ask(pauseAlert("p", "a1", r.clock.in(time.Hour)))
	a := on.p.reaches("p", done)
	require.EqualValues(t, 1, a.GetRetries())
	require.Equal(t, []string{"pause a1"}, r.vendor.happened())
}

// Killed at any write, a retry takes the pause that came after all for ours, and it
// ends in time.
func TestCrash_AtEveryWriteOfARetryOfWhatCameAfterAll(t *testing.T) {
	t.Parallel()
	for _, applied := range []bool{false, true} {
		t.Run(fmt.Sprintf("last write applied %t", applied), func(t *testing.T) {
			t.Parallel()
			atEveryWrite(t, func(t *testing.T, writes int) bool {
				t.Helper()
				r := newRig(t, "a1")
				r.givenUp(t).kill()
				r.vendor.set("a1", true)
				end := r.clock.now().Add(2 * time.Hour)
				story := func(ctx context.Context, p *process) bool {
					if err := p.retry(ctx, "p"); err != nil && p.executor.Release(ctx, "p") != nil {
						return false
					}
					isDone := func() bool { return r.prepare(t, r.bus).stateOf("p").GetState() == done }
					if !alive(ctx, t, "it is done", isDone) {
						return false
					}
					r.clock.advance(max(0, end.Sub(r.clock.now())))
					return alive(ctx, t, "the resume is made", func() bool {
						for _, resume := range r.resumes(t) {
							return ledger.IsFinal(resume.GetState())
						}
						return false
					})
				}
				survived := r.life(t, writes, applied, story)
				require.True(t, r.life(t, 1e6, true, story))
				require.Equal(t, []string{"resume a1"}, r.vendor.happened())
				r.leaseIs(t, "a1", ended)
				return survived
			})
		})
	}
}
