package rules_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/cli/exit"
	"github.com/signalbox-io/signalbox/services/cli/rules"
)

const (
	good = `rules:
  - name: quiet
    mode: auto
    on: [feedback]
    do:
      - pause_alert: {source: anodot-prod, alert_id: "${feedback.alert_id}", for: 6h}
`
	bad = `rules:
  - name: quiet
    mode: automatic
    on: [feedback]
    when: feedback.verdikt == NOT_INTERESTING
    do:
      - publish: {subject: a}
`
	settings = `rules: []
sources:
  - {name: SOURCE, anodot: {base_url: https://app.anodot.com, refresh_token: {env: TOKEN}}}
`
)

func run(args ...string) (stdout, stderr string, err error) {
	return runWith(strings.NewReader(""), args...)
}

func runWith(stdin io.Reader, args ...string) (stdout, stderr string, err error) {
	env := func(name string) (string, bool) { return "hunter2", name == "TOKEN" }
	var out, errOut bytes.Buffer
	command := rules.NewCommand(env)
	command.SetArgs(args)
	command.SetIn(stdin)
	command.SetOut(&out)
	command.SetErr(&errOut)
	command.SilenceErrors, command.SilenceUsage = true, true
	err = command.Execute()
	return out.String(), errOut.String(), err
}

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func TestLint_CountsGoodRules(t *testing.T) {
	t.Parallel()
	file := write(t, "a.yaml", good)
	other := write(t, "b.yaml", "rules: [{name: other, mode: shadow, on: [anomaly], do: [{publish: {subject: a, fields: {a: b}}}]}]")

	stdout, stderr, err := run("lint", file)
	require.NoError(t, err)
	require.Equal(t, "ok: 1 rule\n", stdout)
	require.Equal(t, "not checked without --config: whether there are the sources anodot-prod, and of the vendors that their actions need\n", stderr)

	stdout, _, err = run("lint", file, other, file)
	require.NoError(t, err)
	require.Equal(t, "ok: 2 rules\n", stdout)
}

func TestLint_TellsEveryFaultWithACaret(t *testing.T) {
	t.Parallel()
	file, twin := write(t, "a.yaml", bad), write(t, "b.yaml", good)
	stdout, stderr, err := run("lint", file, twin)
	require.Empty(t, stdout)
	require.Equal(t, exit.CodeFailure, exit.Code(err))
	require.EqualError(t, err, "the rules have 3 faults")
	require.Contains(t, stderr, file+":3:11: rule quiet: ")
	require.Contains(t, stderr, "\n        mode: automatic\n              ^\n")
	require.Contains(t, stderr, file+":5:19: rule quiet: ")
	require.Contains(t, stderr, twin+":2:11: rule quiet: ")
}

func TestLint_KnowsTheSourcesOfTheConfiguration(t *testing.T) {
	t.Parallel()
	file := write(t, "a.yaml", good)
	other := write(t, "signalbox.yaml", settings)
	_, _, err := run("lint", "--config", other, file)
	require.ErrorContains(t, err, `"SOURCE" is no name of a source`)

	for name, faults := range map[string]bool{"anodot-prod": false, "another": true} {
		configFile := write(t, "signalbox.yaml", string(bytes.ReplaceAll([]byte(settings), []byte("SOURCE"), []byte(name))))
		_, stderr, err := run("lint", "--config", configFile, file)
		require.Equal(t, faults, err != nil, stderr)
		require.Equal(t, faults, stderr != "")
	}
}

func TestLint_WantsNoSecret(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer("SOURCE", "anodot-prod", "TOKEN", "NOT_SET").Replace(settings)
	_, stderr, err := run("lint", "--config", write(t, "signalbox.yaml", text), write(t, "a.yaml", good))
	require.NoError(t, err, stderr)
}

func TestLint_NamesEachFileThatCannotBeRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, _, err := run("lint", filepath.Join(dir, "a.yaml"), dir, filepath.Join(dir, "b.yaml"))
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, filepath.Join(dir, "a.yaml"))
	require.ErrorContains(t, err, filepath.Join(dir, "b.yaml"))
	require.ErrorContains(t, err, dir+": is a directory; name its files, such as "+filepath.Join(dir, "*.yaml"))
	require.Equal(t, exit.CodeFailure, exit.Code(err))
}

const doubtful = `rules:
  - name: never
    mode: auto
    on: [feedback]
    when: feedback.verdict == GOOD_CATCH && feedback.verdict == NOT_INTERESTING
    do: [{publish: {subject: a}}]
  - {name: asleep, mode: off, on: [traffic]}
  - name: hasty
    mode: shadow
    on: [anomaly]
    given: [{on: feedback, key: [event.entity], within: 1h, wait: 5s}]
`

func TestLint_WarnsWithoutFailing(t *testing.T) {
	t.Parallel()
	file := write(t, "a.yaml", doubtful)
	stdout, stderr, err := run("lint", file)
	require.NoError(t, err)
	require.Equal(t, "ok: 3 rules, 2 warnings\n", stdout)
	require.Equal(t, file+":5:11: warning: rule never: no event matches: feedback.verdict cannot be two things at once [never-matches]\n"+
		file+":7:26: warning: rule asleep: mode is off: the rule judges nothing [rule-is-off]\n"+
		"not checked without --config: whether given waits long enough for feedback, by how often sources are polled\n", stderr)

	_, _, err = run("lint", "--strict", file)
	require.EqualError(t, err, "the rules have 2 warnings, and --strict lets none pass")
	require.Equal(t, exit.CodeFailure, exit.Code(err))
	stdout, _, err = run("lint", "--strict", write(t, "b.yaml", good))
	require.NoError(t, err)
	require.Equal(t, "ok: 1 rule\n", stdout)

	configFile := write(t, "signalbox.yaml", strings.ReplaceAll(settings, "SOURCE", "anodot-prod"))
	_, stderr, err = run("lint", "--config", configFile, file)
	require.NoError(t, err)
	require.Contains(t, stderr, file+":11:13: warning: rule hasty: given[0] waits 5s: a cause of kind feedback may arrive 1m7s")
}

func TestLint_ShowsHowConditionsAreFound(t *testing.T) {
	t.Parallel()
	file := write(t, "a.yaml", `rules:
  - {name: by-value, mode: shadow, on: [anomaly], when: 'event.entity == "shop"'}
  - {name: by-order, mode: shadow, on: [anomaly], when: anomaly.score > 0.5, given: [{on: traffic, key: [event.entity], within: 1h}]}
  - {name: by-all, mode: shadow, on: [anomaly], when: 'labels.exists(k, k.endsWith("x"))'}
  - {name: asleep, mode: off, on: [anomaly], when: anomaly.score > 0.5}
`)
	stdout, _, err := run("lint", "--classes", file)
	require.NoError(t, err)
	lines := strings.Split(stdout, "\n")
	require.Equal(t, "ok: 4 rules, 1 warning", lines[0])
	require.Regexp(t, `^by-value +when +indexed +0 +event.entity`, lines[2])
	require.Regexp(t, `^by-order +when +bitmap +0`, lines[3])
	require.Regexp(t, `^by-order +given\[0\] +bitmap +0`, lines[4])
	require.Regexp(t, `^by-all +when +scanned +[1-9]`, lines[5])
	require.Empty(t, lines[6])
	stdout, _, err = run("lint", "--output", "json", file)
	require.NoError(t, err)
	var found struct{ Conditions []map[string]any }
	require.NoError(t, json.Unmarshal([]byte(stdout), &found))
	require.Len(t, found.Conditions, 4)
	require.Equal(t, []any{"by-value", "when", "indexed", 0.0}, []any{
		found.Conditions[0]["rule"], found.Conditions[0]["clause"], found.Conditions[0]["class"], found.Conditions[0]["cost"],
	})
}

