package suite_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router/suite"
)

// root is the top of the repository.
const root = "../../.."

// TestShippedSuites runs every suite of the repository: those of the rules that
// are shipped, which exercise every clause, and those of this package.
func TestShippedSuites(t *testing.T) {
	t.Parallel()
	found := suitesIn(t)
	require.Contains(t, found, filepath.Join(root, "deploy/rules/example_test.yaml"))
	require.Contains(t, found, filepath.Join(root, "services/cli/demo/rules/demo_test.yaml"))
	for _, name := range found {
		t.Run(strings.TrimPrefix(name, root+"/"), func(t *testing.T) {
			t.Parallel()
			result := suite.Run(loadFile(t, name), suite.RunOptions{})
			require.Zero(t, result.Failures(), text(t, result))
			require.Equal(t, 100, result.Coverage.Percent(), coverageText(t, result.Coverage))
		})
	}
}

func suitesIn(t *testing.T) []string {
	t.Helper()
	var found []string
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		name := entry.Name()
		if err == nil && entry.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "failing") {
			return filepath.SkipDir
		}
		if err == nil && strings.HasSuffix(name, "_test.yaml") {
			found = append(found, path)
		}
		return err
	}))
	return found
}

func loadFile(t *testing.T, name string) *suite.Suite {
	t.Helper()
	data, err := os.ReadFile(name)
	require.NoError(t, err)
	s, err := suite.Load(file(name, string(data)), readBeside(name), suite.Options{})
	require.NoError(t, err)
	return s
}

func coverageText(t *testing.T, c suite.Coverage) string {
	t.Helper()
	var out strings.Builder
	require.NoError(t, suite.WriteCoverage(&out, c, suite.TextOptions{}))
	return "\n" + out.String()
}
