package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

const remembering = `
rules:
  - {name: counts, mode: shadow, on: [anomaly], count: {at_least: 3, within: 20m}}
  - {name: resets, mode: shadow, on: [feedback], count: {at_least: 2, within: 30m, reset: true}}
  - {name: distinct, mode: shadow, on: [anomaly, traffic], key: [event.source], count: {at_least: 2, within: 15m, distinct: event.title}}
  - {name: caused, mode: shadow, on: [anomaly], given: [{on: traffic, key: [event.entity], within: 15m}, {on: feedback, key: [event.entity], within: 5m, absent: true}]}
  - {name: flaps, mode: shadow, on: [anomaly], flap: {at_least: 2, within: 30m}}
`

// warmed switches to the set, with the windows that the inputs give.
func warmed(e *engine.Engine, set *rule.Set, before []engine.Input) *engine.Engine {
	w := e.Warmer(set)
	for _, in := range before {
		w.Event(in)
	}
	e.SwitchWarm(set, w)
	return e
}

// A rule that is warmed decides as one that was in force, whenever the switch comes
// and also after a restart.
func TestProperty_AWarmedRuleDecidesAsIfItHadBeenInForce(t *testing.T) {
	t.Parallel()
	set, none := load(t, remembering), load(t, "rules: []")
	rapid.Check(t, func(t *rapid.T) {
		inputs := drawInputs(t)
		settings := engine.Settings{MaxLateness: 10 * time.Minute}
		settings.Reorder = time.Duration(rapid.SampledFrom([]int{0, 0, 4, 12}).Draw(t, "reorder")) * time.Minute
		at := rapid.IntRange(0, len(inputs)).Draw(t, "switch")
		before, after := inputs[:at], inputs[at:]

		always := engine.New(set, settings)
		feed(always, before)
		want := append(feed(always, after), always.Advance(monday.AddDate(1, 0, 0))...)

		e := engine.New(none, settings)
		feed(e, before)
		e = restored(t, set, settings, warmed(e, set, before))
		got := append(feed(e, after), e.Advance(monday.AddDate(1, 0, 0))...)
		require.Equal(t, modelWords(want), modelWords(got))
	})
}

// What a rule would have done before the switch is done by nobody: it starts no
// cooldown, counts in no limit and leaves nothing that waits or stands.
func TestWarm_NothingWasDone(t *testing.T) {
	t.Parallel()
	set := load(t, ruleOf("on: [anomaly]\ncount: {at_least: 2, within: 1h}\ncooldown: 6h\nlimits: [{max: 1, per: 24h}]\n"+
		"given: [{on: traffic, key: [event.entity], within: 15m, absent: true, wait: 5m}]\nhold: {for: 2h, until: event.title == 'over'}"))
	e := engine.New(load(t, "rules: []"), hourLate())
	before := stored(anomaly("a", "10:00"), anomaly("b", "10:01"))
	feed(e, before)
	e = warmed(e, set, before)
	require.Zero(t, e.Stats().Waiting+e.Stats().Standing)
	require.Equal(t, []string{"c HELD_HOLD stands until 2026-01-05T12:10:00Z", "c FIRED count 3 of 2, stood for 2h"}, words(run(e, anomaly("c", "10:10"), "13:00")))
}

// A pause that was never made hides nothing: what came meanwhile counts.
func TestWarm_NothingWasPaused(t *testing.T) {
	t.Parallel()
	set := load(t, ruleOf("on: [feedback]\nwhen: \"!paused\"\ncount: {at_least: 2, within: 1h}\n"+
		"do: [{pause_alert: {source: anodot-prod, alert_id: \"${feedback.alert_id}\", for: 6h}}]"))
	e := engine.New(load(t, "rules: []"), hourLate())
	before := stored(feedback("a", "10:00"), feedback("b", "10:01"), feedback("c", "10:02"))
	feed(e, before)
	e = warmed(e, set, before)
	require.Equal(t, []string{"d FIRED count 4 of 2"}, words(run(e, feedback("d", "10:10"))))
}

// Rules that know something keep it, cooldowns belong to the name, and where nothing
// is to be warmed there is no warmer.
func TestWarm_OnlyWhatBeginsEmptyIsWarmed(t *testing.T) {
	t.Parallel()
	text := ruleOf("on: [anomaly]\ncount: {at_least: 2, within: 1h, reset: true}\ncooldown: 30m")
	e := engine.New(load(t, text), hourLate())
	before := stored(anomaly("a", "10:00"), anomaly("b", "10:01"), anomaly("c", "10:02"))
	require.Equal(t, []string{"a HELD_COUNT", "b FIRED", "c HELD_COUNT"}, short(words(feed(e, before))))
	require.Nil(t, e.Warmer(load(t, text+"\n# a comment")), "it keeps its windows")
	require.Nil(t, e.Warmer(load(t, ruleOf("on: [anomaly]\ncooldown: 1h"))), "it remembers no event")
	require.Nil(t, e.Warmer(load(t, strings.Replace(strings.Replace(text, "1h", "2h", 1), "mode: auto", "mode: off", 1))), "it is off")

	changed := load(t, strings.Replace(text, "within: 1h", "within: 2h", 1))
	require.Equal(t, 3*time.Hour, e.Warmer(changed).Reach(), "the window and the lateness that is accepted")
	e = warmed(e, changed, before)
	require.Equal(t, []string{"d HELD_COOLDOWN cooldown until 2026-01-05T10:31:00Z"}, words(run(e, anomaly("d", "10:20"))))
}
