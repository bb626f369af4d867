package backtest_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/backtest"
	"github.com/signalbox-io/signalbox/services/router/engine"
)

func TestRun_TellsOfDecisionsAndEndsOfLeases(t *testing.T) {
	t.Parallel()
	got := run(t, options(t, quietRules), dislike("a", "17", 0), dislike("b", "18", 30), praise("c", "17", 31))
	require.Equal(t, []string{
		"0 FIRED quiet 17 pause_alert alert:17 360",
		"30 FIRED quiet 18 pause_alert alert:18 390",
		"360 RESUMED quiet 17 resume_alert alert:17",
		"390 RESUMED quiet 18 resume_alert alert:18",
	}, got.lines)
}

func TestRun_LetsWaitsRunOut(t *testing.T) {
	t.Parallel()
	opts := options(t, `
rules:
  - name: bots
    mode: auto
    on: [anomaly]
    key: [event.source]
    given: [{on: traffic, key: [event.source], within: 15m, wait: 5m}]
    do: [{publish: {subject: a}}]
`)
	e := anomaly("a", "17", 0)
	e.ObservedAt = e.GetOccurredAt()
	require.Equal(t, []string{"0 HELD_GIVEN bots anodot-prod"}, run(t, opts, e).lines)
}

func TestRun_CountsWhatBecameOfEvents(t *testing.T) {
	t.Parallel()
	late := dislike("c", "17", 2)
	late.ObservedAt = timestamppb.New(minute(2 + 61))
	got := run(t, options(t, quietRules), dislike("a", "17", 0), dislike("a", "17", 0), late, praise("b", "17", 70)).summary
	require.EqualValues(t, 4, got.GetEvents())
	require.EqualValues(t, 1, got.GetDuplicates())
	require.EqualValues(t, 1, got.GetLate())
	require.Equal(t, minute(0), got.GetFirst().AsTime())
	require.Equal(t, minute(70), got.GetLast().AsTime())
	require.Len(t, got.GetRules(), 1)
	require.Equal(t, map[string]uint64{"FIRED": 1}, got.GetRules()[0].GetOutcomes())
	require.Equal(t, "auto", got.GetRules()[0].GetMode())
	require.EqualValues(t, 1, got.GetRules()[0].GetActions())
	require.Nil(t, got.GetComparison())
}

func TestRun_OnlyTellsOfWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	events := []string{"FIRED", "RESUMED"}
	for _, outcome := range events {
		opts := options(t, quietRules)
		opts.Only = backtest.Filter{Outcomes: []string{outcome}}
		got := run(t, opts, dislike("a", "17", 0))
		require.Len(t, got.lines, 1)
		require.Contains(t, got.lines[0], outcome)
	}
	opts := options(t, quietRules)
	opts.Only = backtest.Filter{Rules: []string{"other"}}
	got := run(t, opts, dislike("a", "17", 0))
	require.Empty(t, got.lines)
	require.EqualValues(t, 1, got.summary.GetPauses().GetCount(), "what is not shown counts")
}

func TestRun_WarmingUpLeavesStateAndNothingElse(t *testing.T) {
	t.Parallel()
	opts := options(t, strings.Replace(quietRules, "    do:", "    cooldown: 6h\n    do:", 1))
	opts.From, opts.To = minute(60), minute(100)
	var lines []string
	opts.Line = func(l *routerv1.BacktestLine) error {
		lines = append(lines, brief(l))
		return nil
	}
	r := backtest.New(opts)
	require.NoError(t, r.Event(engine.Input{Event: dislike("a", "17", 0), Time: minute(0)}))
	require.NoError(t, r.Event(engine.Input{Event: dislike("a", "17", 0), Time: minute(0)}))
	require.NoError(t, r.Event(engine.Input{Event: dislike("b", "17", 60), Time: minute(60)}))
	require.NoError(t, r.End())
	require.Equal(t, []string{"60 HELD_COOLDOWN quiet 17"}, lines)
	got := r.Summary()
	require.EqualValues(t, 1, got.GetEvents())
	require.Zero(t, got.GetDuplicates())
	require.Equal(t, minute(60), got.GetFirst().AsTime())
	require.Equal(t, map[string]uint64{"HELD_COOLDOWN": 1}, got.GetRules()[0].GetOutcomes())
	require.Zero(t, got.GetPauses().GetCount())
}

