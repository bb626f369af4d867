package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/config"
)

func TestReadLines_TakesCommandsOnly(t *testing.T) {
	t.Parallel()
	page := filepath.Join(t.TempDir(), "page.md")
	require.NoError(t, os.WriteFile(page, []byte("# Page\n```sh\nmake demo   # watch\n\n# a comment\nsignalbox events tail\n```\n```yaml\na: b\n```\n"), 0o600))

	lines, err := readLines(page)
	require.NoError(t, err)
	require.Equal(t, []line{{page, 3, "make demo   # watch"}, {page, 6, "signalbox events tail"}}, lines)

	target, ok := lines[0].isMake()
	require.True(t, ok)
	require.Equal(t, "demo", target)
	require.False(t, lines[0].endless())
	require.True(t, lines[1].endless())
}

// Every page has its commands where docscheck finds them.
func TestPages_HoldCommands(t *testing.T) {
	t.Parallel()
	lines, err := readAll("../../..")
	require.NoError(t, err)
	require.Greater(t, len(lines), 20)
}

func TestTargets_AreThoseOfTheMakefile(t *testing.T) {
	t.Parallel()
	targets, err := makeTargets("../../../Makefile")
	require.NoError(t, err)
	require.Contains(t, targets, "demo")
	require.Contains(t, targets, "compose-up")
	require.NotContains(t, targets, "bin/grpcurl")
}

func TestEndless_TellsServersFromQuestions(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"bin/signalbox simulate   # the vendors":               true,
		"bin/signalbox serve --config deploy/trial.yaml   # x": true,
		"signalbox decisions list":                             false,
	} {
		require.Equal(t, want, line{text: text}.endless(), text)
	}
}

// What a line serves is a copy that takes no port of the machine and calls no
// vendor but the instance's, with the rules that it names beside it.
func TestCopyDeploy_TakesFreePortsAndItsOwnVendors(t *testing.T) {
	t.Parallel()
	i := &instance{simulator: "127.0.0.1:4711", deploy: filepath.Join(t.TempDir(), "deploy")}
	require.NoError(t, i.copyDeploy("../../.."))

	path, ok := strings.CutPrefix(i.adapt("bin/signalbox serve --config deploy/trial.yaml"), "signalbox serve --config ")
	require.True(t, ok)
	cfg, err := config.Load(path, func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	require.Empty(t, cfg.Warnings)
	for _, address := range []string{cfg.GRPC.Address, cfg.HTTP.Address, cfg.NATS.Listen} {
		require.Equal(t, "127.0.0.1:0", address)
	}
	for _, source := range cfg.Sources {
		require.Contains(t, source.BaseURL, "http://127.0.0.1:4711/")
	}
	require.Equal(t, []string{filepath.Join(i.deploy, "rules", "example.yaml")}, cfg.Rules)
}
