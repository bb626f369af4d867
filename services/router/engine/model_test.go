package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// modelRules are the rules that the model knows by heart. Judgements wait for
// causes where wait says so.
func modelRules(wait bool) string {
	text := `
rules:
  - {name: counts, mode: shadow, on: [anomaly, feedback], count: {at_least: 2, within: 10m}}
  - {name: resets, mode: shadow, on: [anomaly], count: {at_least: 2, within: 10m, reset: true}, cooldown: 5m}
  - {name: distinct, mode: shadow, on: [anomaly, feedback], count: {at_least: 2, within: 10m, distinct: event.title}, unless: event.title == "low"}
  - {name: cools, mode: auto, on: [anomaly], key: [event.entity, event.source], cooldown: 10m, do: [{publish: {subject: s}}]}
  - {name: correlates, mode: shadow, on: [anomaly], given: [{on: traffic, key: [event.entity], within: 10m, WAIT}, {on: feedback, key: [event.entity], within: 20m, wait: 5m}], cooldown: 3m}
  - {name: twice, mode: shadow, on: [feedback], given: [{on: feedback, key: [event.entity], within: 10m, at_least: 2, WAIT}]}
  - {name: misses, mode: shadow, on: [anomaly], given: [{on: traffic, key: [event.entity], within: 5m, absent: true, WAIT}], limits: [{max: 2, per: 10m}]}
  - {name: flaps, mode: shadow, on: [anomaly, feedback], flap: {at_least: 2, within: 8m}}
  - {name: holds, mode: shadow, on: [anomaly, feedback], when: event.title != "", hold: {for: 4m, until: event.title == "low"}, cooldown: 6m}
  - {name: mutes, mode: shadow, on: [traffic], mute: [w], limits: [{max: 3, per: 20m, across: key}, {max: 4, per: 20m}]}
  - {name: pauses, mode: auto, on: [feedback], unless: paused, do: [{pause_alert: {source: anodot-prod, alert_id: "${feedback.alert_id}", for: 7m}}]}
  - {name: limited, mode: auto, on: [feedback], limits: [{max: 1, per: 9m, across: target}], hold: {for: 3m}, do: [{pause_alert: {source: anodot-prod, alert_id: "${feedback.alert_id}", for: 12m}}]}
  - {name: tells, mode: shadow, on: [anomaly], unless: paused}
mute_windows: {w: {from: "00:20", to: "00:40"}}
`
	if !wait {
		return strings.NewReplacer("WAIT", "wait: 0s", "wait: 5m", "wait: 0s").Replace(text)
	}
	return strings.ReplaceAll(text, ", WAIT", "")
}

// modelled are the same rules in the model's words.
func modelled() []*modelRule {
	low := func(e *eventv1.Event) bool { return e.GetTitle() == "low" }
	return []*modelRule{
		{name: "counts", kinds: "anomaly feedback", atLeast: 2},
		{name: "resets", kinds: "anomaly", atLeast: 2, reset: true, cooldown: 5 * time.Minute},
		{name: "distinct", kinds: "anomaly feedback", atLeast: 2, distinct: true, unless: low},
		{name: "cools", kinds: "anomaly", cooldown: 10 * time.Minute},
		{name: "correlates", kinds: "anomaly", cooldown: 3 * time.Minute, given: []modelGiven{{kind: "traffic", minutes: 10, number: 1, wait: 3}, {kind: "feedback", minutes: 20, number: 1, wait: 5}}},
		{name: "twice", kinds: "feedback", given: []modelGiven{{kind: "feedback", minutes: 10, number: 2}}},
		{name: "misses", kinds: "anomaly", given: []modelGiven{{kind: "traffic", minutes: 5, number: 1, absent: true, wait: 3}}, limits: []modelLimit{{2, 10, "rule"}}},
		{name: "flaps", kinds: "anomaly feedback", flap: 2, quiet: 8 * time.Minute},
		{name: "holds", kinds: "anomaly feedback", titled: true, hold: 4 * time.Minute, until: low, cooldown: 6 * time.Minute},
		{name: "mutes", kinds: "traffic", mute: true, limits: []modelLimit{{3, 20, "key"}, {4, 20, "rule"}}},
		{name: "pauses", kinds: "feedback", unlessPaused: true, pause: 7 * time.Minute},
		{name: "limited", kinds: "feedback", limits: []modelLimit{{1, 9, "target"}}, hold: 3 * time.Minute, pause: 12 * time.Minute},
		{name: "tells", kinds: "anomaly", unlessPaused: true},
	}
}

