package rules_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

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

func TestExplain_RefusesWrongUse(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"--event is missing": {"--rules", backtestRules},
		"--events needs":     {"--event", "a", "--events", backtestEvents},
		"exclude each other": {"--event", "a", "--rules", backtestRules, "--rule-set", "x"},
		`--rule "other"`:     {"--event", "a", "--events", backtestEvents, "--rules", backtestRules, "--rule", "other"},
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
