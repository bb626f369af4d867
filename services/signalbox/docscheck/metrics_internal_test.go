package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// alerts is what the test reads of deploy/alerts.yaml.
type alerts struct {
	Groups []struct {
		Name  string
		Rules []struct {
			Alert, Expr string
			Annotations map[string]string
		}
	}
}

var metricName = regexp.MustCompile(`\bsignalbox_[a-z_]+[a-z]\b`)

// An alert about a metric that nobody sets never fires.
func TestAlerts_AreAboutMetricsOfTheCode(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../../deploy/alerts.yaml")
	require.NoError(t, err)
	var file alerts
	require.NoError(t, yaml.Unmarshal(data, &file))
	require.Len(t, file.Groups, 1)
	known := metricsOfTheCode(t)
	page := readPage(t)
	for _, rule := range file.Groups[0].Rules {
		names := metricName.FindAllString(rule.Expr, -1)
		require.NotEmpty(t, names, rule.Alert)
		require.NotEmpty(t, rule.Annotations["summary"], rule.Alert)
		for _, name := range names {
			require.Contains(t, known, name)
			require.Contains(t, page, "| `"+rule.Alert+"` | `"+name+"` |", "docs/operations.md says what to do")
		}
	}
}

func TestOperations_NamesMetricsOfTheCode(t *testing.T) {
	t.Parallel()
	known := metricsOfTheCode(t)
	names := metricName.FindAllString(readPage(t), -1)
	require.NotEmpty(t, names)
	for _, name := range names {
		require.Contains(t, known, name)
	}
}

func readPage(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("../../../docs/operations.md")
	require.NoError(t, err)
	return string(data)
}

var (
	quotedMetric = regexp.MustCompile(`"(signalbox_[a-z_]+[a-z])"`)
	// routerMetric is a metric of the router, whose prefix is written once.
	routerMetric = regexp.MustCompile(`(?:\bb\.(?:counters?|gauge|numbers|histogram)\(|prefix \+ )"([a-z_]+)"`)
)

// metricsOfTheCode returns the names that the services register.
func metricsOfTheCode(t *testing.T) map[string]bool {
	t.Helper()
	known := map[string]bool{}
	for _, root := range []string{"../../../pkg", "../../router", "../../query", "../../poller", "../../adapter", "../../app"} {
		require.NoError(t, filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, found := range quotedMetric.FindAllStringSubmatch(string(data), -1) {
				known[found[1]] = true
			}
			if strings.HasSuffix(path, "router/metrics.go") {
				for _, found := range routerMetric.FindAllStringSubmatch(string(data), -1) {
					known["signalbox_router_"+found[1]] = true
				}
			}
			return nil
		}))
	}
	require.Greater(t, len(known), 20)
	return known
}
