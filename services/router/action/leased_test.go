package action_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/action"
	"github.com/signalbox-io/signalbox/services/router/lease"
	"github.com/signalbox-io/signalbox/services/router/ledger"
)

func pauseStream(id, stream string, until *timestamppb.Timestamp) *actionv1.Action {
	return &actionv1.Action{
		Id: id, Rule: "quiet", Source: "anodot-prod", Target: "stream:" + stream, Type: "pause_stream", ExpiresAt: until,
		Operation: &actionv1.Action_PauseStream{PauseStream: &actionv1.PauseStream{
			StreamId: stream, For: durationpb.New(time.Hour), Until: until,
		}},
	}
}

func watchFor(id, name string, until *timestamppb.Timestamp) *actionv1.Action {
	a := createWatcher(id, name)
	a.GetCreateWatcher().For, a.GetCreateWatcher().Until, a.ExpiresAt = durationpb.New(time.Hour), until, until
	return a
}

func excludeFor(id, value string, until *timestamppb.Timestamp) *actionv1.Action {
	a := addExclusion(id, value)
	a.GetAddExclusion().For, a.GetAddExclusion().Until, a.ExpiresAt = durationpb.New(time.Hour), until, until
	return a
}

// leased is a kind of effect that ends, and how the test sees it.
type leased struct {
	ask           func(id string, until *timestamppb.Timestamp) *actionv1.Action
	key           lease.Key
	call, endCall string
	list          string
	effects       []string
	// byHand ends it behind our back.
	byHand func(*vendor)
}

func kindsOfLeases() map[string]leased {
	const name = "bots [sb-1a2b3c]"
	return map[string]leased{
		"stream": {
			ask:  func(id string, until *timestamppb.Timestamp) *actionv1.Action { return pauseStream(id, "s1", until) },
			key:  lease.Key{Source: "anodot-prod", Target: "stream:s1"},
			call: "pause s1", endCall: "resume s1", list: "streams",
			effects: []string{"pause s1", "resume s1"},
			byHand:  func(v *vendor) { v.set("s1", false) },
		},
		"watcher": {
			ask:  func(id string, until *timestamppb.Timestamp) *actionv1.Action { return watchFor(id, name, until) },
			key:  lease.Key{Source: "anomify-prod", Target: "watcher:[sb-1a2b3c]"},
			call: "create", endCall: "delete watcher 1", list: "list",
			effects: []string{"create " + name, "delete watcher 1"},
			byHand:  (*vendor).deleteWatchers,
		},
		"exclusion": {
			ask:  func(id string, until *timestamppb.Timestamp) *actionv1.Action { return excludeFor(id, "shop.", until) },
			key:  lease.Key{Source: "anomify-prod", Target: "exclusion:prefix=shop."},
			call: "add exclusion", endCall: "delete exclusion", list: "exclusions",
			effects: []string{"add exclusion prefix shop.", "delete exclusion 1"},
		},
	}
}

// statesOn returns the last published state of each lease on the key.
func (r *rig) statesOn(t *testing.T, key lease.Key) []actionv1.LeaseState {
	t.Helper()
	var states []actionv1.LeaseState
	for _, l := range r.leasesOf(t, key.Target) {
		states = append(states, l.GetState())
	}
	return states
}

// isUndone reports whether a lease on the target has come to its end, and the action
// that ended it.
func (r *rig) isUndone(t *testing.T, target string) bool {
	t.Helper()
	for _, msg := range r.messages(t, "signalbox.action.") {
		a, err := bus.DecodeAction(msg.Header, msg.Data)
		require.NoError(t, err)
		if a.GetTarget() == target && ledger.EndsLease(a) && ledger.IsFinal(a.GetState()) {
			return true
		}
	}
	return false
}

// Whatever the first calls come to, the effect is there once, is extended by the
// same rule's next action, and is undone once at the end of the longest.
func TestLeased_IsMadeAndUndoneOnceWhateverTheVendorAnswers(t *testing.T) {
	t.Parallel()
	for kind, k := range kindsOfLeases() {
		for fault, faults := range map[string][]fault{
			"answers": {ok}, "answer lost": {lose(unknownOutcome()), ok}, "server error": {refuse(unknownOutcome()), ok},
			"reset": {lose(unavailable()), ok}, "rate limited": {refuse(rateLimited()), ok}, "overdue": {refuse(overdue()), ok},
		} {
			t.Run(kind+", "+fault, func(t *testing.T) {
				r := newRig(t, "s1")
				r.vendor.script(k.call, faults...)
				p := r.start(t)
				p.ask(k.ask("first", r.clock.in(time.Hour)))
				first := p.ends("first")
				require.Equal(t, done, first.GetState())
				require.Contains(t, first.GetDetail(), "; lease ")
				p.ask(k.ask("second", r.clock.in(2*time.Hour)))
				require.Contains(t, p.reaches("second", done).GetDetail(), "joined the lease that is active; lease ")
				require.Equal(t, k.effects[:1], r.vendor.happened())

				r.vendor.script(k.endCall, faults...)
				r.clock.advance(90 * time.Minute)
				lists := r.vendor.called(k.list)
				until(t, "it is compared", func() bool { return r.vendor.called(k.list) > lists+2 })
				require.Equal(t, k.effects[:1], r.vendor.happened(), "undone before the longest holder's time was over")
				r.clock.advance(30 * time.Minute)
				until(t, "its lease has ended", func() bool { return slices.Equal(r.statesOn(t, k.key), []actionv1.LeaseState{ended}) })
				require.Equal(t, k.effects, r.vendor.happened())
			})
		}
	}
}

