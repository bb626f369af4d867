package engine_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// manyRules has each kind of rule many times, some of them bound to each other.
func manyRules() string {
	var text strings.Builder
	text.WriteString("rules:\n")
	for i := range 5 {
		fmt.Fprintf(&text, `
  - {name: counts-%[1]d, mode: auto, on: [anomaly, feedback], count: {at_least: %[1]d, within: 20m, reset: true}, cooldown: 3m, do: [{publish: {subject: s}}]}
  - {name: waits-%[1]d, mode: shadow, on: [anomaly], given: [{on: traffic, key: [event.entity], within: 10m, wait: %[1]dm}]}
  - {name: misses-%[1]d, mode: shadow, on: [anomaly], given: [{on: feedback, key: [event.entity], within: 1m, absent: true, wait: %[1]dm}]}
  - {name: holds-%[1]d, mode: shadow, on: [anomaly, feedback], hold: {for: %[1]dm, until: event.title == "low"}}
  - {name: fails-%[1]d, mode: shadow, on: [traffic], given: [{on: traffic, key: ['string(int(event.title))'], within: 1m}]}
  - {name: pauses-%[1]d, mode: auto, on: [feedback], limits: [{max: 3, per: 10m}], do: [{pause_alert: {source: anodot-prod, alert_id: "${event.entity}", for: %[1]dm}}]}
  - {name: paused-%[1]d, mode: shadow, on: [anomaly], unless: paused}
`, i+1)
	}
	return text.String()
}

func TestMerge_ShardsDecideAsOneEngine(t *testing.T) {
	t.Parallel()
	set := load(t, manyRules())
	for _, reorder := range []time.Duration{0, 4 * time.Minute} {
		for _, n := range []int{1, 2, 3, 7} {
			t.Run(fmt.Sprint(n, " shards, ", reorder), func(t *testing.T) {
				t.Parallel()
				settings := engine.Settings{MaxLateness: 10 * time.Minute, Reorder: reorder, Safety: &engine.Safety{MaxActionsPerHour: 20}}
				shardsDecideAsOne(t, set, settings, n)
			})
		}
	}
}

func shardsDecideAsOne(t *testing.T, set *rule.Set, settings engine.Settings, n int) {
	t.Helper()
	random := rand.New(rand.NewPCG(7, uint64(n)))
	merger, one := engine.NewMerger(set), engine.New(set, settings)
	shards := make([]*engine.Engine, n)
	for i := range shards {
		shards[i] = engine.New(set.Shard(i, n), settings)
	}
	now, decided := monday, 0
	check := func(step func(e *engine.Engine) []engine.Output) {
		want := step(one)
		var parts [][]engine.Output
		for _, e := range shards {
			parts = append(parts, step(e))
		}
		got := merger.Merge(parts...)
		require.Equal(t, words(want), words(got))
		require.Equal(t, marshal(t, want), marshal(t, got))
		decided += len(want)
	}
	for i := range 400 {
		now = now.Add(time.Duration(random.IntN(90)) * time.Second)
		ev := drawn(random, i)
		ev.OccurredAt = timestamppb.New(now.Add(-time.Duration([]int{0, 0, 1, 2, 9, 11, -2}[random.IntN(7)]) * time.Minute))
		ev.ObservedAt = timestamppb.New(now)
		in := engine.Input{Event: ev, Sequence: uint64(i + 1), Time: now}
		switch {
		case i%50 == 30:
			check(func(e *engine.Engine) []engine.Output { return e.Take(overridden("00:00", "alert:x")) })
		case i%20 == 10:
			now = now.Add(20 * time.Minute)
			check(func(e *engine.Engine) []engine.Output { return e.Advance(now) })
		}
		check(func(e *engine.Engine) []engine.Output { return e.Event(in) })
		if i%7 == 0 {
			k := random.IntN(n)
			shards[k] = restored(t, set.Shard(k, n), settings, shards[k])
		}
	}
	now = now.Add(time.Hour)
	check(func(e *engine.Engine) []engine.Output { return e.Advance(now) })
	require.Greater(t, decided, 3000)
}