func TestLint_PrintsJSON(t *testing.T) {
	t.Parallel()
	var found struct {
		Version  string
		Rules    int
		Findings []map[string]any
	}
	file := write(t, "a.yaml", doubtful)
	stdout, stderr, err := run("lint", "--output", "json", file)
	require.NoError(t, err)
	require.Empty(t, stderr)
	require.NoError(t, json.Unmarshal([]byte(stdout), &found))
	require.Len(t, found.Version, 26)
	require.Equal(t, 3, found.Rules)
	require.Equal(t, map[string]any{
		"level": "warning", "code": "rule-is-off", "file": file, "line": 7.0, "column": 26.0, "rule": "asleep",
		"message": "mode is off: the rule judges nothing",
	}, found.Findings[1])

	stdout, stderr, err = run("lint", "--output", "json", write(t, "b.yaml", bad))
	require.EqualError(t, err, "the rules have 2 faults")
	require.Empty(t, stderr)
	require.NoError(t, json.Unmarshal([]byte(stdout), &found))
	require.Equal(t, []any{"error", "invalid", 3.0, 11.0}, []any{
		found.Findings[0]["level"], found.Findings[0]["code"], found.Findings[0]["line"], found.Findings[0]["column"],
	})
	stdout, _, err = run("lint", "-o", "json", write(t, "c.yaml", good))
	require.NoError(t, err)
	require.Contains(t, stdout, `"findings": []`)
	_, _, err = run("lint", "-o", "xml", file)
	require.Equal(t, exit.CodeUsage, exit.Code(err))
}

type sarif struct {
	Schema  string `json:"$schema"`
	Version string
	Runs    []struct {
		Tool struct {
			Driver struct {
				Name  string
				Rules []struct{ ID string }
			}
		}
		Results []struct {
			RuleID    string
			RuleIndex int
			Level     string
			Message   struct{ Text string }
			Locations []struct {
				PhysicalLocation struct {
					ArtifactLocation struct{ URI string }
					Region           struct{ StartLine, StartColumn int }
				}
			}
		}
	}
}

func TestLint_PrintsSARIF(t *testing.T) {
	t.Parallel()
	for text, faults := range map[string]int{good: 0, doubtful: 2, bad: 2} {
		file := write(t, "my rules.yaml", text)
		stdout, stderr, err := run("lint", "--output", "sarif", file)
		require.Equal(t, text == bad, err != nil)
		require.Empty(t, stderr)
		require.Contains(t, stdout, `"results": [`)
		var log sarif
		require.NoError(t, json.Unmarshal([]byte(stdout), &log))
		require.Equal(t, "2.1.0", log.Version)
		require.NotEmpty(t, log.Schema)
		require.Len(t, log.Runs, 1)
		require.NotEmpty(t, log.Runs[0].Tool.Driver.Name)
		require.Len(t, log.Runs[0].Results, faults)
		for _, result := range log.Runs[0].Results {
			require.Equal(t, result.RuleID, log.Runs[0].Tool.Driver.Rules[result.RuleIndex].ID)
			require.Equal(t, map[bool]string{true: "error", false: "warning"}[text == bad], result.Level)
			require.Contains(t, result.Message.Text, "rule ")
			require.Len(t, result.Locations, 1)
			at := result.Locations[0].PhysicalLocation
			require.Equal(t, "file://"+strings.ReplaceAll(file, " ", "%20"), at.ArtifactLocation.URI)
			require.Positive(t, at.Region.StartLine)
			require.Positive(t, at.Region.StartColumn)
		}
	}
}

func TestSchema_IsTheCommittedOne(t *testing.T) {
	t.Parallel()
	stdout, _, err := run("schema")
	require.NoError(t, err)
	committed, err := os.ReadFile("../../../docs/rules.schema.json")
	require.NoError(t, err)
	require.Equal(t, string(committed), stdout)
}

