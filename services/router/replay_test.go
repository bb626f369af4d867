package router_test

import (
	"errors"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router"
)

// forgetDecisions removes everything that tells what was decided: what remains
// are the events, the inputs and the rule sets.
func (r *rig) forgetDecisions() {
	r.t.Helper()
	js := r.bus.JetStream()
	stream, err := js.Stream(r.t.Context(), bus.StreamDecisions)
	require.NoError(r.t, err)
	config := stream.CachedInfo().Config
	require.NoError(r.t, js.DeleteStream(r.t.Context(), bus.StreamDecisions))
	_, err = js.CreateStream(r.t.Context(), config)
	require.NoError(r.t, err)
	require.NoError(r.t, r.bus.Cursors().Delete(r.t.Context(), "_router"))
	if err := r.bus.Snapshots().Delete(r.t.Context(), "router"); !errors.Is(err, jetstream.ErrObjectNotFound) {
		require.NoError(r.t, err)
	}
}

// switchAfter is a switch to the running rules at a place.
func (r *rig) switchAfter(sequence uint64) *routerv1.Input {
	return &routerv1.Input{AfterSequence: sequence, Content: &routerv1.Input_RuleSetSwitch{
		RuleSetSwitch: &routerv1.RuleSetSwitch{RuleSet: r.version(), By: "file"},
	}}
}

// storyWithReloads tells the story with two other rule sets on the way.
func (r *rig) storyWithReloads(p *process) {
	r.t.Helper()
	r.opening()
	until(r.t, "the first half is decided", func() bool { return len(r.brief()) == 3 })
	r.rewrite("cooldown: 6h", "cooldown: 5h")
	_, err := p.Reload(r.t.Context(), router.ByCall)
	require.NoError(r.t, err)
	r.publish(r.feedback("f2", "a1", 3))
	until(r.t, "more is decided", func() bool { return len(r.brief()) == 5 })
	r.rewrite("mode: shadow", "mode: off")
	_, err = p.Reload(r.t.Context(), router.ByCall)
	require.NoError(r.t, err)
	r.publish(r.feedback("f3", "a2", 4), r.anomaly("n2", "blog", 5))
	until(r.t, "all is decided", func() bool { return len(r.brief()) == 7 })
}

// The events, the inputs and the rule sets give the same decisions again, byte
// for byte, wherever the process begins.
func TestReplay_DecidesAlikeOverSwitchesOfRules(t *testing.T) {
	t.Parallel()
	for name, forget := range map[string]func(*rig){
		"from the beginning": (*rig).forgetDecisions,
		"without a snapshot": (*rig).removeSnapshot,
		"from the snapshot":  func(*rig) {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, demoRules)
			first := r.start(r.bus)
			r.storyWithReloads(first)
			first.stop()
			before, switches := r.decisions(), r.switches()
			require.Len(t, switches, 3)

			forget(r)
			second := r.start(r.bus)
			second.awaitReady()
			until(t, "all is decided again", func() bool { return len(r.brief()) == len(before) })
			require.Equal(t, before, r.decisions())
			require.Equal(t, switches, r.switches(), "nothing is recorded twice")
			require.Zero(t, second.value("history_decisions_total"))
			again := 3.0
			if name == "from the snapshot" {
				again = 0
			}
			require.InDelta(t, again, second.value("inputs_total", "rule_set_switch"), 0)
			r.publish(r.feedback("f9", "a2", 6))
			until(t, "what comes is decided", func() bool { return len(r.brief()) == len(before)+1 })
			require.Equal(t, "quiet FIRED 7", r.brief()[len(before)])
		})
	}
}

// Rules that were changed while the process was killed decide from the last event
// on that the others had decided.
func TestReplay_ReadsOnByTheRulesOfThen(t *testing.T) {
	t.Parallel()
	r := newRig(t, everyAnomaly)
	on := newFaulty(r.bus)
	first := r.start(on)
	first.awaitReady()
	until(t, "a snapshot is stored", func() bool { return !first.Status(t.Context()).SnapshotAt.IsZero() })
	on.storesNothing.Store(true)
	old := r.version()
	r.publish(r.eventsOf(0, 3)...)
	until(t, "all is decided", func() bool { return len(r.brief()) == 3 })
	first.kill()
	r.publish(r.eventsOf(3, 1)...)
	r.rewrite("each", "all")

	second := r.start(r.bus)
	until(t, "what came meanwhile is decided", func() bool { return len(r.brief()) == 4 })
	require.Equal(t, []string{"each 1 " + old, "each 2 " + old, "each 3 " + old, "all 4 " + r.version()}, r.decidedBy())
	require.Equal(t, []string{"0 " + old + " start", "3 " + r.version() + " start"}, r.switches())
	second.awaitReady()
	require.Zero(t, second.value("history_decisions_total"))
}

func TestRouter_CrashesAnywhereInAReloadToTheSameOutcome(t *testing.T) {
	t.Parallel()
	undisturbed := newRig(t, demoRules)
	counting := newFaulty(undisturbed.bus)
	p := undisturbed.start(counting)
	undisturbed.tellWithEdit(p, counting)
	p.stop()
	total := counting.writes()
	require.Greater(t, total, 20)
	for n := 1; n <= total; n++ {
		t.Run(fmt.Sprintf("write %d", n), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, demoRules)
			broken := newFaulty(r.bus)
			broken.isLastDone = n%2 == 0
			broken.failFrom(n)
			r.tellWithEdit(r.start(broken), broken)
			r.start(r.bus)
			until(t, "the story is told", r.isTold)
			require.ElementsMatch(t, told(), r.brief())
			r.requireEffects()
		})
	}
}

