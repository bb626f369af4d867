package demo

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/services/simulator"
)

//go:embed rules/demo.yaml
var rulesFile []byte

// webhookSecret ends the path to which the simulated Anodot pushes. It is as
// public as the other credentials here.
const webhookSecret = "a-secret-of-the-demo"

// configFile is the demo's configuration. The verbs take the simulator's
// address, its credentials and the webhook's secret.
const configFile = `data_dir: ./data
nats: {embedded: {listen: "127.0.0.1:0"}}
grpc: {listen: "127.0.0.1:0"}
http: {listen: "127.0.0.1:0"}
log: {level: warn}
rules: [rules.yaml]
sources:
  - name: anodot-prod
    anodot:
      base_url: http://%[1]s/anodot
      refresh_token: {value: %[2]q}
      webhook: {path_secret: {value: %[7]q}}
    poll: {every: 5s}
  - name: anomify-prod
    anomify: {base_url: "http://%[1]s/anomify", token: {value: %[3]q}}
    poll: {every: 5s}
    labels: {campaign: 'anomaly.metric.split(".")[1]', site: 'anomaly.metric.split(".")[0]'}
  - name: anura-main
    anura:
      base_url: http://%[1]s/anura/v1
      token: {value: %[4]q}
      campaigns: [spring-sale, newsletter]
  - name: reports
    secure_reporter:
      base_url: http://%[1]s/secure-reporter
      token: {value: %[5]q}
      reports:
        - report: bot-traffic
          event:
            kind: traffic
            native_id: row.site + "/" + row.hour
            occurred_at: row.hour
            labels: {site: row.site}
            measures: {requests: row.requests, invalid: row.bots, invalid_ratio: row.bots / row.requests}
    poll: {every: 5s}
  - name: website
    analytics: {base_url: "http://%[1]s/analytics/api/v2", api_key: {value: %[6]q}}
    poll: {every: 5s}
`

// loadConfig writes the demo's files into dir and reads them as serve would.
func loadConfig(dir, simulatorAddress string, env func(string) (string, bool)) (config.Config, error) {
	text := fmt.Sprintf(configFile, simulatorAddress, simulator.DefaultAnodotRefreshToken,
		simulator.DefaultAnomifyToken, simulator.DefaultAnuraToken, simulator.DefaultSecureReporterToken,
		simulator.DefaultAnalyticsKey, webhookSecret)
	path := filepath.Join(dir, "signalbox.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return config.Config{}, fmt.Errorf("write the demo's configuration: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "rules.yaml"), rulesFile, 0o600); err != nil {
		return config.Config{}, fmt.Errorf("write the demo's rules: %w", err)
	}
	return config.Load(path, env)
}