func TestLint_WantsAFile(t *testing.T) {
	t.Parallel()
	_, _, err := run("lint")
	require.ErrorContains(t, err, "requires at least 1 arg")
	_, _, err = run("lnt")
	require.Equal(t, exit.CodeUsage, exit.Code(err))
}

// TestStdin_IsReadWhereFilesAre: rules, events and a suite.
func TestStdin_IsReadWhereFilesAre(t *testing.T) {
	t.Parallel()
	stdout, _, err := runWith(strings.NewReader(good), "lint", "-")
	require.NoError(t, err)
	require.Equal(t, "ok: 1 rule\n", stdout)
	_, stderr, err := runWith(strings.NewReader(bad), "lint", "-")
	require.EqualError(t, err, "the rules have 2 faults")
	require.Contains(t, stderr, "<stdin>:3:11: rule quiet")

	events, err := os.ReadFile(backtestEvents)
	require.NoError(t, err)
	want, _, err := run("backtest", "--rules", backtestRules, "--events", backtestEvents)
	require.NoError(t, err)
	got, _, err := runWith(bytes.NewReader(events), "backtest", "--rules", backtestRules, "--events", "-")
	require.NoError(t, err)
	require.Equal(t, want, got)

	suite := "rules: [" + write(t, "rules.yaml", good) + "]\ntests:\n  - name: one\n    steps:\n" +
		"      - {id: a, at: \"09:00\", feedback: {alert_id: \"17\"}}\n    expect: {decisions: [{a: FIRED}]}\n"
	stdout, stderr, err = runWith(strings.NewReader(suite), "test", "-")
	require.NoError(t, err, stderr)
	require.Contains(t, stdout, "<stdin>")

	for _, args := range [][]string{
		{"lint", "-", "-"}, {"test", "-", "-"}, {"backtest", "--rules", "-", "--events", "-"}, {"explain", "--event", "a", "--rules", "-", "--events", "-"},
	} {
		_, _, err := run(args...)
		require.ErrorContains(t, err, "- stands for standard input, which is read once")
		require.Equal(t, exit.CodeUsage, exit.Code(err))
	}
}

// TestLint_KnowsASuite: it holds no rules, whatever it is called.
func TestLint_KnowsASuite(t *testing.T) {
	t.Parallel()
	suite := "rules: [rules.yaml]\ntests: []\n"
	for _, name := range []string{write(t, "a_test.yaml", suite), write(t, "a.yaml", suite)} {
		_, _, err := run("lint", name)
		require.ErrorContains(t, err, name+" is a suite and holds no rules: play it with signalbox rules test")
	}
	_, _, err := runWith(strings.NewReader(suite), "lint", "-")
	require.ErrorContains(t, err, "<stdin> is a suite and holds no rules: play it with signalbox rules test")
	stdout, _, err := run("lint", write(t, "b_test.yaml", suite), write(t, "b.yaml", good))
	require.NoError(t, err, "a pattern names both")
	require.Equal(t, "ok: 1 rule\n", stdout)
}

// TestLint_SaysWhatItCouldNotCheck: without a configuration sources and waits are
// anybody's guess.
func TestLint_SaysWhatItCouldNotCheck(t *testing.T) {
	t.Parallel()
	file := write(t, "a.yaml", good+`  - name: waits
    mode: shadow
    on: [anomaly]
    given: [{on: traffic, key: [event.entity], within: 1h, wait: 1m}]
`)
	_, stderr, err := run("lint", file)
	require.NoError(t, err)
	require.Equal(t, "not checked without --config: whether there are the sources anodot-prod, and of the vendors that their actions need\n"+
		"not checked without --config: whether given waits long enough for traffic, by how often sources are polled\n", stderr)
	_, stderr, err = run("lint", "--config", write(t, "c.yaml", strings.ReplaceAll(settings, "SOURCE", "anodot-prod")), file)
	require.NoError(t, err)
	require.NotContains(t, stderr, "not checked")
	stdout, _, err := run("lint", "--output", "json", file)
	require.NoError(t, err)
	require.Contains(t, stdout, `"unchecked"`)
}
