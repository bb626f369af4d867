package engine_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// switched lets another set decide, by a switch and by a restart with it: both
// must come to the same.
func switched(t *testing.T, from *engine.Engine, set *rule.Set, settings engine.Settings) [2]*engine.Engine {
	t.Helper()
	snapshot, err := from.Snapshot()
	require.NoError(t, err)
	restarted, err := engine.Restore(set, settings, snapshot)
	require.NoError(t, err)
	require.Empty(t, from.Switch(set), "a switch decides nothing")
	require.Equal(t, set.Version(), from.Version())
	a, err := from.Snapshot()
	require.NoError(t, err)
	b, err := restarted.Snapshot()
	require.NoError(t, err)
	require.Equal(t, a, b)
	return [2]*engine.Engine{from, restarted}
}

func TestSwitch(t *testing.T) {
	t.Parallel()
	first := ruleOf(`on: [anomaly]
count: {at_least: 2, within: 24h}
cooldown: 1h
limits: [{max: 2, per: 24h}]`)
	begin := []any{anomaly("a", "10:00"), anomaly("b", "10:01")} // the second fires
	cases := []struct {
		name     string
		old, new string
		then     []any
		want     []string
	}{
		{
			"what only acts otherwise keeps everything", "{subject: s}", "{subject: r}",
			[]any{anomaly("c", "10:30"), anomaly("d", "11:01"), anomaly("e", "13:00")},
			[]string{"c HELD_COOLDOWN", "d FIRED", "e HELD_LIMIT"},
		},
		{
			"another mode, unless, mute and limit keep the window", "mode: auto", "mode: shadow\n    unless: anomaly.score > 5",
			[]any{anomaly("c", "11:30")},
			[]string{"c SHADOW"},
		},
		{
			"another window starts empty, cooldown and limits stay", "within: 24h", "within: 23h",
			[]any{anomaly("c", "10:30"), anomaly("d", "10:31"), anomaly("e", "11:01"), anomaly("f", "13:00")},
			[]string{"c HELD_COUNT", "d HELD_COOLDOWN", "e FIRED", "f HELD_LIMIT"},
		},
		{
			"a shorter cooldown counts from the same firing", "cooldown: 1h", "cooldown: 10m",
			[]any{anomaly("c", "10:10:59"), anomaly("d", "10:11")},
			[]string{"c HELD_COOLDOWN", "d FIRED"},
		},
		{
			"a limit that is new has seen nothing", "[{max: 2, per: 24h}]", "[{max: 2, per: 24h}, {max: 1, per: 24h, across: source}]",
			[]any{anomaly("c", "11:30"), anomaly("d", "13:00")},
			[]string{"c FIRED", "d HELD_LIMIT"},
		},
		{
			"another name is another rule", "name: one", "name: uno",
			[]any{anomaly("c", "10:30"), anomaly("d", "10:31")},
			[]string{"c HELD_COUNT", "d FIRED"},
		},
		{
			"off judges nothing", "mode: auto", "mode: off",
			[]any{anomaly("c", "11:30")},
			[]string{},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := engine.New(load(t, first), hourLate())
			run(e, begin...)
			text := strings.Replace(first, c.old, c.new, 1)
			require.NotEqual(t, first, text)
			for _, e := range switched(t, e, load(t, text), hourLate()) {
				got := append([]string{}, short(words(run(e, c.then...)))...)
				require.Equal(t, c.want, got)
			}
		})
	}
}

// A limit that is smaller now is used up until as few are left.
func TestSwitch_ASmallerLimit(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, ruleOf("on: [anomaly]\nlimits: [{max: 3, per: 24h}]")), hourLate())
	run(e, anomaly("a", "10:00"), anomaly("b", "11:00"), anomaly("c", "12:00"))
	e.Switch(load(t, ruleOf("on: [anomaly]\nlimits: [{max: 2, per: 24h}]")))
	require.Equal(t, []string{"d HELD_LIMIT limit 2 per 24h until 2026-01-06T11:00:00Z", "e FIRED"},
		words(run(e, anomaly("d", "13:00"), anomaly("e", "1d 11:00"))))
}