// tellWithEdit tells the story with an edit of a rule in its middle, until it is
// told or the process is dead.
func (r *rig) tellWithEdit(p *process, on *faulty) {
	r.t.Helper()
	r.opening()
	until(r.t, "the first half is decided, or the process is dead", func() bool {
		return on.isDead() || len(r.brief()) == 3
	})
	r.rewrite("name: quiet\n", "name: quiet\n    description: Edited.\n")
	reloaded := make(chan struct{})
	go func() {
		defer close(reloaded)
		_, _ = p.Reload(r.t.Context(), router.ByCall) // the kill may cut it off
	}()
	select {
	case <-reloaded:
	case <-on.dead:
	}
	r.ending()
	until(r.t, "the process is dead, or has nothing left to write", func() bool {
		return on.isDead() || r.isTold()
	})
	if on.isDead() {
		p.kill()
	}
}

func TestReload_FiftyTimesUnderLoad(t *testing.T) {
	t.Parallel()
	const reloads, batch = 50, 10
	r := newRig(t, everyAnomaly)
	p := r.start(r.bus)
	p.awaitReady()
	published := make(chan struct{})
	go func() {
		defer close(published)
		for i := range reloads {
			r.publish(r.eventsOf(i*batch, batch)...)
		}
	}()
	for i := range reloads {
		r.write(strings.Replace(everyAnomaly, "mode: auto", "mode: auto\n    description: "+strconv.Itoa(i%7), 1))
		_, err := p.Reload(t.Context(), router.ByCall)
		require.NoError(t, err)
	}
	<-published
	until(t, "all is decided", func() bool { return p.value("decided_sequence") == reloads*batch })
	p.stop()
	r.requireDecidedByTheSwitches(reloads * batch)

	before := r.decisions()
	r.forgetDecisions()
	second := r.start(r.bus)
	until(t, "all is decided again", func() bool { return second.value("decided_sequence") == reloads*batch })
	second.stop()
	require.Equal(t, before, r.decisions())
}

// requireDecidedByTheSwitches checks that each event was decided once, by the
// rules that the last switch before it names.
func (r *rig) requireDecidedByTheSwitches(events int) {
	r.t.Helper()
	type place struct {
		after   uint64
		version string
	}
	var places []place
	for _, in := range r.inputs() {
		places = append(places, place{in.GetAfterSequence(), in.GetRuleSetSwitch().GetRuleSet()})
	}
	require.True(r.t, sort.SliceIsSorted(places, func(i, j int) bool { return places[i].after < places[j].after }))
	require.Len(r.t, places, 51)
	var want []string
	for sequence := 1; sequence <= events; sequence++ {
		next := sort.Search(len(places), func(i int) bool { return places[i].after >= uint64(sequence) })
		want = append(want, fmt.Sprintf("each %d %s", sequence, places[next-1].version))
	}
	require.Equal(r.t, want, r.decidedBy())
}

// Without the inputs the router goes on with what the snapshot knows.
func TestReplay_SurvivesTheLossOfTheInputs(t *testing.T) {
	t.Parallel()
	r := newRig(t, demoRules)
	first := r.start(r.bus)
	r.opening()
	until(t, "the first half is decided", func() bool { return len(r.brief()) == 3 })
	first.stop()
	js := r.bus.JetStream()
	stream, err := js.Stream(t.Context(), bus.StreamInputs)
	require.NoError(t, err)
	require.NoError(t, js.DeleteStream(t.Context(), bus.StreamInputs))
	_, err = js.CreateStream(t.Context(), stream.CachedInfo().Config)
	require.NoError(t, err)

	second := r.start(r.bus)
	r.ending()
	r.requireTold()
	require.InDelta(t, 1, second.value("lost_inputs_total"), 0)
	second.awaitReady()
}

func TestReplay_PassesOverWhatItCannotTake(t *testing.T) {
	t.Parallel()
	r := newRig(t, demoRules)
	first := r.start(r.bus)
	r.opening()
	until(t, "the first half is decided", func() bool { return len(r.brief()) == 3 })
	first.stop()
	ack, err := r.bus.JetStream().Publish(t.Context(), "signalbox.input.approval", []byte("no input"))
	require.NoError(t, err)
	in := r.switchAfter(500)
	_, err = r.bus.PublishInput(t.Context(), "beyond", in, ack.Sequence)
	require.NoError(t, err)
	in = r.switchAfter(3)
	in.GetRuleSetSwitch().RuleSet = "gone"
	_, err = r.bus.PublishInput(t.Context(), "gone", in, ack.Sequence+1)
	require.NoError(t, err)

	second := r.start(r.bus)
	r.ending()
	r.requireTold()
	require.InDelta(t, 2, second.value("lost_inputs_total"), 0)
	require.InDelta(t, 1, second.value("lost_rule_sets_total"), 0)
	second.awaitReady()
}
