package rules_test

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/cli/exit"
)

const (
	goodSuite = `rules: [rules.yaml]
tests:
  - name: one vote quiets
    steps:
      - {id: a, at: "09:00", feedback: {alert_id: "17"}}
    expect:
      decisions:
        - a: FIRED; pause_alert alert:17 until 15:00
  - name: an anomaly does not
    steps:
      - {id: a, at: "09:00", anomaly: {alert_id: "17"}}
    expect:
      decisions: []
`
	badSuite = `rules: [rules.yaml]
tests:
  - name: pauses too short
    steps:
      - {id: a, at: "09:00", feedback: {alert_id: "17"}}
    expect:
      decisions:
        - a: FIRED; pause_alert alert:17 until 14:00
`
)

// folder makes a folder with the rules `good` and suites.
func folder(t *testing.T, suites map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "below"), 0o700))
	for _, where := range []string{"rules.yaml", "below/rules.yaml"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, where), []byte(good), 0o600))
	}
	for name, content := range suites {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	return dir
}

func TestTest_PlaysEverySuiteOfAFolder(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"a_test.yaml": goodSuite, "below/b_test.yml": goodSuite, "below/no.yaml": "x"})
	stdout, stderr, err := run("test", dir, filepath.Join(dir, "a_test.yaml"))
	require.NoError(t, err, stdout)
	require.Empty(t, stderr)
	require.Equal(t, "ok    "+dir+"/a_test.yaml: 2 cases\nok    "+dir+"/below/b_test.yml: 2 cases\n4 cases passed\n", stdout)
}

func TestTest_FailsWithTheDifference(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"a_test.yaml": goodSuite, "b_test.yaml": badSuite})
	report := filepath.Join(dir, "report.xml")
	stdout, _, err := run("test", "--junit", report, dir)
	require.EqualError(t, err, "1 of 3 cases failed")
	require.Equal(t, exit.CodeFailure, exit.Code(err))
	require.Contains(t, stdout, "ok    "+dir+"/a_test.yaml: 2 cases\n")
	require.Contains(t, stdout, "  FAIL  pauses too short  ("+dir+"/b_test.yaml:3)\n")
	require.Contains(t, stdout, "expected  FIRED; pause_alert alert:17 until 2026-01-05T14:00:00Z\n")
	require.Contains(t, stdout, "got       FIRED; pause_alert alert:17 until 2026-01-05T15:00:00Z\n")

	data, err := os.ReadFile(report)
	require.NoError(t, err)
	var suites struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
	}
	require.NoError(t, xml.Unmarshal(data, &suites))
	require.Equal(t, 3, suites.Tests)
	require.Equal(t, 1, suites.Failures)
}

func TestTest_WritesOneCaseALineAsJSON(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"a_test.yaml": goodSuite, "b_test.yaml": badSuite})
	stdout, _, err := run("test", "--output", "json", "--coverage", dir)
	require.Error(t, err)
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	require.Len(t, lines, 4)
	var passed []bool
	for _, line := range lines[:3] {
		var c struct{ Passed bool }
		require.NoError(t, json.Unmarshal([]byte(line), &c))
		passed = append(passed, c.Passed)
	}
	require.Equal(t, []bool{true, true, false}, passed)
	require.JSONEq(t, `{"rule": "quiet", "file": "`+dir+`/rules.yaml", "line": 2, "clauses": 2, "exercised": 2, "notExercised": []}`, lines[3])
}

func TestTest_ChoosesCasesByName(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"a_test.yaml": goodSuite, "b_test.yaml": badSuite})
	stdout, _, err := run("test", "--verbose", "--run", "^an anomaly", dir)
	require.NoError(t, err)
	require.Equal(t, "ok    "+dir+"/a_test.yaml: 1 case\n  ok    an anomaly does not\n1 case passed\n", stdout)

	_, _, err = run("test", "--run", "nothing", dir)
	require.EqualError(t, err, `no case has a name that matches --run "nothing"`)
	require.Equal(t, exit.CodeUsage, exit.Code(err))
}

