package action_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/services/router/action"
	"github.com/signalbox-io/signalbox/services/router/lease"
)

func rateLimitedFor(d time.Duration) error {
	return rpc.Error(codes.ResourceExhausted, "RATE_LIMITED",
		map[string]string{"retry_after_ms": strconv.FormatInt(d.Milliseconds(), 10)}, "slow down")
}

// A vendor that restarts fails the deletion and then does not find the alert: that
// is no reason to forget that it is paused.
func TestOnce_DeletingAnAlertOfWhichNobodyKnowsLeavesItsLease(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	p := r.paused(t)
	r.vendor.script("delete a1", refuse(unknownOutcome()))
	r.vendor.script("get a1", ok, refuse(notFound()))
	p.ask(onceActions()["delete_alert"].as("d", "delete_alert"))
	require.Equal(t, "deleted, as the vendor tells when read back", p.reaches("d", done).GetDetail())
	r.leaseIs(t, "a1", active)
	r.vendor.script("get a1", ok)
	r.clock.advance(time.Hour)
	r.leaseIs(t, "a1", ended)
	require.Equal(t, []string{"pause a1", "resume a1"}, r.vendor.happened())
}

// One answer without the target, after a deletion of unknown outcome, may be wrong.
func TestOnce_OneAnswerDoesNotTellThatItIsDeleted(t *testing.T) {
	t.Parallel()
	for kind, list := range map[string]string{"delete_alert": "get a1", "delete_exclusion": "exclusions"} {
		t.Run(kind, func(t *testing.T) {
			o := onceActions()[kind]
			r := o.ready(t)
			r.vendor.script(o.call, refuse(unknownOutcome()), ok)
			missing := refuse(notFound())
			if kind == "delete_exclusion" {
				missing = ignore
			}
			r.vendor.script(list, ok, missing, ok)
			p := r.start(t)
			p.ask(o.as("d", kind))
			require.Equal(t, "deleted", p.ends("d").GetDetail())
			require.Equal(t, []string{o.effect}, r.vendor.happened())
		})
	}
}

// One list without the exclusion tells neither that it is deleted, after a deletion of
// unknown outcome, nor for ever that nobody knows what was there before.
func TestLeased_OneListDoesNotTellThatItsExclusionIsDeleted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ deletion, list []fault }{
		"after the deletion":  {[]fault{refuse(unknownOutcome()), ok}, []fault{ok, ignore, ok}},
		"before the deletion": {[]fault{ignore, ok}, []fault{ignore, ok}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.change = func(o *action.Options) { o.ReconcileEvery = time.Hour }
			k := kindsOfLeases()["exclusion"]
			p := r.start(t)
			p.ask(k.ask("first", r.clock.in(time.Hour)))
			p.reaches("first", done)
			p.kill()
			r.vendor.script(k.endCall, c.deletion...)
			r.vendor.script("exclusions", c.list...)
			r.clock.advance(time.Hour)
			p = r.start(t)
			until(t, "its lease has ended", func() bool { return p.leases.Len() == 0 })
			require.Equal(t, k.effects, r.vendor.happened())
			require.Equal(t, 2, r.vendor.called(k.endCall))
		})
	}
}

// An exclusion that is gone after its deletion is deleted at once: its lease does
// not last another hour.
func TestLeased_ExclusionThatIsGoneAfterItsDeletionEndsItsLease(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]fault{"accepted": ok, "answer lost": lose(unknownOutcome())} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			k := kindsOfLeases()["exclusion"]
			p := r.start(t)
			p.ask(k.ask("first", r.clock.in(time.Hour)))
			p.reaches("first", done)
			r.vendor.script(k.endCall, f)
			r.clock.advance(time.Hour)
			until(t, "its lease has ended", func() bool { return len(r.statesOn(t, k.key)) == 1 && r.statesOn(t, k.key)[0] == ended })
			r.endsBecause(t, k.key.Target, "the last holder's time is over")
			require.Equal(t, 1, r.vendor.called(k.endCall))
		})
	}
}

