package action_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/signalbox-io/signalbox/pkg/rpc"
)

func TestPause_IsUndoneOnceWhenTheLongestHolderIsOver(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	p := r.start(t)
	p.ask(pauseAlert("first", "a1", r.clock.in(time.Hour)))
	first := p.reaches("first", done)
	require.Regexp(t, "^paused; lease .* until ", first.GetDetail())
	require.Equal(t, "active", first.GetStateBefore())
	require.EqualValues(t, 1, first.GetAttempts())
	p.ask(ruled("long", pauseAlert("longest", "a1", r.clock.in(3*time.Hour))))
	require.Contains(t, p.reaches("longest", done).GetDetail(), "joined the lease that is active; lease ")
	p.ask(ruled("short", pauseAlert("shorter", "a1", r.clock.in(2*time.Hour))))
	p.reaches("shorter", done)
	require.Len(t, r.leaseIs(t, "a1", active).GetHolders(), 3)

	r.clock.advance(3*time.Hour - time.Second)
	lists := r.vendor.called("alerts")
	until(t, "the lease is compared again", func() bool { return r.vendor.called("alerts") > lists+2 })
	require.True(t, r.vendor.isPaused("a1"), "resumed before the longest holder's time was over")

	r.clock.advance(time.Second)
	resume := r.resumed(t)
	require.Equal(t, done, resume.GetState())
	require.Equal(t, "the last holder's time is over", resume.GetDetail())
	require.Equal(t, "the last holder's time is over", r.leaseIs(t, "a1", ended).GetReason())
	require.Equal(t, []string{"pause a1", "resume a1"}, r.vendor.happened())

	p.ask(pauseAlert("next", "a1", r.clock.in(time.Hour)))
	p.reaches("next", done)
	require.Len(t, r.leasesOn(t, "a1"), 2, "the next pause takes a lease of its own")
}

func TestPause_LeavesAForeignPauseAlone(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	r.vendor.set("a1", true)
	p := r.start(t)
	p.ask(pauseAlert("p", "a1", r.clock.in(time.Hour)))
	a := p.reaches("p", done)
	require.Equal(t, "already paused, not ours", a.GetDetail())
	require.Equal(t, "paused", a.GetStateBefore())
	require.Zero(t, a.GetAttempts())

	r.clock.advance(2 * time.Hour)
	p.ask(pauseAlert("late", "a1", r.clock.in(-time.Minute)))
	p.reaches("late", expired) // its lane is through with the first
	require.Empty(t, r.leasesOn(t, "a1"))
	require.Empty(t, r.vendor.happened())
	require.True(t, r.vendor.isPaused("a1"))
}

func TestPause_ExpiredIsNotMade(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	p := r.start(t)
	p.ask(pauseAlert("p", "a1", r.clock.in(0)))
	require.Contains(t, p.reaches("p", expired).GetDetail(), "before it could be done")
	require.Zero(t, r.vendor.called("get a1"))
	require.Empty(t, r.vendor.happened())
}

func TestPause_ExpiresWhileTheVendorCannotBeRead(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	r.vendor.script("get a1", refuse(unavailable()))
	p := r.start(t)
	p.ask(pauseAlert("p", "a1", r.clock.in(time.Minute)))
	until(t, "it was tried", func() bool { return r.vendor.called("get a1") > 2 })
	a := p.stateOf("p")
	require.Equal(t, pending, a.GetState())
	require.Equal(t, "connection refused", a.GetDetail())
	require.NotNil(t, a.GetNextAttemptAt())
	r.clock.advance(time.Minute)
	p.reaches("p", expired)
	require.Empty(t, r.vendor.happened())
}