// A rule that comes back finds its cooldown and its limits, and nothing else.
func TestSwitch_ThereAndBack(t *testing.T) {
	t.Parallel()
	text := ruleOf("on: [anomaly]\ncount: {at_least: 2, within: 24h}\ncooldown: 1h\nlimits: [{max: 1, per: 24h, across: key}]")
	e := engine.New(load(t, text), hourLate())
	run(e, anomaly("a", "10:00"), anomaly("b", "10:01"))
	e = switched(t, e, load(t, "rules: []"), hourLate())[1]
	require.Empty(t, run(e, anomaly("c", "10:10")))
	require.Equal(t, 1, e.Stats().Keys)
	for _, e := range switched(t, e, load(t, text), hourLate()) {
		out := run(e, anomaly("d", "10:30"), anomaly("e", "10:31"), anomaly("f", "11:30"))
		require.Equal(t, []string{"d HELD_COUNT", "e HELD_COOLDOWN", "f HELD_LIMIT"}, short(words(out)))
	}
}

func TestSwitch_FlappingHoldsAndWaitsGoOnWithTheirRule(t *testing.T) {
	t.Parallel()
	text := `
rules:
  - {name: flaps, mode: shadow, on: [anomaly], flap: {at_least: 2, within: 1h}}
  - {name: holds, mode: shadow, on: [feedback], hold: {for: 10m, until: event.title == "over"}}
  - {name: waits, mode: shadow, on: [anomaly], given: [{on: traffic, key: [event.entity], within: 15m, wait: 20m}]}
`
	begin := []any{
		anomaly("o", "10:00", opens("x")), anomaly("p", "10:00", opens("y")), anomaly("b", "10:01", closes("x")),
		anomaly("c", "10:01", closes("y"), seen("10:01")), feedback("f", "10:01"),
	}
	then := []any{anomaly("again", "10:02"), "11:00"}
	for name, c := range map[string]struct {
		old, new string
		want     []string
	}{
		"the same":       {"", "", []string{"again HELD_FLAP", "again HELD_GIVEN", "f SHADOW", "c HELD_GIVEN"}},
		"in other order": {"rules:\n", "rules:\n  - {name: before, mode: off, on: [traffic]}\n", []string{"again HELD_FLAP", "again HELD_GIVEN", "f SHADOW", "c HELD_GIVEN"}},
		"other flap":     {"{at_least: 2, within: 1h}", "{at_least: 3, within: 1h}", []string{"again HELD_FLAP", "again HELD_GIVEN", "f SHADOW", "c HELD_GIVEN"}},
		"other hold":     {"for: 10m", "for: 11m", []string{"again HELD_FLAP", "again HELD_GIVEN", "c HELD_GIVEN"}},
		"other wait":     {"wait: 20m", "wait: 21m", []string{"again HELD_FLAP", "again HELD_GIVEN", "f SHADOW"}},
		"all off":        {"mode: shadow", "mode: off", []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := engine.New(load(t, text), hourLate())
			run(e, begin...)
			require.Equal(t, 1, e.Stats().Waiting)
			require.Equal(t, 1, e.Stats().Standing)
			for _, e := range switched(t, e, load(t, strings.ReplaceAll(text, c.old, c.new)), hourLate()) {
				require.Equal(t, c.want, append([]string{}, short(words(run(e, then...)))...))
				require.Zero(t, e.Stats().Waiting)
				require.Zero(t, e.Stats().Standing)
			}
		})
	}
}

// What a rule has paused ends in time when the rule is gone, and is `paused` for
// those that are there.
func TestSwitch_LeasesStay(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, pausing), hourLate())
	run(e, feedback("f", "10:00"))
	for _, e := range switched(t, e, load(t, ruleOf("on: [anomaly]\nunless: paused")), hourLate()) {
		require.Equal(t, []string{"a UNLESS paused", "alert:17 RESUMED 2026-01-05T16:00:00Z", "b FIRED"},
			words(run(e, anomaly("a", "11:00"), anomaly("b", "17:00"))))
	}
}

