package rules_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// objects reads a JSON object a line.
func objects(t *testing.T, lines string) []map[string]any {
	t.Helper()
	var all []map[string]any
	for line := range strings.Lines(lines) {
		var one map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &one))
		all = append(all, one)
	}
	return all
}

// stepsOf writes the lines of an events file as the steps of a case, and lets what
// waits at the end run out.
func stepsOf(t *testing.T, events string) []map[string]any {
	t.Helper()
	var last string
	seen, steps := map[any]bool{}, objects(t, events)
	for _, step := range steps {
		if seen[step["id"]] {
			step["again"] = true
		}
		seen[step["id"]] = true
		for _, field := range []string{"occurredAt", "observedAt"} {
			if at, ok := step[field].(string); ok {
				last = max(last, at)
			}
		}
	}
	at, err := time.Parse(time.RFC3339Nano, last)
	require.NoError(t, err)
	if end := at.Add(time.Hour); end.Year() <= 9999 {
		steps = append(steps, map[string]any{"now": end.Format(time.RFC3339Nano)})
	}
	return steps
}

// expectedOf writes the lines of a backtest as the whole of what must be decided.
func expectedOf(t *testing.T, lines string) []map[string]any {
	t.Helper()
	decisions := []map[string]any{}
	for _, line := range objects(t, lines) {
		if line["outcome"] == "RESUMED" {
			continue
		}
		decision := maps.Clone(line)
		for _, unsaid := range []string{"eventId", "id", "sequence"} { // a suite says nothing of them
			delete(decision, unsaid)
		}
		decision["event"] = line["eventId"]
		actions := []string{}
		for _, a := range line["actions"].([]any) {
			action := a.(map[string]any)
			text := action["type"].(string) + " " + action["target"].(string)
			if until, ok := action["until"].(string); ok {
				text += " until " + until
			}
			actions = append(actions, text)
		}
		decision["actions"] = actions
		decisions = append(decisions, decision)
	}
	return decisions
}

// settingsOf are those of a configuration, which a suite calls the same.
func settingsOf(t *testing.T, file string) map[string]any {
	t.Helper()
	c := struct{ Engine map[string]any }{map[string]any{}}
	if exists(file) {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, yaml.Unmarshal(data, &c))
	}
	return c.Engine
}

// A suite of the same events expects every decision of a backtest, whole and in its
// order, and gets it.
func TestTest_DecidesAsABacktest(t *testing.T) {
	t.Parallel()
	folders, err := filepath.Glob("testdata/edges/*")
	require.NoError(t, err)
	for _, folder := range append(folders, "testdata/backtest") {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			rules, events := filepath.Join(folder, "rules.yaml"), filepath.Join(folder, "events.jsonl")
			args := []string{"backtest", "--output", "json", "--rules", rules, "--events", events}
			if file := filepath.Join(folder, "config.yaml"); exists(file) {
				args = append(args, "--config", file)
			}
			lines, _, err := run(args...)
			require.NoError(t, err)
			told, err := os.ReadFile(events)
			require.NoError(t, err)
			dir := t.TempDir()
			require.NoError(t, os.CopyFS(dir, os.DirFS(folder)))
			suite, err := json.Marshal(map[string]any{
				"rules": []string{"rules.yaml"}, "settings": settingsOf(t, filepath.Join(folder, "config.yaml")),
				"tests": []any{map[string]any{
					"name": "as a backtest", "steps": stepsOf(t, string(told)), "expect": map[string]any{"decisions": expectedOf(t, lines)},
				}},
			})
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(dir, "as_a_backtest_test.yaml"), suite, 0o600))
			stdout, stderr, err := run("test", dir)
			require.NoError(t, err, stdout+stderr)
			require.NotEmpty(t, expectedOf(t, lines))
		})
	}
}
