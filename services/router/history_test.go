package router_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router"
)

// rewrite changes the rules file.
func (r *rig) rewrite(old, replacement string) {
	r.t.Helper()
	data, err := os.ReadFile(r.config.Rules[0])
	require.NoError(r.t, err)
	require.Contains(r.t, string(data), old)
	r.write(strings.ReplaceAll(string(data), old, replacement))
}

// removeRules removes every rule set that is kept.
func (r *rig) removeRules() {
	r.t.Helper()
	sets, err := r.bus.Rules().List(r.t.Context())
	require.NoError(r.t, err)
	for _, set := range sets {
		require.NoError(r.t, r.bus.Rules().Delete(r.t.Context(), set.Name))
	}
}

// A rule that is switched to auto acts on what comes, not on weeks of events
// that the stream still holds, whatever became of the snapshot.
func TestRouter_DoesNotActOnHistory(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*rig){
		"the snapshot is there":         func(*rig) {},
		"the snapshot is lost":          (*rig).removeSnapshot,
		"the rules of then are lost":    (*rig).removeRules,
		"the snapshot and they are too": func(r *rig) { r.removeSnapshot(); r.removeRules() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, strings.Replace(everyAnomaly, "mode: auto", "mode: shadow", 1))
			r.base = r.base.Add(-20 * 24 * time.Hour)
			r.publish(r.anomaly("a", "shop", 0), r.anomaly("b", "shop", 1), r.anomaly("c", "shop", 2))
			first := r.start(r.bus)
			until(t, "all is decided", func() bool { return len(r.brief()) == 3 })
			first.stop()

			r.rewrite("mode: shadow", "mode: auto")
			spoil(r)
			second := r.start(r.bus)
			second.awaitReady()
			r.publish(r.anomaly("d", "shop", 3))
			until(t, "what comes is acted on", func() bool { return len(r.ledger()) == 1 })
			until(t, "what comes is decided", func() bool { return len(r.brief()) == 4 })
			require.Equal(t, []string{"each SHADOW 1", "each SHADOW 2", "each SHADOW 3", "each FIRED 4"}, r.brief())
			if name == "the snapshot and they are too" {
				require.InDelta(t, 3, second.value("history_decisions_total"), 0)
			} else {
				require.Zero(t, second.value("history_decisions_total"))
			}
		})
	}
}

// The state moves on through history: what was counted there counts.
func TestRouter_LearnsFromHistory(t *testing.T) {
	t.Parallel()
	r := newRig(t, demoRules)
	r.publish(r.feedback("f1", "a1", 0))
	first := r.start(r.bus)
	until(t, "the first is decided", func() bool { return len(r.brief()) == 2 })
	first.stop()
	r.rewrite("cooldown: 6h", "cooldown: 5h")
	r.removeSnapshot()

	r.start(r.bus).awaitReady()
	r.publish(r.feedback("f2", "a1", 1))
	until(t, "the second is decided", func() bool { return len(r.brief()) == 4 })
	require.Equal(t, []string{"quiet FIRED 2", "would HELD_COOLDOWN 2"}, r.brief()[2:])
}

// A process that is killed has decided beyond its snapshot. Other rules must not
// decide that again, not even what was decided in silence.
func TestRouter_DoesNotDecideAgainByOtherRules(t *testing.T) {
	t.Parallel()
	r := newRig(t, demoRules)
	on := newFaulty(r.bus)
	first := r.start(on)
	r.publish(r.anomaly("n1", "shop", 0))
	until(t, "a snapshot is stored", func() bool { return !first.Status(t.Context()).SnapshotAt.IsZero() })
	on.storesNothing.Store(true)
	r.publish(r.feedback("f1", "a1", 1), r.anomaly("n2", "shop", 2))
	until(t, "more is decided", func() bool { return len(r.brief()) == 4 })
	first.kill()
	before := r.brief()
	require.Contains(t, before, "watch HELD_GIVEN 3")

	r.rewrite("name: quiet\n", "name: quiet\n    description: It was edited.\n")
	second := r.start(r.bus)
	second.awaitReady()
	r.publish(r.feedback("f2", "a1", 3))
	until(t, "what comes is decided", func() bool { return len(r.brief()) >= 6 })
	require.Equal(t, append(before, "quiet FIRED 4", "would HELD_COOLDOWN 4"), r.brief())
	until(t, "the snapshot holds no doubt", func() bool {
		data, err := r.bus.Snapshots().GetString(t.Context(), "router")
		return err == nil && !strings.Contains(data, "doubt") && strings.Contains(data, `"sequence":4`)
	})
}

func TestRouter_NamesItsRuleSet(t *testing.T) {
	t.Parallel()
	r := newRig(t, demoRules)
	rules, err := router.LoadRules(r.config)
	require.NoError(t, err)
	require.InDelta(t, 1, r.start(r.bus).value("rule_set_info", rules.Version()), 0)
}

// Decisions tell only where a rule had something to decide. What was judged in
// silence is history as well.
func TestRouter_DoesNotActOnWhatWasJudgedInSilence(t *testing.T) {
	t.Parallel()
	r := newRig(t, strings.Replace(everyAnomaly, "mode: auto", "mode: off", 1))
	r.base = r.base.Add(-20 * 24 * time.Hour)
	r.publish(r.anomaly("a", "shop", 0), r.anomaly("b", "shop", 1), r.anomaly("c", "shop", 2))
	first := r.start(r.bus)
	first.awaitReady()
	first.stop()
	require.Empty(t, r.brief())

	r.rewrite("mode: off", "mode: auto")
	r.removeSnapshot()
	r.removeRules()
	second := r.start(r.bus)
	second.awaitReady()
	r.publish(r.anomaly("d", "shop", 3))
	until(t, "what comes is decided", func() bool { return len(r.brief()) > 0 })
	until(t, "what comes is acted on", func() bool { return len(r.ledger()) > 0 })
	require.Equal(t, []string{"each FIRED 4"}, r.brief())
	require.Len(t, r.ledger(), 1)
	require.InDelta(t, 3, second.value("history_decisions_total"), 0)
}