// Whatever the first call comes to, an alert that should be paused is, once at
// least, and its lease ends.
func TestPause_SettlesEveryFault(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.start(t)
	for name, test := range map[string]struct {
		fault   fault
		effects int
		detail  string
	}{
		"rate limited":         {refuse(reason(codes.ResourceExhausted, "RATE_LIMITED")), 1, "paused; lease"},
		"credential refused":   {refuse(reason(codes.Unauthenticated, "CREDENTIAL_REFUSED")), 1, "paused; lease"},
		"circuit open":         {refuse(reason(codes.Unavailable, "CIRCUIT_OPEN")), 1, "paused; lease"},
		"not configured there": {refuse(reason(codes.FailedPrecondition, "UNKNOWN_SOURCE")), 1, "paused; lease"},
		"vendor unavailable":   {refuse(reason(codes.Unavailable, "VENDOR_UNAVAILABLE")), 1, "paused; lease"},
		"connection refused":   {refuse(unavailable()), 1, "paused; lease"},
		"unclear, not applied": {refuse(unknownOutcome()), 1, "paused; lease"},
		"unclear, applied":     {lose(unknownOutcome()), 1, "paused, as the vendor tells when read back; lease"},
		"connection lost":      {lose(unavailable()), 1, "paused, as the vendor tells when read back; lease"},
		"bad answer":           {lose(reason(codes.Internal, "BAD_ANSWER")), 1, "paused, as the vendor tells when read back; lease"},
		"overdue":              {refuse(overdue()), 1, "paused; lease"},
		"accepted, not done":   {ignore, 1, "paused; lease"},
	} {
		t.Run(name, func(t *testing.T) {
			alert := name
			r.vendor.set(alert, false)
			r.vendor.script("pause "+alert, test.fault, ok)
			before := len(r.vendor.happened())
			p.ask(pauseAlert("p-"+bare(name), alert, r.clock.in(time.Hour)))
			require.Contains(t, p.reaches("p-"+bare(name), done).GetDetail(), test.detail)
			require.True(t, r.vendor.isPaused(alert))
			require.Len(t, r.vendor.happened(), before+test.effects)
			r.leaseIs(t, alert, active)
		})
	}
}

// bare makes a key of a bucket of a name.
func bare(name string) string {
	key := []byte(name)
	for i, c := range key {
		if c == ' ' || c == ',' {
			key[i] = '-'
		}
	}
	return string(key)
}

func TestPause_RefusedForGoodFails(t *testing.T) {
	t.Parallel()
	r := newRig(t, "refused", "field", "old")
	p := r.start(t)
	r.vendor.script("pause refused", refuse(refused()))
	r.vendor.script("pause field", refuse(rpc.FieldViolation("alert_id", "is no id")))
	r.vendor.script("get old", refuse(refused()))
	for alert, detail := range map[string]string{
		"refused": "vendor says REFUSED_BY_VENDOR", "field": "alert_id: is no id",
		"old": "vendor says REFUSED_BY_VENDOR", "missing": "vendor says NOT_FOUND",
	} {
		p.ask(pauseAlert("p-"+alert, alert, r.clock.in(time.Hour)))
		require.Equal(t, detail, p.reaches("p-"+alert, failed).GetDetail())
		require.Empty(t, r.leasesOn(t, alert))
	}
	require.Empty(t, r.vendor.happened())
}

func TestPause_WaitsAsLongAsTheVendorAsks(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	limit := rpc.Error(codes.ResourceExhausted, "RATE_LIMITED", map[string]string{"retry_after_ms": "99000000"}, "slow down")
	r.vendor.script("pause a1", refuse(limit))
	p := r.start(t)
	p.ask(pauseAlert("p", "a1", r.clock.in(time.Hour)))
	until(t, "its next attempt is due", func() bool { return p.stateOf("p").GetNextAttemptAt() != nil })
	a := p.stateOf("p")
	require.Equal(t, pending, a.GetState(), "certainly no effect")
	require.WithinDuration(t, r.clock.now().Add(15*time.Minute), a.GetNextAttemptAt().AsTime(), time.Second, "bounded")
	require.Equal(t, 1, r.vendor.called("pause a1"))
}

func TestPause_IsGivenUpAndThenCertainlyNotMade(t *testing.T) {
	t.Parallel()
	r := newRig(t, "never", "unread", "nobody")
	r.vendor.script("pause never", refuse(unknownOutcome()))
	r.vendor.script("get unread", refuse(unavailable()))
	p := r.start(t)
	p.ask(pauseAlert("never", "never", r.clock.in(time.Hour)))
	p.ask(pauseAlert("unread", "unread", r.clock.in(time.Hour)))
	stranger := pauseAlert("nobody", "nobody", r.clock.in(time.Hour))
	stranger.Source = "removed"
	p.ask(stranger)
	until(t, "all were tried", func() bool {
		return r.vendor.called("pause never") > 1 && r.vendor.called("get unread") > 1 &&
			p.stateOf("nobody").GetDetail() != ""
	})
	r.clock.advance(15 * time.Minute)
	until(t, "a call under way cannot arrive any more", func() bool {
		r.clock.advance(100 * time.Millisecond)
		return p.isFinal("never")
	})
	require.Equal(t, "given up after 15m0s: vendor says OUTCOME_UNKNOWN", p.reaches("never", failed).GetDetail())
	require.Equal(t, "given up after 15m0s: connection refused", p.reaches("unread", failed).GetDetail())
	require.Contains(t, p.reaches("nobody", failed).GetDetail(), `source "removed" is not configured`)
	require.Empty(t, r.vendor.happened())
}

