package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/signalbox-io/signalbox/services/simulator"
)

// configValues are what the two processes' configurations differ in.
type configValues struct {
	nats                []string
	replicas            int
	grpc, http, vendors string
	reconcile           time.Duration
	// adapter is where the adapters are, "" in their own process.
	adapter string
}

// neverTitle begins the titles of alerts that are never touched.
const neverTitle = "never "

// configFile is a configuration. Calls give up after two seconds, so that what
// hangs is found out within a story.
func configFile(v configValues) string {
	adapter := ""
	if v.adapter != "" {
		adapter = "\n    adapter: " + v.adapter
	}
	return fmt.Sprintf(`data_dir: ./data
nats: {url: %q, replicas: %d}
grpc: {listen: %q}
http: {listen: %q}
log: {level: info}
rules: [rules.yaml]
leases: {reconcile_every: %s}
safety: {max_paused_alerts: 100000, max_actions_per_hour: 100000, never: {titles: ["never *"]}}
sources:
  - name: anodot-prod
    anodot: {base_url: "http://%[6]s/anodot", refresh_token: {value: %[7]q}}
    http_client: {timeout: 2s}%[8]s
  - name: anomify-prod
    anomify: {base_url: "http://%[6]s/anomify", token: {value: %[9]q}}
    http_client: {timeout: 2s}%[8]s
`, strings.Join(v.nats, ","), max(1, v.replicas), v.grpc, v.http, v.reconcile, v.vendors,
		simulator.DefaultAnodotRefreshToken, adapter, simulator.DefaultAnomifyToken)
}
