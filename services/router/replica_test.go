package router_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router"
)

func TestReplica_OneDecidesAndTheOtherTakesOverAtOnceWhenItStops(t *testing.T) {
	t.Parallel()
	r := newRig(t, demoRules)
	hour := func(o *router.Options) { o.TakeOverAfter = time.Hour }
	first := r.replica(r.bus, hour)
	fleet{first}.awaitActive(t)
	second := r.replica(r.bus, hour)
	until(t, "the second one stands by", func() bool { return second.health.Report().Ready })
	r.opening()
	until(t, "the first half is decided", func() bool { return len(r.brief()) == 3 })
	require.False(t, second.isActive())
	require.Contains(t, second.health.Report().Components[0].Note, "standby of ")

	first.stop()
	fleet{second}.awaitActive(t)
	r.ending()
	r.requireTold()
	require.Greater(t, second.value("epoch"), first.value("epoch"))
	require.InDelta(t, 1, second.value("take_overs_total"), 0)
	require.Contains(t, second.health.Report().Components[0].Note, "active, epoch ")
	second.stop()
	r.requireAsOne()
}

func TestReplica_ManyDecideAsOneWhoeverDies(t *testing.T) {
	t.Parallel()
	const chapters = 5
	decided, effects := decidedOf(t, chapters)
	for _, count := range []int{2, 3, 5} {
		t.Run(fmt.Sprintf("%d routers", count), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, demoRules)
			soon := func(o *router.Options) { o.TakeOverAfter = shortly }
			routers := fleet{}
			for range count {
				routers = append(routers, r.replica(r.bus, soon))
			}
			for n := range chapters {
				active := routers.awaitActive(t)
				r.chapter(n)
				if n%2 == 0 { // in the midst of what it decides, or just after
					until(t, "some of it is decided", func() bool { return len(r.brief()) > n*decisionsOfChapter+rand.IntN(3) })
				}
				if n%3 == 1 {
					active.stop()
				} else {
					active.kill()
				}
				routers = append(routers, r.replica(r.bus, soon))
			}
			until(t, "the story is decided", func() bool { return len(r.brief()) >= chapters*decisionsOfChapter })
			r.awaitDone()
			routers.awaitActive(t).stop()
			for _, p := range routers {
				p.kill()
			}
			require.ElementsMatch(t, decided, r.brief())
			require.Equal(t, effects, r.vendor.done())
			// Where a claim has run out for a moment, what could not be sent then comes
			// after what could: byte for byte the same, but not in the same order.
			before, again := r.decideAgain()
			require.ElementsMatch(t, before, again)
		})
	}
}

// A process that is stopped and goes on later must not decide or do anything more,
// though what it was about to write is written then.
func TestReplica_OneThatWasFrozenDecidesNothingMore(t *testing.T) {
	t.Parallel()
	const chapters = 6
	decided, effects := decidedOf(t, chapters)
	r := newRig(t, demoRules)
	frozen := &freezer{Bus: r.bus}
	first := r.replica(frozen)
	fleet{first}.awaitActive(t)
	epoch := first.value("epoch")
	for n := range 2 {
		r.chapter(n)
	}
	until(t, "some of it is decided", func() bool { return len(r.brief()) > decisionsOfChapter })
	thaw, thawClaims := frozen.freeze(t)
	r.chapter(2)
	second := r.replica(r.bus) // not before: it might take over by itself
	fleet{second}.awaitActive(t)
	r.chapter(3)
	until(t, "the second one decides", func() bool { return len(r.brief()) == 4*decisionsOfChapter })
	thaw()
	thawClaims()
	first.awaitEnd(epoch)
	r.chapter(4)
	until(t, "the second one goes on", func() bool { return len(r.brief()) == 5*decisionsOfChapter })
	second.kill()
	fleet{first}.awaitActive(t)
	r.chapter(5)
	until(t, "the first one decides again", func() bool { return len(r.brief()) >= chapters*decisionsOfChapter })
	r.awaitDone()
	first.stop()
	require.GreaterOrEqual(t, first.value("take_overs_total"), 2.0)
	require.ElementsMatch(t, decided, r.brief())
	require.Equal(t, effects, r.vendor.done())
	before, again := r.decideAgain()
	require.ElementsMatch(t, before, again, "in another order where a claim has run out for a moment")
}