func TestTest_WantsCoverage(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"a_test.yaml": goodSuite})
	stdout, _, err := run("test", "--min-coverage", "100", dir)
	require.NoError(t, err)
	require.Contains(t, stdout, "coverage: 100% (2 of 2 clauses)\n")

	stdout, _, err = run("test", "--min-coverage", "1", "--run", "^an anomaly", dir)
	require.EqualError(t, err, "coverage is 0%, expected at least 1%: --coverage names what no case exercised")
	require.Contains(t, stdout, "      - fired (FIRED)\n")
	require.Equal(t, exit.CodeFailure, exit.Code(err))
}

func TestTest_TellsTheFaultsOfEverySuite(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{
		"a_test.yaml": strings.Replace(goodSuite, "steps", "stops", 1),
		"b_test.yaml": strings.Replace(goodSuite, "rules.yaml", "missing.yaml", 1),
	})
	stdout, stderr, err := run("test", dir)
	require.Empty(t, stdout)
	require.EqualError(t, err, "the suites and their rules have 3 faults")
	require.Equal(t, exit.CodeFailure, exit.Code(err))
	require.Contains(t, stderr, "/a_test.yaml:4:5: unknown key \"stops\": did you mean steps?\n        stops:\n        ^\n")
	require.Contains(t, stderr, "/b_test.yaml:1:9: read the rules: open ")
}

func TestTest_KnowsTheSourcesOfTheConfiguration(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"a_test.yaml": goodSuite})
	for name, wrong := range map[string]bool{"anodot-prod": false, "another": true} {
		file := write(t, "signalbox.yaml", strings.Replace(settings, "SOURCE", name, 1))
		_, stderr, err := run("test", "--config", file, dir)
		require.Equal(t, wrong, err != nil, stderr)
		require.Equal(t, wrong, strings.Contains(stderr, "is not configured"))
	}
}

// TestTest_KnowsRulesThatAreNoSuite: they are what a new user gives it first.
func TestTest_KnowsRulesThatAreNoSuite(t *testing.T) {
	t.Parallel()
	file := write(t, "a.yaml", good)
	for name, test := range map[string]struct{ arg, stdin string }{
		file:      {file, ""},
		"<stdin>": {"-", good},
	} {
		_, stderr, err := runWith(strings.NewReader(test.stdin), "test", test.arg)
		require.EqualError(t, err, "the suites and their rules have 1 fault")
		require.Contains(t, stderr, name+":1:1: tests is missing: these are rules, and no suite that tests them. Check them with signalbox rules lint; ")
	}
	_, stderr, err := runWith(strings.NewReader("rules: [a.yaml]\n"), "test", "-")
	require.Error(t, err)
	require.Contains(t, stderr, "<stdin>:1:1: tests is missing: expected a list of cases\n")
}

func TestLint_PassesOverSuites(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"a_test.yaml": goodSuite})
	stdout, stderr, err := run("lint", filepath.Join(dir, "a_test.yaml"), filepath.Join(dir, "rules.yaml"))
	require.NoError(t, err, stderr)
	require.Equal(t, "ok: 1 rule\n", stdout)
}

func TestTest_RefusesWrongUse(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"a_test.yaml": goodSuite})
	for want, args := range map[string][]string{
		`--output "table": write text or json`:                                               {"--output", "table"},
		"--run \"(\" is no regular expression: error parsing regexp: missing closing ): `(`": {"--run", "("},
		`--min-coverage 101: write a number of percent from 0 to 100`:                        {"--min-coverage", "101"},
		`--min-coverage -1: write a number of percent from 0 to 100`:                         {"--min-coverage", "-1"},
	} {
		_, _, err := run(append([]string{"test", dir}, args...)...)
		require.ErrorContains(t, err, want)
		require.Equal(t, exit.CodeUsage, exit.Code(err))
	}
	_, _, err := run("test", t.TempDir())
	require.ErrorContains(t, err, "there is no suite in")
	_, _, err = run("test", filepath.Join(dir, "gone"))
	require.ErrorIs(t, err, os.ErrNotExist)
	_, _, err = run("test")
	require.ErrorContains(t, err, "requires at least 1 arg")
}
