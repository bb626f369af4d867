package rules_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/cli/exit"
)

var updateBacktest = flag.Bool("update-backtest", false, "write the golden files of backtest anew")

// requireGolden compares with a file of testdata/backtest.
func requireGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "backtest", name)
	if *updateBacktest {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

const (
	backtestRules  = "testdata/backtest/rules.yaml"
	backtestBefore = "testdata/backtest/before.yaml"
	backtestEvents = "testdata/backtest/events.jsonl"
)

func TestBacktest_TellsWhatWasDecided(t *testing.T) {
	t.Parallel()
	stdout, stderr, err := run("backtest", "--rules", backtestRules, "--events", backtestEvents)
	require.NoError(t, err)
	require.Empty(t, stderr)
	requireGolden(t, "text.golden", stdout)
}

func TestBacktest_WritesOneDecisionALine(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "summary.json")
	stdout, stderr, err := run("backtest", "--rules", backtestRules, "--events", backtestEvents, "--output", "json", "--summary", file)
	require.NoError(t, err)
	requireGolden(t, "json.golden", stdout)
	require.Contains(t, stderr, "11 events, 1 duplicate, 1 late; from 2026-01-05T08:00:00Z to 2026-01-05T16:30:00Z\n")
	for line := range strings.Lines(stdout) {
		requireSortedKeys(t, line)
	}
	summary, err := os.ReadFile(file)
	require.NoError(t, err)
	requireGolden(t, "summary.golden", string(summary))
	requireSortedKeys(t, string(summary))
}

// requireSortedKeys requires that a value is written as encoding it from maps
// would write it.
func requireSortedKeys(t *testing.T, line string) {
	t.Helper()
	var value any
	require.NoError(t, json.Unmarshal([]byte(line), &value))
	sorted, err := json.Marshal(value)
	require.NoError(t, err)
	require.Equal(t, string(sorted)+"\n", line)
}

func TestBacktest_TellsWhatDiffers(t *testing.T) {
	t.Parallel()
	args := []string{"backtest", "--rules", backtestRules, "--against", backtestBefore, "--events", backtestEvents}
	stdout, _, err := run(args...)
	require.NoError(t, err)
	requireGolden(t, "against.golden", stdout)
	stdout, _, err = run(append(args, "--output", "json")...)
	require.NoError(t, err)
	requireGolden(t, "against_json.golden", stdout)
	for line := range strings.Lines(stdout) {
		requireSortedKeys(t, line)
	}
}

func TestBacktest_ShowsWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	stdout, _, err := run("backtest", "--rules", backtestRules, "--events", backtestEvents, "-o", "json",
		"--outcomes", "fired,resumed", "--rule", "quiet-alert-disliked-twice")
	require.NoError(t, err)
	require.Equal(t, 2, strings.Count(stdout, "\n"), stdout)
	require.Contains(t, stdout, `"outcome":"FIRED"`)
	require.Contains(t, stdout, `"outcome":"RESUMED"`)
}

func TestBacktest_TellsOfBadLines(t *testing.T) {
	t.Parallel()
	events, err := os.ReadFile(backtestEvents)
	require.NoError(t, err)
	file := write(t, "events.jsonl", "nonsense\n"+string(events)+"\n{}\n")
	good, _, err := run("backtest", "--rules", backtestRules, "--events", backtestEvents, "-o", "json")
	require.NoError(t, err)
	stdout, stderr, err := run("backtest", "--rules", backtestRules, "--events", file, "-o", "json")
	require.EqualError(t, err, "the events have 2 bad lines")
	require.Equal(t, exit.CodeFailure, exit.Code(err))
	require.Equal(t, good, stdout, "the others are judged")
	require.Contains(t, stderr, file+":1: syntax error")
	require.Contains(t, stderr, file+":14: event has no id")
	require.Contains(t, stderr, ", 2 unreadable")

	stdout, _, err = run("backtest", "--rules", backtestRules, "--events", file, "-o", "json", "--max-errors", "2")
	require.EqualError(t, err, "the events have 2 bad lines")
	require.Equal(t, good, stdout)
	_, _, err = run("backtest", "--rules", backtestRules, "--events", file, "--max-errors", "1")
	require.EqualError(t, err, "the events have more than 1 bad line; raise --max-errors to go on")
	require.Equal(t, exit.CodeFailure, exit.Code(err))
}

