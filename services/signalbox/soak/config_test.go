package soak_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/services/simulator"
)

// Names of the configured sources.
const (
	sourceAnodot    = "anodot"
	sourceAnomify   = "anomify"
	sourceAnura     = "anura"
	sourceReports   = "reports"
	sourceAnalytics = "website"
)

// hookSecret ends the address that Anodot's webhook channels push to.
const hookSecret = "soak-webhook-secret-4f2a9c"

// configFile takes the credentials. The hosts are of no network. Analytics has
// more to read than its budget allows.
const configFile = `data_dir: ./data
rules: []
sources:
  - name: anodot
    anodot:
      base_url: http://127.0.0.1/anodot
      refresh_token: {value: %[1]q}
      triggered_alerts: lean
      webhook: {path_secret: {value: %[6]q}}
      anomalies: true
  - name: anomify
    anomify: {base_url: "http://127.0.0.1/anomify", token: {value: %[2]q}}
  - name: anura
    anura:
      base_url: http://127.0.0.1/anura/v1
      token: {value: %[3]q}
      instances: [all]
      reports: [direct/overview, direct/networks, script/overview, script/browsers]
  - name: reports
    secure_reporter:
      base_url: http://127.0.0.1/secure-reporter
      token: {value: %[4]q}
      reports:
        - report: bots
          event:
            kind: traffic
            native_id: row.id
            occurred_at: row.minute
            measures: {bots: row.bots}
  - name: website
    analytics: {base_url: "http://127.0.0.1/analytics/api/v2", api_key: {value: %[5]q}}
    poll: {every: 20s}
`

// readConfig reads the configuration as `serve` does, into a folder of its own.
func readConfig(t *testing.T, dir string) config.Config {
	t.Helper()
	text := fmt.Sprintf(configFile, simulator.DefaultAnodotRefreshToken, simulator.DefaultAnomifyToken,
		simulator.DefaultAnuraToken, simulator.DefaultSecureReporterToken, simulator.DefaultAnalyticsKey, hookSecret)
	path := filepath.Join(dir, "signalbox.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	cfg, err := config.Load(path, func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	return cfg
}
