package config_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/cli/config"
	"github.com/signalbox-io/signalbox/services/cli/exit"
)

const (
	good = `rules: [rules.yaml]
sources:
  - name: anodot-prod
    anodot: {base_url: https://app.anodot.com, refresh_token: {env: TOKEN}}
`
	wrong = `sources:
  - name: Anodot
    anodot: {base_url: https://app.anodot.com, refresh_token: {env: OTHER}}
grcp: {}
`
	rules = `rules:
  - name: quiet
    mode: auto
    on: [feedback]
    do:
      - pause_alert: {source: anodot-prod, alert_id: "${feedback.alert_id}", for: 6h}
`
	badRules = `rules:
  - name: quiet
    mode: automatic
    on: [feedback]
    when: feedback.verdict == NOT_INTERESTED
    do:
      - pause_alert: {source: nobody, alert_id: "${feedback.alert_id}", for: 6h}
`
)

// folder returns a folder with these files, by name and content.
func folder(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i+1 < len(files); i += 2 {
		require.NoError(t, os.WriteFile(filepath.Join(dir, files[i]), []byte(files[i+1]), 0o600))
	}
	return dir
}

func run(args ...string) (stdout, stderr string, err error) {
	env := func(name string) (string, bool) { return "hunter2", name == "TOKEN" }
	var out, errOut bytes.Buffer
	command := config.NewCommand(env)
	command.SetArgs(args)
	command.SetOut(&out)
	command.SetErr(&errOut)
	command.SilenceErrors, command.SilenceUsage = true, true
	err = command.Execute()
	return out.String(), errOut.String(), err
}

func TestCheck_GoodFilesAreOK(t *testing.T) {
	t.Parallel()
	file := filepath.Join(folder(t, "signalbox.yaml", good, "rules.yaml", rules), "signalbox.yaml")
	stdout, stderr, err := run("check", "--config", file)
	require.NoError(t, err)
	require.Equal(t, file+": ok: 1 source, 1 rule\n", stdout)
	require.Empty(t, stderr)
}

func TestCheck_TellsEveryProblemOfTheConfiguration(t *testing.T) {
	t.Parallel()
	file := filepath.Join(folder(t, "signalbox.yaml", wrong), "signalbox.yaml")
	for _, name := range []string{"check", "print"} {
		stdout, stderr, err := run(name, "--config", file)
		require.EqualError(t, err, file+" has 3 problems")
		require.Equal(t, exit.CodeFailure, exit.Code(err))
		require.Empty(t, stdout)
		for _, place := range []string{":2:11: sources[0].name: ", ":3:69: sources[0].anodot.refresh_token.env: ", ":4:1: grcp: "} {
			require.Contains(t, stderr, file+place)
		}
	}
}

func TestCheck_TellsEveryFaultOfTheRules(t *testing.T) {
	t.Parallel()
	dir := folder(t, "signalbox.yaml", good, "rules.yaml", badRules)
	file := filepath.Join(dir, "signalbox.yaml")
	stdout, stderr, err := run("check", "--config", file)
	require.EqualError(t, err, "the rules have 3 faults")
	require.Equal(t, exit.CodeFailure, exit.Code(err))
	require.Empty(t, stdout)
	for _, place := range []string{":3:11: ", ":5:31: ", ":7:31: "} {
		require.Contains(t, stderr, filepath.Join(dir, "rules.yaml")+place+"rule quiet: ")
	}
	require.Equal(t, 3, strings.Count(stderr, "^\n"), "a caret for each")
}

// Whoever has no secret yet learns what is wrong with the rules all the same.
func TestCheck_TellsTheRulesFaultsBesideMissingCredentials(t *testing.T) {
	t.Parallel()
	dir := folder(t, "signalbox.yaml", strings.Replace(good, "TOKEN", "OTHER", 1), "rules.yaml", badRules)
	file := filepath.Join(dir, "signalbox.yaml")
	_, stderr, err := run("check", "--config", file)
	require.EqualError(t, err, file+" has 1 problem\nthe rules have 3 faults")
	require.Contains(t, stderr, file+":4:69: sources[0].anodot.refresh_token.env: ")
	require.Contains(t, stderr, filepath.Join(dir, "rules.yaml")+":3:11: rule quiet: ")
}

func TestCheck_CanDoWithoutCredentials(t *testing.T) {
	t.Parallel()
	dir := folder(t, "signalbox.yaml", strings.Replace(good, "TOKEN", "OTHER", 1), "rules.yaml", rules)
	file := filepath.Join(dir, "signalbox.yaml")
	_, _, err := run("check", "--config", file)
	require.EqualError(t, err, file+" has 1 problem")
	stdout, stderr, err := run("check", "--config", file, "--no-credentials")
	require.NoError(t, err)
	require.Equal(t, file+": ok: 1 source, 1 rule\n", stdout)
	require.Empty(t, stderr)

	require.NoError(t, os.WriteFile(filepath.Join(dir, "rules.yaml"), []byte(badRules), 0o600))
	_, _, err = run("check", "--config", file, "--no-credentials")
	require.EqualError(t, err, "the rules have 3 faults")
}

// The files that a user copies are right.
func TestCheck_TheExamplesAreRight(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"trial.yaml", "signalbox.yaml"} {
		file := filepath.Join("../../../deploy", name)
		stdout, stderr, err := run("check", "--no-credentials", "--config", file)
		require.NoError(t, err)
		require.Equal(t, file+": ok: 5 sources, 3 rules\n", stdout)
		require.Empty(t, stderr)
	}
}

func TestCheck_DoubtsAreWarnings(t *testing.T) {
	t.Parallel()
	dir := folder(t, "signalbox.yaml", strings.Replace(good, "rules.yaml", "'*.rules'", 1))
	file := filepath.Join(dir, "signalbox.yaml")
	stdout, stderr, err := run("check", "--config", file)
	require.NoError(t, err)
	require.Equal(t, file+": ok: 1 source, 0 rules\n", stdout)
	require.Contains(t, stderr, file+": warning: no rules file matches ")
}

func TestCheck_SaysWhatToDoWithoutAFile(t *testing.T) {
	t.Parallel()
	_, _, err := run("check", "--config", filepath.Join(t.TempDir(), "none.yaml"))
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "name the file with --config")
	require.Equal(t, exit.CodeFailure, exit.Code(err))
}

func TestPrint_ShowsDefaultsAndNoSecret(t *testing.T) {
	t.Parallel()
	file := filepath.Join(folder(t, "signalbox.yaml", good, "rules.yaml", rules), "signalbox.yaml")
	stdout, _, err := run("print", "--config", file)
	require.NoError(t, err)
	require.Contains(t, stdout, "listen: 127.0.0.1:7420")
	require.Contains(t, stdout, "refresh_token: {value: '[redacted]'}")
	require.NotContains(t, stdout, "hunter2")
}

func TestReference_IsThatOfTheRepository(t *testing.T) {
	t.Parallel()
	stdout, _, err := run("reference")
	require.NoError(t, err)
	want, err := os.ReadFile("../../../deploy/reference.yaml")
	require.NoError(t, err)
	require.Equal(t, string(want), stdout)
}

func TestCommands_OtherWordsAreErrorsOfUsage(t *testing.T) {
	t.Parallel()
	_, _, err := run("chek")
	require.EqualError(t, err, `config: there is no command "chek"; write one of check, print, reference`)
	require.Equal(t, exit.CodeUsage, exit.Code(err))
	_, _, err = run("check", "signalbox.yaml")
	require.Error(t, err)
}
