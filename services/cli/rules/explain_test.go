package rules_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/cli/exit"
)

func TestExplain_TellsClauseByClause(t *testing.T) {
	t.Parallel()
	stdout, stderr, err := run("explain", "--event", "n5", "--events", backtestEvents, "--rules", backtestRules, "--rule", "tell-of-anomalies")
	require.NoError(t, err)
	require.Empty(t, stderr)
	requireGolden(t, "explain.golden", stdout)
}

func TestExplain_TellsOfEveryRuleInALine(t *testing.T) {
	t.Parallel()
	stdout, _, err := run("explain", "--event", "v2", "--events", backtestEvents, "--rules", backtestRules)
	require.NoError(t, err)
	requireGolden(t, "explain_all.golden", stdout)

	stdout, _, err = run("explain", "--event", "v2", "--events", backtestEvents, "--rules", backtestRules, "--output", "json")
	require.NoError(t, err)
	var answer struct {
		Rules []struct {
			Rule, FirstFailed string
		}
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &answer))
	require.Len(t, answer.Rules, 2)
	require.Equal(t, "on", answer.Rules[1].FirstFailed)
}

// TestExplain_KnowsTheSettingsOfABacktest: of the same configuration the same comes.
func TestExplain_KnowsTheSettingsOfABacktest(t *testing.T) {
	t.Parallel()
	folder := "testdata/edges/exactly_late"
	rules, events, settings := folder+"/rules.yaml", folder+"/events.jsonl", folder+"/config.yaml"
	lines, _, err := run("backtest", "--rules", rules, "--events", events, "--config", settings, "--output", "json", "--outcomes", "late")
	require.NoError(t, err)
	late := objects(t, lines)
	require.NotEmpty(t, late)
	ask := func(more ...string) string {
		stdout, stderr, err := run(append([]string{"explain", "--rules", rules, "--events", events, "--event", late[0]["eventId"].(string)}, more...)...)
		require.NoError(t, err, stderr)
		return stdout
	}
	require.Contains(t, ask("--config", settings), "LATE, ")
	require.NotContains(t, ask(), "LATE, ", "by the settings that hold without a configuration")
}

func TestExplain_RefusesWrongUse(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"--event is missing": {"--rules", backtestRules},
		"--events needs":     {"--event", "a", "--events", backtestEvents},
		"exclude each other": {"--event", "a", "--rules", backtestRules, "--rule-set", "x"},
		`--rule "other"`:     {"--event", "a", "--events", backtestEvents, "--rules", backtestRules, "--rule", "other"},
		"--config is for":    {"--event", "a", "--config", "signalbox.yaml"},
		`--output "yaml"`:    {"--event", "a", "--output", "yaml"},
	} {
		_, _, err := run(append([]string{"explain"}, args...)...)
		require.ErrorContains(t, err, want)
		require.Equal(t, exit.CodeUsage, exit.Code(err), want)
	}
	_, _, err := run("explain", "--event", "zz", "--events", backtestEvents, "--rules", backtestRules)
	require.ErrorContains(t, err, `the files hold no event "zz"`)
	require.Equal(t, exit.CodeFailure, exit.Code(err))
}

// Explain answers as a router does whose record says otherwise.
func (r *ruling) Explain(context.Context, *routerv1.ExplainRequest) (*routerv1.ExplainResponse, error) {
	return &routerv1.ExplainResponse{
		Event: &eventv1.Event{Id: "e17", Source: "anodot-prod"}, RuleSet: "v2", Events: 3, DecidedBy: "v2", AsDecided: true,
		Notes: []string{"the router recorded another decision than is explained here, and both are shown"},
		Rules: []*routerv1.RuleExplanation{
			{
				Rule: "quiet", Mode: "auto", FirstFailed: "count", Differs: true,
				Clauses: []*routerv1.ClauseExplanation{{
					Clause: "count", Text: "at_least 2 within 1h", Verdict: routerv1.ClauseExplanation_VERDICT_FAILS, Detail: "count 1 of 2",
				}},
				Decision: &decisionv1.Decision{Outcome: decisionv1.Outcome_OUTCOME_HELD_COUNT},
				Recorded: []*decisionv1.Decision{{Outcome: decisionv1.Outcome_OUTCOME_FIRED, Detail: "count 2 of 2", RuleSet: "v2"}},
			},
			{Rule: "gone", Differs: true, Decision: &decisionv1.Decision{Outcome: decisionv1.Outcome_OUTCOME_FIRED}},
			{
				Rule: "same", Decision: &decisionv1.Decision{Outcome: decisionv1.Outcome_OUTCOME_FIRED},
				Recorded: []*decisionv1.Decision{{Outcome: decisionv1.Outcome_OUTCOME_FIRED, RuleSet: "v2"}},
			},
			{
				Rule: "refused", FirstFailed: "safety", // of which no rule has a text
				Clauses:  []*routerv1.ClauseExplanation{{Clause: "safety", Verdict: routerv1.ClauseExplanation_VERDICT_FAILS, Detail: "1 of 1 paused"}},
				Decision: &decisionv1.Decision{Outcome: decisionv1.Outcome_OUTCOME_REFUSED_SAFETY},
			},
		},
	}, nil
}

// TestExplain_ShowsTheRecordWhereItDiffers: both the record and the explanation.
func TestExplain_ShowsTheRecordWhereItDiffers(t *testing.T) {
	t.Parallel()
	stdout, _, err := run("explain", "--event", "e17", "--addr", serveRuling(t, &ruling{}))
	require.NoError(t, err)
	require.Equal(t, `event e17 of anodot-prod,  at 1970-01-01T00:00:00Z
rule set v2; 3 events gone over
note: the router recorded another decision than is explained here, and both are shown
  quiet                            HELD_COUNT, count at_least 2 within 1h: count 1 of 2
                                   recorded by rule set v2: FIRED, count 2 of 2
  gone                             FIRED
                                   recorded: nothing
  same                             FIRED
  refused                          REFUSED_SAFETY, safety: 1 of 1 paused
`, stdout)
	stdout, _, err = run("explain", "--event", "e17", "--rule", "quiet", "--addr", serveRuling(t, &ruling{}))
	require.NoError(t, err)
	require.Contains(t, stdout, "  recorded by rule set v2: FIRED, count 2 of 2\n")
}
