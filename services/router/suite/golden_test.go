package suite_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router/suite"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata/golden", name)
	if *update {
		require.NoError(t, os.WriteFile(path, got, 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

func TestReports(t *testing.T) {
	t.Parallel()
	s := loadFile(t, "testdata/failing/differs_test.yaml")
	results := []suite.Result{suite.Run(s, suite.RunOptions{})}
	require.Equal(t, 4, results[0].Failures())
	coverage := suite.Merge(results[0].Coverage)
	marked := suite.TextOptions{Verbose: true, Paint: func(role suite.Role, line string) string {
		return string("PGBF"[role]) + " " + line
	}}
	for name, write := range map[string]func(out *bytes.Buffer) error{
		"differs.txt":          func(out *bytes.Buffer) error { return suite.WriteText(out, results, suite.TextOptions{}) },
		"differs.verbose.txt":  func(out *bytes.Buffer) error { return suite.WriteText(out, results, marked) },
		"differs.json":         func(out *bytes.Buffer) error { return suite.WriteJSON(out, results) },
		"differs.xml":          func(out *bytes.Buffer) error { return suite.WriteJUnit(out, results) },
		"coverage.txt":         func(out *bytes.Buffer) error { return suite.WriteCoverage(out, coverage, suite.TextOptions{}) },
		"coverage.verbose.txt": func(out *bytes.Buffer) error { return suite.WriteCoverage(out, coverage, marked) },
		"coverage.json":        func(out *bytes.Buffer) error { return suite.WriteCoverageJSON(out, coverage) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			require.NoError(t, write(&out))
			golden(t, name, out.Bytes())
		})
	}
}
