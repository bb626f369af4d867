package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
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