// A rule that is new has seen nothing of what came before it.
func TestSwitch_ANewRuleSeesEventsFromTheSwitchOn(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, "rules: []"), hourLate())
	run(e, traffic("t", "10:00"), anomaly("a", "10:00"))
	e.Switch(load(t, ruleOf(bots)))
	require.Equal(t, []string{"b HELD_GIVEN", "c FIRED"}, short(words(run(e, anomaly("b", "10:01"), traffic("u", "10:02"), anomaly("c", "10:03")))))
	require.Empty(t, run(e, anomaly("a", "10:00")), "but ids are known")
}

func TestSwitch_WhatIsRetiredIsForgottenInTime(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, ruleOf("on: [anomaly]\ncooldown: 6h\nlimits: [{max: 9, per: 72h}]")), hourLate())
	run(e, anomaly("a", "10:00"))
	e.Switch(load(t, "rules: []"))
	e.Advance(at("2d 10:00"))
	require.Equal(t, 1, e.Stats().Keys, "the limit")
	e.Advance(at("5d 10:00"))
	require.Zero(t, e.Stats().Keys)
}

// A judgement that waited while rules did not read `paused` knows of it when those
// that do decide; so does a match that stood.
func TestSwitch_WhatWaitsKnowsWhatIsPaused(t *testing.T) {
	t.Parallel()
	text := `
rules:
  - {name: pause, mode: auto, on: [feedback], do: [{pause_alert: {source: anodot-prod, alert_id: "17", for: 6h}}]}
  - {name: waits, mode: auto, on: [anomaly], when: event.entity == "x", given: [{on: traffic, key: [event.entity], within: 15m, wait: 20m}], do: [{publish: {subject: s}}]}
  - {name: holds, mode: auto, on: [anomaly], when: event.entity == "y", hold: {for: 10m}, do: [{publish: {subject: s, fields: {text: "no word"}}}]}
`
	other := `
rules:
  - {name: pause, mode: auto, on: [feedback], do: [{pause_alert: {source: anodot-prod, alert_id: "17", for: 6h}}]}
  - {name: waits, mode: auto, on: [anomaly], when: event.entity == "x", unless: paused, given: [{on: traffic, key: [event.entity], within: 15m, wait: 20m}], do: [{publish: {subject: s}}]}
  - {name: holds, mode: auto, on: [anomaly], when: event.entity == "y", hold: {for: 10m}, do: [{publish: {subject: s, fields: {text: "${paused}"}}}]}
`
	e := engine.New(load(t, text), hourLate())
	require.Len(t, run(e, feedback("f", "09:00"), anomaly("a", "10:00", seen("10:00")), anomaly("b", "10:00", entity("y"))), 2, "the pause, and what stands")
	for _, e := range switched(t, e, load(t, other), hourLate()) {
		out := run(e, traffic("t", "10:00", seen("10:01")), "10:10")
		require.Equal(t, []string{"a UNLESS paused", "b FIRED stood for 10m"}, words(out))
		require.Equal(t, "true", out[1].Actions[0].GetPublish().GetFields()["text"])
	}
}

// What another set needs no longer is forgotten at once: an event of unknown
// arrival, however old, finds the same as after a restart.
func TestSwitch_ForgetsAsARestartDoes(t *testing.T) {
	t.Parallel()
	text := ruleOf("on: [anomaly]\ncooldown: 72h")
	e := engine.New(load(t, text), hourLate())
	run(e, anomaly("a", "10:00"), "2d 10:30")
	for _, e := range switched(t, e, load(t, strings.Replace(text, "72h", "1h", 1)), hourLate()) {
		require.Equal(t, []string{"b FIRED"}, words(run(e, storedAt(stored(anomaly("b", "10:30"))[0], at("2d 10:30")))))
	}
}