// TestRun_EndsInTime ends a run while an alert is paused: what is due at exactly the
// end comes, and hours count until then.
func TestRun_EndsInTime(t *testing.T) {
	t.Parallel()
	for end, want := range map[int]string{
		359: "1 1 5.983333333333333 0 0 0", 360: "1 1 6 0 0 0", 60: "1 1 1 0 0 0",
	} {
		opts := options(t, quietRules)
		opts.To = minute(end)
		got := run(t, opts, dislike("a", "17", 0))
		require.Len(t, got.lines, map[bool]int{true: 2, false: 1}[end == 360], end)
		require.Equal(t, want, figures(got.summary.GetPauses()), end)
		require.Equal(t, want, figures(got.summary.GetRules()[0].GetPauses()), end)
	}
}

func TestRun_EndsWithTheErrorOfWhoIsTold(t *testing.T) {
	t.Parallel()
	full := errors.New("disk full")
	opts := options(t, quietRules)
	opts.Line = func(*routerv1.BacktestLine) error { return full }
	r := backtest.New(opts)
	require.ErrorIs(t, r.Event(engine.Input{Event: dislike("a", "17", 0), Time: minute(0)}), full)
}

func TestRun_PassesOverSwitchesOfTheRules(t *testing.T) {
	t.Parallel()
	r := backtest.New(options(t, quietRules))
	require.NoError(t, r.Event(engine.Input{Event: dislike("a", "17", 0), Time: minute(0)}))
	require.NoError(t, r.Take(&routerv1.Input{
		TakenAt: timestamppb.New(minute(60)), Content: &routerv1.Input_RuleSetSwitch{RuleSetSwitch: &routerv1.RuleSetSwitch{RuleSet: "x"}},
	}))
	require.Equal(t, minute(0), r.Clock())
}

func TestReach_IsThatOfTheLongestClause(t *testing.T) {
	t.Parallel()
	settings := engine.Settings{MaxLateness: time.Hour, Reorder: time.Minute}
	rest := settings.MaxLateness + settings.Reorder
	for clause, want := range map[string]time.Duration{
		"":                                  6 * time.Hour,
		"cooldown: 24h":                     24 * time.Hour,
		"count: {at_least: 2, within: 48h}": 48 * time.Hour,
		"limits: [{max: 1, per: 7h}]":       7 * time.Hour,
		"hold: {for: 1h}":                   7 * time.Hour,
		"given: [{on: traffic, key: [event.source], within: 8h, wait: 1m}]": 8*time.Hour + time.Minute,
	} {
		set := ruleSet(t, strings.Replace(quietRules, "    do:", "    "+clause+"\n    do:", 1))
		require.Equal(t, want+rest, backtest.Reach(set, settings), clause)
	}
}

func TestReach_OfFlappingIsTwice(t *testing.T) {
	t.Parallel()
	set := ruleSet(t, `
rules:
  - name: flaps
    mode: auto
    on: [anomaly]
    flap: {at_least: 2, within: 4h}
    do: [{publish: {subject: a}}]
`)
	require.Equal(t, 8*time.Hour, backtest.Reach(set, engine.Settings{}))
}

func TestRun_TheLongestHolderIsTheOneThatEnds(t *testing.T) {
	t.Parallel()
	opts := options(t, quietRules+`
  - name: longer
    mode: auto
    on: [feedback]
    key: [event.source]
    do: [{pause_alert: {source: anodot-prod, alert_id: "${feedback.alert_id}", for: 7h}}]
`)
	opts.Only = backtest.Filter{Outcomes: []string{backtest.Resumed}}
	require.Equal(t, []string{"420 RESUMED longer anodot-prod resume_alert alert:17"}, run(t, opts, dislike("a", "17", 0)).lines)
}