// Where the next router has recorded what the one that was frozen does not know, that
// one would decide otherwise.
func TestReplica_OneThatWasFrozenDoesNotDecideByWhatItKnew(t *testing.T) {
	t.Parallel()
	r := newRig(t, demoRules)
	frozen := &freezer{Bus: r.bus}
	first := r.replica(frozen)
	fleet{first}.awaitActive(t)
	epoch := first.value("epoch")
	r.publish(r.traffic("t1", "shop", 0), r.feedback("f1", "a1", 1))
	until(t, "the first one has decided", func() bool { return len(r.brief()) == 2 })
	thaw, thawClaims := frozen.freeze(t)
	second := r.replica(r.bus) // not before: it might take over by itself
	fleet{second}.awaitActive(t)
	r.rewrite("at_least: 2", "at_least: 9")
	_, err := second.ReloadRules(t.Context(), &routerv1.ReloadRulesRequest{})
	require.NoError(t, err)
	r.publish(r.feedback("f2", "a1", 2))
	until(t, "the second one decides", func() bool { return len(r.brief()) == 4 })
	thaw()
	until(t, "the first one has judged it too", func() bool { return first.value("events_total", "feedback") >= 2 })
	thawClaims()
	first.awaitEnd(epoch)
	require.Equal(t, []string{"quiet HELD_COUNT 2", "would SHADOW 2", "quiet HELD_COUNT 3", "would HELD_COOLDOWN 3"}, r.brief())
	require.Empty(t, r.ledger())
	require.Empty(t, r.vendor.done())
	second.stop()
	first.stop()
	r.requireAsOne()
}

// A standby holds the state of the one that decides, and goes on from there.
func TestReplica_FollowsAndGoesOnWithoutASnapshot(t *testing.T) {
	t.Parallel()
	r := newRig(t, demoRules)
	first := r.replica(r.bus)
	fleet{first}.awaitActive(t)
	second := r.replica(r.bus)
	r.opening()
	until(t, "the second one has followed", func() bool {
		place := second.status().GetReplica()
		return place.GetRole() == routerv1.Replica_ROLE_STANDBY && place.GetFollowedSequence() == 3
	})
	require.Equal(t, first.status().GetReplica().GetActive(), second.status().GetReplica().GetActive())
	require.Equal(t, first.status().GetReplica().GetEpoch(), second.status().GetReplica().GetEpoch())
	r.chapter(1)
	crowd := make([]*eventv1.Event, 3_000) // more than a reader holds
	for i := range crowd {
		crowd[i] = r.traffic(fmt.Sprintf("crowd-%d", i), fmt.Sprintf("site-%d", i), 9)
	}
	r.publish(crowd...)
	until(t, "the second one has followed by events", func() bool {
		return second.status().GetReplica().GetFollowedSequence() == uint64(10+len(crowd))
	})
	r.rewrite("cooldown: 6h", "cooldown: 5h")
	_, err := first.ReloadRules(t.Context(), &routerv1.ReloadRulesRequest{})
	require.NoError(t, err)
	until(t, "the second one has followed by inputs", func() bool { return second.status().GetRuleSet() == r.version() })
	first.kill()
	r.removeSnapshot()
	fleet{second}.awaitActive(t)
	r.ending()
	until(t, "the story is decided", func() bool { return len(r.brief()) == len(told())+decisionsOfChapter })
	r.awaitDone()
	require.Zero(t, second.value("starts_over_total", "missing"))
	second.stop()
	r.requireAsOne()
}

// What was decided in silence, when its time had come, is not decided again by the
// next router, also where the stream does not know any more that it was.
func TestReplica_RepeatsNothingThatWasDecidedInSilence(t *testing.T) {
	t.Parallel()
	r := newRig(t, demoRules)
	r.forgetQuickly()
	first := r.replica(r.bus)
	fleet{first}.awaitActive(t)
	looking := &looking{Bus: r.bus}
	second := r.replica(looking)
	r.publish(r.traffic("t1", "site", 1))
	until(t, "the second one has a state", func() bool { return second.status().GetReplica().GetFollowedSequence() == 1 })
	r.publish(r.anomaly("n1", "shop", 1), r.anomaly("n2", "blog", 1))
	until(t, "the causes have not come", func() bool { return len(r.brief()) == 2 })
	until(t, "the second one has followed", func() bool { return second.status().GetReplica().GetFollowedSequence() == 3 })
	until(t, "that it was decided is marked", func() bool {
		judged, err := r.bus.Cursors().Get(t.Context(), "_router")
		require.NoError(t, err)
		return strings.Contains(string(judged.Value()), `"decisions":{"sequence":2,`)
	})
	looked := looking.looks.Load()
	until(t, "the second one has followed that", func() bool { return looking.looks.Load() > looked+1 })
	first.kill()
	fleet{second}.awaitActive(t)
	r.publish(r.feedback("f1", "a1", 2))
	until(t, "the second one decides", func() bool { return len(r.brief()) >= 4 })
	require.ElementsMatch(t, []string{
		"watch HELD_GIVEN 2", "watch HELD_GIVEN 3", "quiet HELD_COUNT 4", "would SHADOW 4",
	}, r.brief())
}

