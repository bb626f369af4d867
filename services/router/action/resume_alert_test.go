package action_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/signalbox-io/signalbox/services/router/action"
	"github.com/signalbox-io/signalbox/services/router/lease"
)

// paused returns a process that has paused a1 for an hour.
func (r *rig) paused(t *testing.T) *process {
	t.Helper()
	p := r.start(t)
	p.ask(pauseAlert("p", "a1", r.clock.in(time.Hour)))
	p.reaches("p", done)
	return p
}

func TestResume_IsRepeatedUntilItIsSeen(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		call    string
		faults  []fault
		effects int
	}{
		"rate limited":       {"resume a1", []fault{refuse(reason(codes.ResourceExhausted, "RATE_LIMITED")), ok}, 1},
		"refused for good":   {"resume a1", []fault{refuse(refused()), refuse(refused()), ok}, 1},
		"connection refused": {"resume a1", []fault{refuse(unavailable()), ok}, 1},
		"answer lost":        {"resume a1", []fault{lose(unknownOutcome())}, 1},
		"overdue":            {"resume a1", []fault{refuse(overdue()), ok}, 1},
		"accepted, not done": {"resume a1", []fault{ignore, ignore, ok}, 1},
		"cannot be read":     {"get a1", []fault{refuse(unavailable()), refuse(refused()), refuse(reason(codes.Unauthenticated, "CREDENTIAL_REFUSED")), ok}, 1},
		"missing for once":   {"get a1", []fault{refuse(notFound()), refuse(notFound()), ok}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, "a1")
			r.change = func(o *action.Options) { o.ReconcileEvery = 50 * time.Millisecond }
			r.paused(t)
			r.clock.advance(time.Hour)
			r.vendor.script(test.call, test.faults...)
			require.Equal(t, done, r.resumed(t).GetState())
			r.leaseIs(t, "a1", ended)
			require.False(t, r.vendor.isPaused("a1"))
			require.Equal(t, []string{"pause a1", "resume a1"}, r.vendor.happened())
		})
	}
}

func TestResume_NeverGivesUp(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	r.vendor.script("resume a1", refuse(refused()))
	r.paused(t)
	r.clock.advance(time.Hour)
	until(t, "it was tried", func() bool { return r.vendor.called("resume a1") > 2 })
	r.clock.advance(30 * 24 * time.Hour)
	tries := r.vendor.called("resume a1")
	until(t, "it is tried again", func() bool { return r.vendor.called("resume a1") > tries+2 })
	r.leaseIs(t, "a1", active)
	r.vendor.script("resume a1", ok)
	require.Equal(t, done, r.resumed(t).GetState())
}

func TestResume_ByHandDuringTheLeaseStands(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	p := r.paused(t)
	r.vendor.set("a1", false)
	l := r.leaseIs(t, "a1", overridden)
	require.Equal(t, "somebody resumed it by hand", l.GetReason())
	require.NotNil(t, l.GetEndedAt())

	r.clock.advance(2 * time.Hour)
	p.ask(pauseAlert("late", "a1", r.clock.in(-time.Minute)))
	p.reaches("late", expired) // its lane is through
	require.Empty(t, r.resumes(t))
	require.Equal(t, []string{"pause a1"}, r.vendor.happened())
}

// A reading may be late, or wrong: it takes two in a row to end a lease.
func TestReconcile_DoesNotBelieveOneReading(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	p := r.paused(t)
	reads := r.vendor.called("get a1")
	r.vendor.script("alerts", ignore)
	r.vendor.script("get a1", refuse(notFound()), ok, refuse(notFound()), refuse(unavailable()), ok)
	until(t, "the lease was compared", func() bool { return r.vendor.called("get a1") > reads+5 })
	require.NotNil(t, p.leases.Active(lease.Key{Source: "anodot-prod", Target: "alert:a1"}))
	r.leaseIs(t, "a1", active)
}

func TestResume_ByHandJustBeforeTheEndIsNoneOfOurs(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	r.change = func(o *action.Options) { o.ReconcileEvery = time.Hour }
	p := r.paused(t)
	p.kill()
	r.vendor.set("a1", false)
	r.clock.advance(time.Hour)
	r.start(t)
	resume := r.resumed(t)
	require.Equal(t, done, resume.GetState())
	require.Equal(t, "somebody resumed it by hand", resume.GetDetail())
	require.Zero(t, resume.GetAttempts())
	r.leaseIs(t, "a1", overridden)
	require.Equal(t, []string{"pause a1"}, r.vendor.happened())
}

