package rules_test

import (
	"bytes"
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
	env := func(name string) (string, bool) { return "hunter2", name == "TOKEN" }
	var out, errOut bytes.Buffer
	command := rules.NewCommand(env)
	command.SetArgs(args)
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
	require.Empty(t, stderr)

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
	require.ErrorContains(t, err, dir+": is a directory")
	require.Equal(t, exit.CodeFailure, exit.Code(err))
}

func TestLint_WantsAFile(t *testing.T) {
	t.Parallel()
	_, _, err := run("lint")
	require.ErrorContains(t, err, "requires at least 1 arg")
	_, _, err = run("lnt")
	require.Equal(t, exit.CodeUsage, exit.Code(err))
}