// A router that is started again in the place of one that was killed does not wait
// for the claim of that one.
func TestReplica_OfTheSameInstanceTakesOverAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, demoRules)
	dir := t.TempDir()
	instance := func(o *router.Options) {
		o.TakeOverAfter, o.InstanceFile = time.Hour, filepath.Join(dir, "instance")
	}
	first := r.replica(r.bus, instance)
	fleet{first}.awaitActive(t)
	first.kill()
	fleet{r.replica(r.bus, instance)}.awaitActive(t)
	r.opening()
	r.ending()
	r.requireTold()
}

// Which rules decide is what is recorded: a standby's own files count only when it
// takes over.
func TestReplica_DecidesByItsOwnFilesOnlyWhenItTakesOver(t *testing.T) {
	t.Parallel()
	r := newRig(t, demoRules)
	first := r.replica(r.bus, func(o *router.Options) { o.TakeOverAfter = time.Hour })
	fleet{first}.awaitActive(t)
	before := first.status().GetRuleSet()
	second := r.replica(r.bus, func(o *router.Options) { o.TakeOverAfter, o.WatchRules = time.Hour, 20*time.Millisecond })
	r.opening()
	until(t, "the second one has followed", func() bool { return second.status().GetReplica().GetFollowedSequence() == 3 })
	r.rewrite("cooldown: 6h", "cooldown: 5h")
	until(t, "the second one has read its files", func() bool {
		return second.status().GetReplica().GetOwnRuleSet() == r.version()
	})
	require.Equal(t, before, second.status().GetRuleSet(), "what decides, decides")
	until(t, "the second one says so", func() bool {
		return strings.Contains(second.health.Report().Components[0].Note, "own files are another set: "+r.version())
	})

	first.stop()
	fleet{second}.awaitActive(t)
	r.ending()
	r.requireTold()
	until(t, "its own rules decide", func() bool { return second.status().GetRuleSet() == r.version() })
	second.stop()
	r.requireAsOne()
}

// After another's take-over nothing is recorded but a take-over: a router that thinks
// it still decides begins anew, also where it has the claim.
func TestReplica_RecordsNothingBehindATakeOverThatIsNotItsOwn(t *testing.T) {
	t.Parallel()
	r := newRig(t, demoRules)
	p := r.replica(r.bus)
	fleet{p}.awaitActive(t)
	until(t, "it has caught up", func() bool { return p.health.Report().Ready })
	stream, err := r.bus.JetStream().Stream(t.Context(), bus.StreamInputs)
	require.NoError(t, err)
	foreign := uint64(0)
	until(t, "another one takes over", func() bool {
		info, err := stream.Info(t.Context())
		require.NoError(t, err)
		in := &routerv1.Input{Content: &routerv1.Input_TakeOver{TakeOver: &routerv1.TakeOver{By: "other"}}}
		foreign, err = r.bus.PublishInput(t.Context(), "other", in, info.State.LastSeq)
		return err == nil
	})
	until(t, "actions are stopped", func() bool {
		_, err := p.StopActions(t.Context(), &routerv1.StopActionsRequest{By: "ann"})
		return err == nil
	})
	inputs := r.inputs()
	require.Greater(t, len(inputs), int(foreign)+1)
	require.NotEmpty(t, inputs[foreign].GetTakeOver().GetBy(), "what follows it is a take-over")
	require.NotEqual(t, "other", inputs[foreign].GetTakeOver().GetBy())
}

// What one router has recorded, another one that does not know it cannot record
// beside it.
func TestRouter_DoesNotRecordBesideAnother(t *testing.T) {
	t.Parallel()
	r := newRig(t, demoRules)
	p := r.start(r.bus)
	p.awaitReady()
	r.opening()
	until(t, "the first half is decided", func() bool { return len(r.brief()) == 3 })
	stream, err := r.bus.JetStream().Stream(t.Context(), bus.StreamInputs)
	require.NoError(t, err)
	_, err = r.bus.PublishInput(t.Context(), "other", r.switchAfter(3), stream.CachedInfo().State.LastSeq)
	require.NoError(t, err)
	r.ending()
	r.requireTold()
	until(t, "the other's input is taken up before its own are recorded", func() bool {
		return p.value("inputs_total", "rule_set_switch") >= 2 && p.value("inputs_total", "action_ended") >= 1
	})
	p.awaitReady()
	p.stop()
	r.requireAsOne()
}