// A list of which some records cannot be read may hold what we made: it is not made
// again.
func TestOnce_IsNotMadeAgainWhileTheListIsInParts(t *testing.T) {
	t.Parallel()
	for kind, calls := range map[string][2]string{
		"add_exclusion": {"add exclusion", "exclusions"}, "create_alert": {"create alert", "alerts"}, "create_watcher": {"create", "list"},
	} {
		t.Run(kind, func(t *testing.T) {
			r := newRig(t)
			call, list := calls[0], calls[1]
			a := createWatcher("a", watcherName)
			if kind != "create_watcher" {
				a = onceActions()[kind].as("a", kind)
			}
			r.vendor.script(call, lose(unknownOutcome()))
			r.vendor.inParts(true)
			p := r.start(t)
			p.ask(a)
			until(t, "it is made", func() bool { return r.vendor.called(call) == 1 })
			lists := r.vendor.called(list)
			limit := r.clock.now().Add(12 * time.Hour) // it is given up after a day
			until(t, "it is looked for", func() bool {
				r.clock.step(time.Minute, limit)
				return r.vendor.called(list) > lists+5
			})
			require.Equal(t, attempting, p.stateOf("a").GetState())
			r.vendor.inParts(false)
			p.reaches("a", done)
			require.Len(t, r.vendor.happened(), 1)
		})
	}
}

// What a rule wants to stay is not deleted at the end of another rule's lease on it.
func TestLeased_WhatAnotherRuleWantsToStayStays(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	k := kindsOfLeases()["exclusion"]
	p := r.start(t)
	p.ask(k.ask("first", r.clock.in(time.Hour)))
	p.reaches("first", done)
	p.ask(addExclusion("stays", "shop."))
	require.Equal(t, "exists already", p.reaches("stays", done).GetDetail())
	until(t, "its lease has ended", func() bool { return len(r.statesOn(t, k.key)) == 1 && r.statesOn(t, k.key)[0] == ended })
	r.endsBecause(t, k.key.Target, "it stays, by rule exclude")
	r.clock.advance(2 * time.Hour)
	p.ask(k.ask("late", r.clock.in(-time.Minute)))
	p.reaches("late", expired) // its lane is through
	require.Equal(t, k.effects[:1], r.vendor.happened())
}

// What cannot be read at one source keeps nothing else from being reported, once.
func TestReconcile_ReportsEachOnceWhateverCannotBeRead(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1", "a2")
	drifts := make(chan action.Drift, 100)
	r.change = func(o *action.Options) { o.Drifted = func(_ context.Context, d action.Difference) { drifts <- d.Kind } }
	p := r.start(t)
	for _, id := range []string{"a1", "a2"} {
		p.ask(pauseAlert("p-"+id, id, r.clock.in(time.Hour)))
		p.reaches("p-"+id, done)
	}
	p.kill()
	for _, l := range p.leases.List() {
		_, err := r.bus.Leases().PutString(t.Context(), lease.BucketKey(lease.KeyOf(l)), "\xff\xff")
		require.NoError(t, err)
	}
	r.vendor.script("get a1", refuse(unavailable()))
	before := r.vendor.called("get a2")
	r.start(t)
	require.Equal(t, action.DriftOrphaned, <-drifts)
	reads := r.vendor.called("get a1")
	until(t, "it is searched again", func() bool { return r.vendor.called("get a1") > reads+3 })
	require.Empty(t, drifts)
	require.Equal(t, before+1, r.vendor.called("get a2"))
}

// What would be there twice is asked for once, if the vendor accepts it.
func TestOnce_AcceptedAndNeverShownIsNotMadeTwice(t *testing.T) {
	t.Parallel()
	for kind, call := range map[string]string{
		"create_alert": "create alert", "add_exclusion": "add exclusion", "create_watcher": "create",
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			a := createWatcher("a", watcherName)
			if o, found := onceActions()[kind]; found {
				a = o.as("a", kind)
			}
			r := newRig(t)
			r.vendor.script(call, ignore)
			p := r.start(t)
			p.ask(a)
			end := p.ends("a")
			require.Equal(t, failed, end.GetState())
			require.Equal(t, "the vendor accepted it and does not show it", end.GetDetail())
			require.Equal(t, 1, r.vendor.called(call))
		})
	}
}