// Not found for an hour, by readings and resumes alike: then it is gone.
func TestResume_OfAnAlertThatIsGoneFails(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]fault{"refused": ok, "accepted all the same": ignore} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, "a1")
			r.paused(t)
			r.vendor.remove("a1")
			r.vendor.script("resume a1", answer)
			r.clock.advance(time.Hour)
			until(t, "it is asked for", func() bool { return r.vendor.called("resume a1") > 3 })
			began := r.clock.now()
			until(t, "an hour passes", func() bool {
				r.clock.advance(time.Minute)
				l := r.leasesOn(t, "a1")
				return l[0].GetState() != active
			})
			require.GreaterOrEqual(t, r.clock.now().Sub(began), time.Hour)
			resume := r.resumed(t)
			require.Equal(t, failed, resume.GetState())
			require.Equal(t, "it does not exist at the vendor any more", resume.GetDetail())
			require.Equal(t, resume.GetDetail(), r.leaseIs(t, "a1", ended).GetReason())
		})
	}
}

// A vendor that answers for a while that the alert does not exist is not
// believed, however often it says so and whatever the clock does.
func TestResume_OutlastsAVendorThatDoesNotFindTheAlert(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	p := r.paused(t)
	r.vendor.script("alerts", ignore)
	r.vendor.script("get a1", refuse(notFound()))
	r.vendor.script("resume a1", refuse(notFound()))
	reads := r.vendor.called("get a1")
	until(t, "the lease was compared", func() bool { return r.vendor.called("get a1") > reads+5 })
	require.NotNil(t, p.leases.Active(lease.Key{Source: "anodot-prod", Target: "alert:a1"}), "a comparison does not end it")
	require.Zero(t, r.vendor.called("resume a1"))
	r.clock.advance(time.Hour)
	until(t, "it was asked for", func() bool { return r.vendor.called("resume a1") > 9 })
	r.clock.advance(24 * time.Hour)
	asked := r.vendor.called("resume a1")
	until(t, "it is still asked for", func() bool { return r.vendor.called("resume a1") > asked+9 })
	r.leaseIs(t, "a1", active)

	r.vendor.script("get a1", ok)
	r.vendor.script("resume a1", ok)
	require.Equal(t, done, r.resumed(t).GetState())
	require.Equal(t, []string{"pause a1", "resume a1"}, r.vendor.happened())
}

func TestResume_AfterDaysOfDowntimeIsMadeOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1", "a2")
	p := r.paused(t)
	r.vendor.script("get a2", refuse(unavailable()))
	p.ask(pauseAlert("unmade", "a2", r.clock.in(time.Hour)))
	until(t, "it was tried", func() bool { return r.vendor.called("get a2") > 1 })
	p.kill()
	r.clock.advance(10 * 24 * time.Hour)
	r.vendor.script("get a2", ok)
	again := r.start(t)
	require.Equal(t, done, r.resumed(t).GetState())
	r.leaseIs(t, "a1", ended)
	again.reaches("unmade", expired)
	again.kill()
	once := r.start(t)
	once.ask(pauseAlert("marker", "a1", r.clock.in(-time.Second)))
	once.reaches("marker", expired) // its lane is through with what Recover found
	require.Equal(t, []string{"pause a1", "resume a1"}, r.vendor.happened())
}

// A resume that was under way goes before a pause that was asked for earlier:
// the pause must not join a lease that is about to end.
func TestRecover_TakesUpAResumeBeforeAPause(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	p := r.paused(t)
	_, err := p.ledger.Create(t.Context(), pauseAlert("next", "a1", r.clock.in(9*time.Hour)))
	require.NoError(t, err)
	r.vendor.script("resume a1", refuse(unavailable()))
	r.clock.advance(time.Hour)
	until(t, "the resume is under way", func() bool { return r.vendor.called("resume a1") > 0 })
	p.kill()

	r.vendor.script("resume a1", ok)
	p = r.start(t)
	r.leaseIs(t, "a1", ended)
	r.clock.advance(time.Minute) // no call of before can arrive any more
	p.reaches("next", done)
	require.Equal(t, []string{"pause a1", "resume a1", "pause a1"}, r.vendor.happened())
	leases := r.leasesOn(t, "a1")
	require.Len(t, leases, 2)
	require.Equal(t, ended, leases[0].GetState())
	require.Equal(t, active, leases[1].GetState())
}

