package explain_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/explain"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

var noon = time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)

const rules = `
rules:
  - name: whole
    mode: shadow
    on: [anomaly]
    when: anomaly.score >= 0.5 && labels.site == "shop" && labels.team != "test"
    key: [labels.site]
    count: {at_least: 2, within: 10m}
    unless: anomaly.metric == "noise"
    given: [{on: traffic, where: traffic.measures.bots > 10, key: [labels.site], within: 15m}]
    mute: [night]
    cooldown: 20m
    limits: [{max: 2, per: 1h}]
  - {name: others, mode: "off", on: [feedback]}
  - name: flaps
    mode: shadow
    on: [anomaly]
    key: [anomaly.metric]
    flap: {at_least: 2, within: 1h}
  - name: stands
    mode: shadow
    on: [anomaly]
    hold: {for: 10m, until: anomaly.phase == CLOSED}
mute_windows:
  night: {from: "22:00", to: "06:00", time_zone: Europe/Berlin}
`

func load(t require.TestingT) *rule.Set {
	set, err := rule.Load([]rule.File{{Name: "rules.yaml", Data: []byte(rules)}}, rule.Catalog{})
	require.NoError(t, err)
	return set
}

func settings() engine.Settings { return engine.Settings{MaxLateness: time.Hour} }

func event(id string, minute int, change func(*eventv1.Event)) engine.Input {
	at := noon.Add(time.Duration(minute) * time.Minute)
	e := &eventv1.Event{
		Id: id, Source: "anomify", NativeId: id, Entity: "metric:sales", OccurredAt: timestamppb.New(at),
		Labels: map[string]string{"site": "shop", "team": "web"},
	}
	e.Payload = &eventv1.Event_Anomaly{Anomaly: &eventv1.Anomaly{Metric: "sales", Score: 0.9}}
	if change != nil {
		change(e)
	}
	return engine.Input{Event: e, Time: at}
}

func bots(id string, minute int) engine.Input {
	return event(id, minute, func(e *eventv1.Event) {
		e.Payload = &eventv1.Event_Traffic{Traffic: &eventv1.Traffic{Measures: map[string]float64{"bots": 11}}}
	})
}

// told returns clause, verdict and detail of each clause of one rule.
func told(t *testing.T, name, id string, inputs ...engine.Input) []string {
	t.Helper()
	run := explain.New(load(t), settings(), id)
	for _, in := range inputs {
		require.NoError(t, run.Event(in))
	}
	run.EndAll()
	answer := run.Explain(name)
	require.NotNil(t, answer)
	require.Len(t, answer.GetRules(), 1)
	var lines []string
	for _, c := range answer.GetRules()[0].GetClauses() {
		word := strings.ToLower(strings.TrimPrefix(c.GetVerdict().String(), "VERDICT_"))
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s: %s", c.GetClause(), word, c.GetDetail())))
	}
	return lines
}

func TestExplain_TellsEachClause(t *testing.T) {
	t.Parallel()
	first, second := event("a", 0, nil), event("b", 5, nil)
	require.Equal(t, []string{
		"on holds: the event is of kind anomaly",
		"when holds: anomaly.score is 0.9", "when holds: labels.site is shop", "when holds: labels.team is web",
		"key holds: shop", "count holds: count 2 of 2", "unless holds:", "given holds: traffic x, lag 6m",
		"mute holds:", "cooldown holds: the key has not fired in the last 20m", "limits holds: 0 of 2 per 1h",
	}, told(t, "whole", "b", bots("x", -1), first, second))

	lacking := told(t, "whole", "b", first, second)
	require.Equal(t, "given fails: no traffic within 15m", lacking[7])
	require.Equal(t, "mute not_asked:", lacking[8])

	require.Equal(t, "cooldown fails: cooldown until 2026-01-05T12:25:00Z", told(t, "whole", "c", bots("x", -1), first, second, event("c", 7, nil))[9])
	require.Equal(t, "count fails: count 1 of 2", told(t, "whole", "a", first)[5])
	require.Equal(t, "mute fails: night until 06:00 Europe/Berlin", told(t, "whole", "d",
		bots("x", 570), event("c", 571, nil), event("d", 572, nil))[8])
}