func TestBacktest_TakesPatternsAndSeveralFiles(t *testing.T) {
	t.Parallel()
	want, _, err := run("backtest", "--rules", backtestRules, "--events", backtestEvents)
	require.NoError(t, err)
	events, err := os.ReadFile(backtestEvents)
	require.NoError(t, err)
	lines := strings.SplitAfter(string(events), "\n")
	first := write(t, "a.jsonl", strings.Join(lines[:3], ""))
	second := filepath.Join(filepath.Dir(first), "b.jsonl")
	require.NoError(t, os.WriteFile(second, []byte(strings.Join(lines[3:], "")), 0o600))
	for _, args := range [][]string{
		{"--events", first, "--events", second},
		{"--events", first, second},
		{"--events", filepath.Join(filepath.Dir(first), "*.jsonl")},
	} {
		got, _, err := run(append([]string{"backtest", "--rules", backtestRules}, args...)...)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

// TestBacktest_ShowsATimeOfFiles: what arrived before counts in what rules remember,
// and nothing comes after the end.
func TestBacktest_ShowsATimeOfFiles(t *testing.T) {
	t.Parallel()
	args := []string{"backtest", "--rules", backtestRules, "--events", backtestEvents, "-o", "json"}
	all, _, err := run(args...)
	require.NoError(t, err)
	got, stderr, err := run(append(args, "--from", "2026-01-05T09:00:00Z", "--to", "2026-01-05T12:00:00Z")...)
	require.NoError(t, err)
	require.NotEmpty(t, got)
	require.Less(t, len(got), len(all))
	for line := range strings.Lines(got) {
		require.Contains(t, all, line, "the state is that of the whole file")
	}
	require.NotContains(t, got, "2026-01-05T08:")
	require.NotContains(t, got, `"time":"2026-01-05T16:`)
	require.Contains(t, stderr, "to 2026-01-05T11:")
}

func TestBacktest_TheConfigurationGivesTheSettings(t *testing.T) {
	t.Parallel()
	args := []string{"backtest", "--rules", backtestRules, "--events", backtestEvents, "-o", "json", "--outcomes", "late"}
	late, _, err := run(args...)
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(late, "\n"))
	none, stderr, err := run(append(args, "--config", write(t, "c.yaml", "engine: {max_lateness: 90m}\n"))...)
	require.NoError(t, err)
	require.Empty(t, none, "exactly at the limit is in time")
	require.Contains(t, stderr, "note: no share of a source's alerts counts")
	_, stderr, err = run(append(args, "--config", write(t, "c.yaml", strings.ReplaceAll(settings, "SOURCE", "another")))...)
	require.EqualError(t, err, "the rules have 1 fault")
	require.Contains(t, stderr, "anodot-prod")
}

func TestBacktest_RefusesWrongUse(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"--rules is missing":               {"--events", backtestEvents},
		"there are no events":              {"--rules", backtestRules},
		`is not after --from`:              {"--rules", backtestRules, "--events", backtestEvents, "--from", "now", "--to", "1h ago"},
		"--config is for --events":         {"--rules", backtestRules, "--config", "c.yaml", "--from", "now"},
		`--output "yaml"`:                  {"--rules", backtestRules, "--events", backtestEvents, "--output", "yaml"},
		`--outcomes "heldd"`:               {"--rules", backtestRules, "--events", backtestEvents, "--outcomes", "fired,heldd"},
		`--rule "other"`:                   {"--rules", backtestRules, "--events", backtestEvents, "--rule", "other"},
		"--max-errors -1":                  {"--rules", backtestRules, "--events", backtestEvents, "--max-errors", "-1"},
		`"x" stands alone`:                 {"--rules", backtestRules, "--events", backtestEvents, "x"},
		`"x.yaml" stands alone`:            {"--rules", backtestRules, "--against", backtestBefore, "--events", backtestEvents, "x.yaml"},
		`--from "7d" is no time`:           {"--rules", backtestRules, "--from", "7d"},
		`--to "yesterday" is no time`:      {"--rules", backtestRules, "--from", "7d ago", "--to", "yesterday"},
		`--addr "nowhere" is no address`:   {"--rules", backtestRules, "--from", "7d ago", "--addr", "nowhere"},
		"--timeout is not longer than not": {"--rules", backtestRules, "--from", "7d ago", "--timeout", "-1s"},
	} {
		stdout, _, err := run(append([]string{"backtest"}, args...)...)
		require.ErrorContains(t, err, want)
		require.Equal(t, exit.CodeUsage, exit.Code(err), want)
		require.Empty(t, stdout)
	}
	for want, args := range map[string][]string{
		"no such file":             {"--rules", backtestRules, "--events", "missing.jsonl"},
		"no file is called like x": {"--rules", backtestRules, "--events", "x*.jsonl"},
		"read rules":               {"--rules", "missing.yaml", "--events", backtestEvents},
		"the rules have 2 faults":  {"--rules", backtestRules, "--rules", backtestBefore, "--events", backtestEvents},
	} {
		_, _, err := run(append([]string{"backtest"}, args...)...)
		require.ErrorContains(t, err, want)
		require.Equal(t, exit.CodeFailure, exit.Code(err), want)
	}
}

