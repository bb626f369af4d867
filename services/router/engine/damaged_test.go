package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// laden returns an engine that holds something of everything.
func laden(tb tester) (*engine.Engine, *rule.Set, engine.Settings) {
	tb.Helper()
	set := load(tb, "rules:\n"+strings.Join(stepRules(), "\n")+"\nmute_windows: {w: {from: \"00:20\", to: \"00:40\"}}\n")
	settings := propertySettings()
	settings.Reorder = 2 * time.Minute
	e := engine.New(set, settings)
	run(e,
		inventory("10:00", known("p"), paused("q")),
		anomaly("o", "10:00", opens("v"), seen("10:00"), title("high")), anomaly("c", "10:00:30", closes("v"), seen("10:01"), title("high")),
		anomaly("o2", "10:01", opens("w"), seen("10:01"), title("high")), anomaly("c2", "10:01:30", closes("w"), seen("10:02"), title("high")),
		traffic("t", "10:01", seen("10:02")), feedback("f", "10:02", seen("10:02"), alert("p"), title("high")), feedback("g", "10:02", seen("10:02"), alert("q"), title("low")),
		feedback("h", "10:02:30", seen("10:02:30"), alert("r"), title("high")), "10:05",
		anomaly("a", "10:05", seen("10:05"), title("high")), feedback("i", "10:05:30", seen("10:05:30"), title("high")), anomaly("b", "10:06", seen("10:06")),
	)
	e.Switch(load(tb, strings.Replace("rules:\n"+strings.Join(stepRules(), "\n")+"\nmute_windows: {w: {from: \"00:20\", to: \"00:40\"}}\n", "name: cools", "name: cold", 1)))
	e.Switch(set)
	return e, set, settings
}

// Whatever is damaged in a snapshot, it is refused or makes an engine that works:
// what is held back comes to its end, and its own snapshots are taken up again.
func TestRestore_WhatIsDamagedDoesNoHarm(t *testing.T) {
	t.Parallel()
	e, set, settings := laden(t)
	s := e.Stats()
	for name, n := range map[string]int{"keys": s.Keys, "standing": s.Standing, "held back": s.HeldBack, "leases": s.Leases} {
		require.NotZero(t, n, name)
	}
	restored(t, set, settings, e)
	snapshot, err := e.Snapshot()
	require.NoError(t, err)
	body := snapshot[:len(snapshot)-4]
	refused := 0
	for i := len("sbengine") + 1; i < len(body); i++ {
		_, err := engine.Restore(set, settings, resealed(body[:i]))
		require.Error(t, err, "cut off at %d", i)
		for _, flip := range []byte{1, 0x10, 0x80} {
			damaged := append([]byte(nil), body...)
			damaged[i] ^= flip
			e, err := engine.Restore(set, settings, resealed(damaged))
			if err != nil {
				refused++
				continue
			}
			run(e, anomaly("next", "10:10", seen("10:10")), traffic("next-t", "10:10", seen("10:11")), feedback("next-f", "10:11", seen("10:11")), "11:00", "400d 10:00")
			again, err := e.Snapshot()
			require.NoError(t, err)
			_, err = engine.Restore(set, settings, again)
			require.NoError(t, err, "after damage at %d", i)
			require.Zero(t, e.Stats().HeldBack)
		}
	}
	require.Greater(t, refused, len(body)/4)
}