// A reading at the end of a lease may be late and show the alert as it was
// before the pause: one is not enough to leave it to whoever resumed it.
func TestResume_DoesNotBelieveOneReadingThatShowsItDone(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	r.change = func(o *action.Options) { o.ReconcileEvery = time.Hour }
	r.paused(t).kill()
	r.clock.advance(time.Hour)
	r.vendor.script("get a1", func(_ context.Context, apply func()) error {
		r.vendor.set("a1", false)
		apply()
		r.vendor.set("a1", true)
		return nil
	}, ok)
	r.start(t)
	require.EqualValues(t, 1, r.resumed(t).GetAttempts())
	require.Equal(t, []string{"pause a1", "resume a1"}, r.vendor.happened())
}

// A pause that joins in the last moment, before the lane comes to the end of the
// lease, keeps the alert paused.
func TestResume_IsNotMadeOfALeaseThatWasJoinedMeanwhile(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1", "other")
	p := r.paused(t)
	release := make(chan struct{})
	r.vendor.script("alerts", ignore)
	r.vendor.script("get a1", func(ctx context.Context, apply func()) error {
		<-release
		return ok(ctx, apply)
	}, ok)
	reads := r.vendor.called("get a1")
	until(t, "the lane is busy with a comparison", func() bool { return r.vendor.called("get a1") > reads })
	p.ask(pauseAlert("longer", "a1", r.clock.in(3*time.Hour)))
	r.clock.advance(time.Hour)
	p.ask(pauseAlert("other", "other", r.clock.in(5*time.Hour))) // its timer makes the keeper look at the clock
	p.reaches("other", done)
	close(release)
	require.Contains(t, p.reaches("longer", done).GetDetail(), "joined the lease that is active")
	reads = r.vendor.called("get a1")
	until(t, "the lease is compared again", func() bool { return r.vendor.called("get a1") > reads+1 })
	require.Empty(t, r.resumes(t))
	r.clock.advance(2 * time.Hour)
	r.resumed(t)
	require.Equal(t, []string{"pause a1", "pause other", "resume a1"}, r.vendor.happened())
}

func TestResume_AcceptedAndNotShownIsAskedForAgainAfterABackoff(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	r.vendor.script("pause a1", ignore)
	p := r.start(t)
	p.ask(pauseAlert("p", "a1", r.clock.in(time.Hour)))
	const note = "the vendor accepted it and does not show it"
	until(t, "it is noted of the pause", func() bool { return p.stateOf("p").GetDetail() == note })
	require.Equal(t, attempting, p.stateOf("p").GetState())
	r.vendor.script("pause a1", ok)
	p.reaches("p", done)

	r.vendor.script("resume a1", ignore)
	r.clock.advance(time.Hour)
	until(t, "it is noted of the resume", func() bool {
		for id := range r.resumes(t) {
			return p.stateOf(id).GetDetail() == note
		}
		return false
	})
	r.vendor.script("resume a1", ok)
	require.Equal(t, done, r.resumed(t).GetState())
}

// A resume that was cut off, repeated and seen may arrive after all: a pause that
// follows waits until it cannot any more, also in the next process.
func TestResume_ThatArrivesLateUndoesNoPauseThatFollows(t *testing.T) {
	t.Parallel()
	for name, kill := range map[string]string{"same process": "", "next process": "seen", "killed before it is seen": "unseen"} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, "a1")
			comes := make(chan struct{})
			var applied sync.WaitGroup
			second := ok
			if kill == "unseen" {
				second = ignore
			}
			r.vendor.script("resume a1", late(comes, &applied), second)
			p := r.paused(t)
			r.clock.advance(time.Hour)
			if kill == "unseen" {
				until(t, "it is asked for again", func() bool { return r.vendor.called("resume a1") > 1 })
				p.kill()
				r.vendor.set("a1", false)
				p = r.start(t)
			}
			r.leaseIs(t, "a1", ended)
			if kill == "seen" {
				p.kill()
				p = r.start(t)
			}
			reads := r.vendor.called("get a1")
			p.ask(pauseAlert("again", "a1", r.clock.in(time.Hour)))
			until(t, "it waits", func() bool { return r.vendor.called("get a1") > reads+1 })
			close(comes)
			applied.Wait()
			require.Equal(t, pending, p.stateOf("again").GetState())
			r.clock.advance(time.Minute)
			p.reaches("again", done)
			require.True(t, r.vendor.isPaused("a1"))
			require.Equal(t, 2, r.vendor.called("pause a1"))
		})
	}
}