// TestBacktest_Edges runs the command over each folder of testdata/edges, whose
// rules say what is at the edge.
func TestBacktest_Edges(t *testing.T) {
	t.Parallel()
	folders, err := filepath.Glob("testdata/edges/*")
	require.NoError(t, err)
	require.Len(t, folders, 12)
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			args := []string{
				"backtest", "--output", "json",
				"--rules", filepath.Join(folder, "rules.yaml"), "--events", filepath.Join(folder, "events.jsonl"),
			}
			if config := filepath.Join(folder, "config.yaml"); exists(config) {
				args = append(args, "--config", config)
			}
			stdout, _, err := run(args...)
			require.NoError(t, err)
			want, err := os.ReadFile(filepath.Join(folder, "want.txt"))
			require.NoError(t, err)
			require.Equal(t, string(want), shortened(t, stdout))
		})
	}
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// shortened writes each line as outcome, event, time, detail; actions.
func shortened(t *testing.T, lines string) string {
	t.Helper()
	var out strings.Builder
	for line := range strings.Lines(lines) {
		var l struct {
			Outcome, EventID, Time, Detail string
			Actions                        []struct{ Type, Target, Until string }
		}
		require.NoError(t, json.Unmarshal([]byte(line), &l))
		out.WriteString(strings.TrimSpace(strings.Join([]string{l.Outcome, l.EventID, l.Time, l.Detail}, " ")))
		for _, a := range l.Actions {
			out.WriteString("; " + a.Type + " " + a.Target)
			if a.Until != "" {
				out.WriteString(" until " + a.Until)
			}
		}
		out.WriteString("\n")
	}
	return out.String()
}

// TestBacktest_TheDocsShowTheShapeOfDifferences compares docs/why.md with what is
// printed.
func TestBacktest_TheDocsShowTheShapeOfDifferences(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../docs/why.md")
	require.NoError(t, err)
	stdout, _, err := run("backtest", "--rules", backtestRules, "--against", backtestBefore, "--events", backtestEvents, "-o", "json")
	require.NoError(t, err)
	require.NotEmpty(t, stdout)
	require.Contains(t, string(page), "```json\n"+stdout+"```")
}

// People read times to the second; programs, and who looks for what has moved, get all.
func TestBacktest_TellsPeopleTimesToTheSecond(t *testing.T) {
	t.Parallel()
	folder := "testdata/edges/ends_of_time/"
	args := []string{"backtest", "--rules", folder + "rules.yaml", "--events", folder + "events.jsonl"}
	stdout, _, err := run(args...)
	require.NoError(t, err)
	require.Contains(t, stdout, "until 9999-12-31T23:59:59Z\n")
	require.NotRegexp(t, `:\d\d\.\d+Z`, stdout)
	stdout, _, err = run(append(args, "--output", "json")...)
	require.NoError(t, err)
	require.Contains(t, stdout, `"until":"9999-12-31T23:59:59.999999999Z"`)
}