func TestLeased_TooLateIsNotMade(t *testing.T) {
	t.Parallel()
	for kind, k := range kindsOfLeases() {
		t.Run(kind, func(t *testing.T) {
			r := newRig(t, "s1")
			p := r.start(t)
			p.ask(k.ask("late", r.clock.in(0)))
			require.Contains(t, p.reaches("late", expired).GetDetail(), "before it could be done")
			require.Empty(t, r.vendor.happened())
		})
	}
}

// What was there before us is somebody else's: it gets no lease and is not undone.
func TestLeased_WhatWasThereBeforeIsLeftAlone(t *testing.T) {
	t.Parallel()
	for kind, k := range kindsOfLeases() {
		t.Run(kind, func(t *testing.T) {
			r := newRig(t, "s1")
			stays := map[string]*actionv1.Action{
				"watcher": createWatcher("theirs", "bots [sb-1a2b3c]"), "exclusion": addExclusion("theirs", "shop."),
			}[kind]
			p := r.start(t)
			if stays == nil {
				r.vendor.set("s1", true)
			} else {
				p.ask(stays)
				p.reaches("theirs", done)
			}
			before := r.vendor.happened()
			p.ask(k.ask("ours", r.clock.in(time.Hour)))
			require.NotContains(t, p.reaches("ours", done).GetDetail(), "lease")
			require.Zero(t, p.leases.Len())
			require.Equal(t, before, r.vendor.happened())
		})
	}
}

func TestLeased_EndedByHandStaysEnded(t *testing.T) {
	t.Parallel()
	for kind, k := range kindsOfLeases() {
		if k.byHand == nil {
			continue // an exclusion that is gone cannot be told from one that is not found
		}
		t.Run(kind, func(t *testing.T) {
			r := newRig(t, "s1")
			drifts := make(chan action.Drift, 100)
			r.change = func(o *action.Options) { o.Drifted = func(_ context.Context, d action.Difference) { drifts <- d.Kind } }
			p := r.start(t)
			p.ask(k.ask("first", r.clock.in(time.Hour)))
			p.reaches("first", done)
			k.byHand(r.vendor)
			until(t, "its lease is overridden", func() bool {
				return slices.Equal(r.statesOn(t, k.key), []actionv1.LeaseState{overridden})
			})
			require.Equal(t, action.DriftOverridden, <-drifts)
			r.clock.advance(2 * time.Hour)
			p.ask(k.ask("late", r.clock.in(-time.Minute)))
			p.reaches("late", expired) // its lane is through
			require.Equal(t, k.effects[:1], r.vendor.happened())
		})
	}
}

// A process that is killed at any of its writes leaves the same behind as one that
// is not.
func TestCrash_AtEveryWriteOfALeasedEffect(t *testing.T) {
	t.Parallel()
	for kind, k := range kindsOfLeases() {
		for _, applied := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, last write applied %t", kind, applied), func(t *testing.T) {
				t.Parallel()
				atEveryWrite(t, func(t *testing.T, writes int) bool {
					t.Helper()
					r := newRig(t, "s1")
					r.vendor.script(k.call, lose(unknownOutcome()))
					r.vendor.script(k.endCall, lose(unknownOutcome()))
					want, end := k.ask("a", r.clock.in(time.Hour)), r.clock.now().Add(time.Hour)
					story := func(ctx context.Context, p *process) bool {
						if !p.submit(ctx, want) || !p.isEnded(ctx, "a") {
							return false
						}
						r.clock.advance(max(0, end.Sub(r.clock.now())))
						return alive(ctx, t, "it is undone", func() bool { return r.isUndone(t, k.key.Target) })
					}
					survived := r.life(t, writes, applied, story)
					require.True(t, r.life(t, 1e6, true, story))
					require.Equal(t, k.effects, r.vendor.happened())
					open, err := r.prepare(t, r.bus).ledger.Recover(t.Context())
					require.NoError(t, err)
					require.Empty(t, open)
					return survived
				})
			})
		}
	}
}