// A call that was cut off may reach the vendor later; the pause is not called
// unmade before that is over.
func TestPause_ThatComesLateIsOursToEnd(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]time.Duration{"after its time": time.Hour, "after it would be given up": 15 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, "a1")
			comes := make(chan struct{})
			var applied sync.WaitGroup
			isOver := make(chan struct{})
			r.vendor.script("pause a1", func(ctx context.Context, apply func()) error {
				<-isOver
				return late(comes, &applied)(ctx, apply)
			}, refuse(unknownOutcome()))
			p := r.start(t)
			p.ask(pauseAlert("p", "a1", r.clock.in(time.Hour)))
			until(t, "it hangs", func() bool { return r.vendor.called("pause a1") == 1 })
			r.clock.advance(end)
			close(isOver)
			reads := r.vendor.called("get a1")
			until(t, "it is looked for", func() bool { return r.vendor.called("get a1") > reads+5 })
			require.Equal(t, attempting, p.stateOf("p").GetState())
			close(comes)
			applied.Wait()
			p.reaches("p", done)
			r.clock.advance(time.Hour)
			r.leaseIs(t, "a1", ended)
			require.Equal(t, []string{"pause a1", "resume a1"}, r.vendor.happened())
		})
	}
}

// A vendor that refuses to be read, after a pause of unknown outcome, may hide
// one that we would have to end.
func TestPause_OfUnknownOutcomeIsReadUntilTheVendorTells(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]fault{"refused": refuse(refused()), "unavailable": refuse(unavailable())} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, "a1")
			r.vendor.script("pause a1", lose(unknownOutcome()))
			r.vendor.script("get a1", ok, fault)
			p := r.start(t)
			p.ask(pauseAlert("p", "a1", r.clock.in(time.Hour)))
			until(t, "it is read", func() bool { return r.vendor.called("get a1") > 3 })
			r.clock.advance(24 * time.Hour)
			reads := r.vendor.called("get a1")
			until(t, "it is still read", func() bool { return r.vendor.called("get a1") > reads+3 })
			require.Equal(t, attempting, p.stateOf("p").GetState())
			r.vendor.script("get a1", ok)
			p.reaches("p", done)
			r.leaseIs(t, "a1", ended)
			require.Equal(t, []string{"pause a1", "resume a1"}, r.vendor.happened())
		})
	}
}

func TestPause_RefusedAfterAnUnclearAttemptIsStillLookedFor(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	comes := make(chan struct{})
	var applied sync.WaitGroup
	r.vendor.script("pause a1", late(comes, &applied), refuse(refused()))
	p := r.start(t)
	p.ask(pauseAlert("p", "a1", r.clock.in(time.Hour)))
	until(t, "it was refused", func() bool { return r.vendor.called("pause a1") > 1 })
	close(comes)
	applied.Wait()
	p.reaches("p", done)
	r.leaseIs(t, "a1", active)
}

// An answer that the alert does not exist, after a pause that may be there, is
// not believed: nobody else would end that pause.
func TestPause_NotFoundAfterTheCallIsLookedForAgain(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]fault{"answer lost": lose(unknownOutcome()), "accepted": ok} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, "a1")
			r.vendor.script("pause a1", call)
			r.vendor.script("get a1", ok, refuse(notFound()), refuse(notFound()), ok)
			p := r.start(t)
			p.ask(pauseAlert("p", "a1", r.clock.in(time.Hour)))
			p.reaches("p", done)
			r.clock.advance(time.Hour)
			r.leaseIs(t, "a1", ended)
			require.Equal(t, []string{"pause a1", "resume a1"}, r.vendor.happened())
		})
	}
}

func TestPause_NotFoundForAnHourFails(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	r.vendor.script("pause a1", func(context.Context, func()) error {
		r.vendor.remove("a1")
		return unknownOutcome()
	})
	p := r.start(t)
	p.ask(pauseAlert("p", "a1", r.clock.in(time.Minute)))
	until(t, "it is looked for", func() bool { return r.vendor.called("get a1") > 5 })
	began := r.clock.now()
	until(t, "an hour passes", func() bool {
		r.clock.advance(time.Minute)
		return p.isFinal("p")
	})
	require.GreaterOrEqual(t, r.clock.now().Sub(began), 50*time.Minute)
	require.Equal(t, "it does not exist at the vendor any more", p.reaches("p", failed).GetDetail())
}
