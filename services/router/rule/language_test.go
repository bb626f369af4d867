package rule_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

const wholeLanguage = `
rules:
  - name: whole
    mode: suggest
    on: [anomaly, feedback]
    when: event.severity == CRITICAL
    count: {at_least: 2, within: 1h, distinct: event.title}
    unless: labels.quiet == "yes"
    given:
      - {on: traffic, key: [event.entity], within: 15m, absent: true}
      - {on: anomaly, key: [event.entity], within: 1h, at_least: 3}
    flap: {at_least: 4, within: 2h}
    hold: {for: 10m, until: anomaly.phase == CLOSED}
    mute: [night-berlin, weekend]
    cooldown: 1h
    limits: [{max: 5, per: 1h}, {max: 20, per: 24h, across: key}, {max: 1, per: 1h, across: target}, {max: 2, per: 1h, across: source}]
    approve_within: 2h
    do: [{publish: {subject: s}}]
  - name: "on-as-text"
    mode: suggest
    "on": [traffic]
    do: [{publish: {subject: s}}]
mute_windows:
  night-berlin: {from: 22:30, to: "06:00", days: [fri-mon, wed], time_zone: Europe/Berlin}
`

const weekend = "mute_windows: {weekend: {from: '00:00', to: '00:00'}}"

func TestLoad_CompilesTheWholeLanguage(t *testing.T) {
	t.Parallel()
	set, err := rule.Load([]rule.File{{Name: "rules.yaml", Data: []byte(wholeLanguage)}, {Name: "mute.yaml", Data: []byte(weekend)}}, catalog())
	require.NoError(t, err)
	r := set.Rule("whole")
	require.NotNil(t, r)
	require.Nil(t, set.Rule("none"))
	require.Equal(t, rule.Suggest, r.Mode)
	require.Equal(t, "event.title", r.Count.Distinct.String())
	require.NotNil(t, r.Unless)
	require.True(t, r.Given[0].Absent)
	require.Equal(t, 1, r.Given[0].AtLeast)
	require.False(t, r.Given[1].Absent)
	require.Equal(t, 3, r.Given[1].AtLeast)
	require.Equal(t, &rule.Flap{AtLeast: 4, Within: 2 * time.Hour}, r.Flap)
	require.Equal(t, 10*time.Minute, r.Hold.For)
	require.Equal(t, "anomaly.phase == CLOSED", r.Hold.Until.String())
	require.Equal(t, []event.Kind{event.KindAnomaly, event.KindFeedback}, r.Hold.UntilKinds)
	require.Equal(t, []rule.Limit{
		{Max: 5, Per: time.Hour, Across: rule.AcrossRule},
		{Max: 20, Per: 24 * time.Hour, Across: rule.AcrossKey},
		{Max: 1, Per: time.Hour, Across: rule.AcrossTarget},
		{Max: 2, Per: time.Hour, Across: rule.AcrossSource},
	}, r.Limits)
	require.Equal(t, 2*time.Hour, r.ApproveWithin)
	require.Equal(t, []any{"rules.yaml", 3}, []any{r.File, r.Line})
	require.Equal(t, `labels.quiet == "yes"`, r.Source.GetUnless())
	require.Equal(t, 24*time.Hour, set.Rule("on-as-text").ApproveWithin, "by default")

	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	night := &rule.MuteWindow{
		Name: "night-berlin", From: 22*60 + 30, To: 6 * 60, Zone: berlin, File: "rules.yaml", Line: 24, Column: 3,
		Days: [7]bool{time.Sunday: true, time.Monday: true, time.Wednesday: true, time.Friday: true, time.Saturday: true},
	}
	require.Equal(t, night, r.Mute[0])
	require.Equal(t, &rule.MuteWindow{
		Name: "weekend", Zone: time.UTC, Days: [7]bool{true, true, true, true, true, true, true}, File: "mute.yaml", Line: 1, Column: 16,
	}, r.Mute[1])
	require.Equal(t, []*rule.MuteWindow{r.Mute[0], r.Mute[1]}, set.MuteWindows())
}

// Whether the judged event's alert is paused is known where the rule judges, and
// not of other events.
func TestLoad_PausedIsOfTheJudgedEvent(t *testing.T) {
	t.Parallel()
	for _, lines := range []string{
		"when: paused", "unless: paused", `do: [{publish: {subject: "s.${paused}"}}]`,
		`do: [{send_metrics: {source: anodot-prod, properties: {what: w}, value: "${paused ? 1 : 0}"}}]`,
	} {
		_, err := load(anomalies(lines))
		require.NoError(t, err, lines)
	}
	for _, lines := range []string{
		"key: [string(paused)]", "hold: {for: 1m, until: paused}", "count: {at_least: 2, within: 1h, distinct: string(paused)}",
		"given: [{on: traffic, key: [string(paused)], within: 1h}]",
	} {
		_, err := load(anomalies(lines))
		require.ErrorContains(t, err, "paused", lines)
	}
}

func TestVersion_IsOfTheMuteWindowsToo(t *testing.T) {
	t.Parallel()
	version := func(windows string) string {
		set, err := load(valid("") + "mute_windows: {" + windows + "}\n")
		require.NoError(t, err)
		return set.Version()
	}
	base := version("a: {from: '01:00', to: '02:00'}, b: {from: '01:00', to: '02:00'}")
	require.Equal(t, base, version("b: {from: '01:00', to: '02:00'}, a: {to: '02:00', from: '01:00'}"))
	require.NotEqual(t, base, version("a: {from: '01:00', to: '02:00'}, b: {from: '01:00', to: '03:00'}"))
	require.NotEqual(t, base, version("a: {from: '01:00', to: '02:00'}"))
}

func TestStateHash_IsOfEveryClauseThatKeepsState(t *testing.T) {
	t.Parallel()
	hash := func(lines string) string {
		set, err := load("rules:\n  - name: one\n    mode: shadow\n    on: [anomaly]\n" + lines +
			"mute_windows: {w: {from: '01:00', to: '02:00'}}\n")
		require.NoError(t, err)
		return set.Rule("one").StateHash
	}
	base := hash("")
	for _, lines := range []string{"    hold: {for: 1m}\n", "    flap: {at_least: 2, within: 1m}\n", "    key: [event.source]\n"} {
		require.NotEqual(t, base, hash(lines), lines)
	}
	for _, lines := range []string{
		"    unless: event.id == 'a'\n", "    mute: [w]\n", "    limits: [{max: 1, per: 1h}]\n",
		"    cooldown: 1h\n", "    description: other\n", "    do: [{publish: {subject: a}}]\n",
	} {
		require.Equal(t, base, hash(lines), lines)
	}
}

// The order in which a map happens to be gone over is nothing of the content.
func TestVersion_IsTheSameEachTime(t *testing.T) {
	t.Parallel()
	text := action(`publish: {subject: s, fields: {a: "1", b: "2", c: "3", d: "4", e: "5"}}}, ` +
		`{update_alert: {source: anodot-prod, alert_id: a, configuration: {v: 1, w: 2, x: {p: 1, q: 2, r: 3, s: 4}, y: 3, z: 4}}`)
	first, err := load(text)
	require.NoError(t, err)
	for range 20 {
		again, err := load(text)
		require.NoError(t, err)
		require.Equal(t, first.Version(), again.Version())
	}
}