// An exclusion that is not found is taken for deleted after an hour only.
func TestLeased_ExclusionThatIsGoneEndsItsLeaseAfterAnHour(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	k := kindsOfLeases()["exclusion"]
	p := r.start(t)
	p.ask(k.ask("first", r.clock.in(time.Hour)))
	p.reaches("first", done)
	r.vendor.script("exclusions", ignore)
	r.clock.advance(time.Hour)
	until(t, "it is asked for", func() bool { return r.vendor.called("delete exclusion") > 0 })
	began := r.clock.now()
	r.vendor.script("delete exclusion", refuse(notFound()))
	until(t, "an hour passes", func() bool {
		r.clock.advance(time.Minute)
		return p.leases.Len() == 0
	})
	require.GreaterOrEqual(t, r.clock.now().Sub(began), 50*time.Minute)
	r.endsBecause(t, k.key.Target, "it does not exist at the vendor any more")
}

func resumeA1() *actionv1.Action {
	return &actionv1.Action{
		Id: "ra", Rule: "loud", Source: "anodot-prod", Target: "alert:a1", Type: "resume_alert",
		Operation: &actionv1.Action_ResumeAlert{ResumeAlert: &actionv1.ResumeAlert{AlertId: "a1"}},
	}
}

func resumeS1() *actionv1.Action {
	return &actionv1.Action{
		Id: "rs", Rule: "loud", Source: "anodot-prod", Target: "stream:s1", Type: "resume_stream",
		Operation: &actionv1.Action_ResumeStream{ResumeStream: &actionv1.ResumeStream{StreamId: "s1"}},
	}
}

func TestResume_ByARuleEndsOurLease(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string][]fault{
		"answers": {ok}, "answer lost": {lose(unknownOutcome())}, "refused at first": {refuse(refused()), ok},
		"overdue": {refuse(overdue()), ok}, "accepted, not done": {ignore, ok},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, "a1", "s1")
			p := r.paused(t)
			p.ask(pauseStream("ps", "s1", r.clock.in(time.Hour)))
			p.reaches("ps", done)
			r.vendor.script("resume a1", faults...)
			r.vendor.script("resume s1", faults...)
			p.ask(resumeA1())
			p.ask(resumeS1())
			require.Equal(t, "resumed by rule loud", p.reaches("ra", done).GetDetail())
			require.Equal(t, "resumed by rule loud", p.reaches("rs", done).GetDetail())
			require.Equal(t, "resumed by rule loud", r.leaseIs(t, "a1", ended).GetReason())
			r.clock.advance(2 * time.Hour)
			p.ask(pauseAlert("late", "a1", r.clock.in(-time.Minute)))
			p.reaches("late", expired)
			require.ElementsMatch(t, []string{"pause a1", "pause s1", "resume a1", "resume s1"}, r.vendor.happened())
		})
	}
}

// Others' pauses are theirs, and an alert that runs needs nothing.
func TestResume_ByARuleLeavesWhatOthersPaused(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1", "s1")
	r.vendor.set("a1", true)
	p := r.start(t)
	p.ask(resumeA1())
	p.ask(resumeS1())
	const note = "no lease of ours is on it; what others paused is left to them"
	require.Equal(t, note, p.reaches("ra", done).GetDetail())
	require.Equal(t, note, p.reaches("rs", done).GetDetail())
	require.True(t, r.vendor.isPaused("a1"))
	require.Empty(t, r.vendor.happened())
}

func TestCrash_AtEveryWriteOfARulesResume(t *testing.T) {
	t.Parallel()
	for _, applied := range []bool{false, true} {
		atEveryWrite(t, func(t *testing.T, writes int) bool {
			t.Helper()
			r := newRig(t, "a1")
			r.vendor.script("resume a1", lose(unknownOutcome()))
			pause, resume := pauseAlert("p", "a1", r.clock.in(time.Hour)), resumeA1()
			story := func(ctx context.Context, p *process) bool {
				return p.submit(ctx, pause) && p.submit(ctx, resume) &&
					alive(ctx, t, "both are made", func() bool { return p.isFinal("p") && p.isFinal("ra") })
			}
			survived := r.life(t, writes, applied, story)
			require.True(t, r.life(t, 1e6, true, story))
			require.Equal(t, []string{"pause a1", "resume a1"}, r.vendor.happened())
			r.leaseIs(t, "a1", ended)
			return survived
		})
	}
}

// Only the rule's own end of a lease goes first after a restart: the resume that a
// rule asks for comes after the pause that it is about.
func TestRecover_KeepsTheOrderOfARulesResume(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	p := r.prepare(t, r.bus)
	for _, a := range []*actionv1.Action{pauseAlert("p", "a1", r.clock.in(time.Hour)), resumeA1()} {
		_, err := p.ledger.Create(t.Context(), a)
		require.NoError(t, err)
	}
	again := r.start(t)
	again.reaches("ra", done)
	require.Equal(t, []string{"pause a1", "resume a1"}, r.vendor.happened())
	require.True(t, ledger.IsFinal(again.stateOf("p").GetState()))
}