func TestExplain_TellsEveryConditionThatDoesNotHold(t *testing.T) {
	t.Parallel()
	lines := told(t, "whole", "a", event("a", 0, func(e *eventv1.Event) {
		e.GetAnomaly().Score = 0.4
		delete(e.GetLabels(), "team")
	}))
	require.Equal(t, []string{
		"on holds: the event is of kind anomaly",
		"when fails: anomaly.score is 0.4", "when holds: labels.site is shop", "when no_value: labels.team is absent",
		"key not_asked:", "count not_asked:", "unless not_asked:", "given not_asked:", "mute not_asked:", "cooldown not_asked:", "limits not_asked:",
	}, lines)
	require.Equal(t, "unless fails: anomaly.metric == \"noise\"", told(t, "whole", "b", event("a", 0, nil), event("b", 1, func(e *eventv1.Event) {
		e.GetAnomaly().Metric = "noise"
	}))[6])
	require.Equal(t, []string{"mode fails: the rule is off", "on not_asked:"}, told(t, "others", "a", event("a", 0, nil)))
	require.Contains(t, told(t, "flaps", "a", event("a", 0, nil)), "flap fails: closed 0 of 2")
	require.Contains(t, told(t, "stands", "a", event("a", 0, nil)), "hold holds: stood for 10m")
	require.Equal(t, "lateness fails: observed 2h after it occurred, accepted is 1h", told(t, "whole", "a", event("a", 0, func(e *eventv1.Event) {
		e.ObservedAt = timestamppb.New(noon.Add(2 * time.Hour))
	}))[0])
}

func TestExplain_KnowsOnlyWhatItWasShown(t *testing.T) {
	t.Parallel()
	run := explain.New(load(t), settings(), "a")
	require.NoError(t, run.Event(event("b", 0, nil)))
	require.NoError(t, run.Take(&routerv1.Input{TakenAt: timestamppb.New(noon), Content: &routerv1.Input_RuleSetSwitch{}}))
	require.Nil(t, run.Explain())
	require.Equal(t, 10*time.Minute, explain.After(load(t), settings()))
}

// TestProperty_SaysWhatTheEngineDecides compares with an engine that nobody looks
// at: the outcome, and whether a clause stood against it.
func TestProperty_SaysWhatTheEngineDecides(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var inputs []engine.Input
		minute := 0
		for i := range rapid.IntRange(1, 30).Draw(t, "events") {
			minute += rapid.IntRange(0, 6).Draw(t, "pause")
			inputs = append(inputs, draw(t, strconv.Itoa(i), minute))
		}
		set := load(t)
		plain := engine.New(set, settings())
		decided := map[string]*decisionv1.Decision{}
		note := func(outputs []engine.Output) {
			for _, o := range outputs {
				decided[o.Decision.GetEventId()+" "+o.Decision.GetRule()] = o.Decision
			}
		}
		for _, in := range inputs {
			note(plain.Event(in))
		}
		for due, ok := plain.Next(); ok; due, ok = plain.Next() {
			note(plain.Advance(due))
		}
		id := rapid.SampledFrom(inputs).Draw(t, "which").Event.GetId()
		run := explain.New(set, settings(), id)
		for _, in := range inputs {
			require.NoError(t, run.Event(in))
		}
		run.EndAll()
		for _, r := range run.Explain().GetRules() {
			want := decided[id+" "+r.GetRule()]
			require.Equal(t, want.GetId(), r.GetDecision().GetId())
			isFired := want.GetOutcome() == decisionv1.Outcome_OUTCOME_SHADOW
			require.Equal(t, isFired, r.GetFirstFailed() == "", "%s %s", r, want)
			if clause := want.GetClause(); want != nil && !isFired {
				require.True(t, strings.HasPrefix(clause, r.GetFirstFailed()), "%s is not %s", clause, r.GetFirstFailed())
			}
		}
	})
}

func draw(t *rapid.T, id string, minute int) engine.Input {
	if rapid.IntRange(0, 3).Draw(t, "kind") == 0 {
		return bots(id, minute)
	}
	return event(id, minute, func(e *eventv1.Event) {
		e.GetAnomaly().Score = rapid.SampledFrom([]float64{0.4, 0.9, 0.9}).Draw(t, "score")
		e.GetAnomaly().Metric = rapid.SampledFrom([]string{"sales", "sales", "noise"}).Draw(t, "metric")
		e.GetAnomaly().Phase = rapid.SampledFrom([]eventv1.Phase{1, 1, 3}).Draw(t, "phase")
		e.NativeId = rapid.SampledFrom([]string{"n", "m", e.GetId()}).Draw(t, "thing")
		if rapid.IntRange(0, 5).Draw(t, "label") == 0 {
			delete(e.GetLabels(), "team")
		}
	})
}