// model decides by the words of docs/rules.md alone: it keeps every event for
// ever and looks at all of them each time.
type model struct {
	waits   bool
	reorder time.Duration
	clock   time.Time
	taken   []*eventv1.Event
	arrived map[*eventv1.Event]time.Time
	held    []*eventv1.Event // back, in the order of arrival
	judged  []*eventv1.Event
	waiting []*modelWaiting // in the order of arrival, and of the rules
	rules   []*modelRule
	leases  []*modelLease
	acted   []time.Time
}

// modelWaiting is a judgement that waits for a cause, or for its absence.
type modelWaiting struct {
	rule  *modelRule
	event *eventv1.Event
	due   time.Time
}

type modelRule struct {
	name, kinds     string
	titled          bool // the title must not be empty
	atLeast         int
	reset, distinct bool
	unless, until   func(*eventv1.Event) bool
	unlessPaused    bool
	given           []modelGiven
	flap            int
	quiet, hold     time.Duration
	mute            bool
	cooldown        time.Duration
	limits          []modelLimit
	pause           time.Duration

	counted map[string]bool // entity and native id
	window  []*eventv1.Event
	met     []*eventv1.Event // whatever came before the rule
	begun   []*eventv1.Event // flapping
	stands  []*modelStanding
	fired   []modelFiring
}

type modelGiven struct {
	kind            string
	minutes, number int
	absent          bool
	wait            int // minutes
}

type modelLimit struct {
	max, minutes int
	across       string
}

type modelLease struct {
	alert       string
	from, until time.Time
	isOver      bool
	isResumed   bool // and it was told so
}

type modelStanding struct {
	event  *eventv1.Event
	over   time.Time
	causes []string
}

type modelFiring struct {
	at                  time.Time
	key, target, source string
}

func TestProperty_DecidesAsTheWordsSay(t *testing.T) {
	t.Parallel()
	sets := map[bool]*rule.Set{false: load(t, modelRules(false)), true: load(t, modelRules(true))}
	rapid.Check(t, func(t *rapid.T) {
		settings, waits := propertySettings(), rapid.Bool().Draw(t, "waits")
		settings.Reorder = time.Duration(rapid.SampledFrom([]int{0, 0, 4, 12}).Draw(t, "reorder")) * time.Minute
		set := sets[waits]
		e, m := engine.New(set, settings), newModel(waits, settings.Reorder)
		for _, in := range drawInputs(t) {
			require.Equal(t, m.event(in.Event, in.Time), modelWords(e.Event(in)))
			if rapid.Bool().Draw(t, "resumes") {
				m.resume(e)
			}
			if rapid.IntRange(0, 5).Draw(t, "crash") == 0 {
				e = restored(t, set, settings, e)
			}
		}
		end := monday.AddDate(1, 0, 0)
		require.Equal(t, m.advance(end), modelWords(e.Advance(end)))
	})
}

// modelWords writes outputs as the model does.
func modelWords(out []engine.Output) []string {
	var lines []string
	for _, o := range out {
		if o.Lease != nil {
			lines = append(lines, "RESUMED "+strings.TrimPrefix(o.Lease.GetTarget(), "alert:"))
			continue
		}
		line := o.Decision.GetRule() + " " + o.Decision.GetEventId() + " " + outcome(o.Decision)
		if outcome(o.Decision) != "LATE" {
			line += " " + fmt.Sprint(append([]string{}, o.Decision.GetCauses()...))
		}
		lines = append(lines, strings.NewReplacer("SHADOW", "fires", "FIRED", "fires").Replace(line))
	}
	return lines
}
