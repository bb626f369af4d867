package config_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/config"
)

func TestRuleFiles_PassesOverSuites(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"a.yaml", "a_test.yaml", "b_test.yml"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
	}
	files, err := config.RuleFiles([]string{filepath.Join(dir, "*")})
	require.NoError(t, err)
	require.Equal(t, []string{filepath.Join(dir, "a.yaml")}, files)

	named := filepath.Join(dir, "a_test.yaml")
	files, err = config.RuleFiles([]string{named})
	require.NoError(t, err)
	require.Equal(t, []string{named}, files)
}
