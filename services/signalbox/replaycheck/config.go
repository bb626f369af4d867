package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/signalbox-io/signalbox/services/signalbox/process"
	"github.com/signalbox-io/signalbox/services/simulator"
)

// rules make the router decide on every verdict without acting.
const rules = `rules:
  - name: disliked
    mode: shadow
    on: [feedback]
    when: feedback.verdict == NOT_INTERESTING
    key: [feedback.alert_id]
    do:
      - pause_alert: {source: anodot-prod, alert_id: "${feedback.alert_id}", for: 1h}
`

// configFile takes the addresses of the bus, of gRPC, of HTTP and of the
// simulator, the credentials, and the sites.
const configFile = `data_dir: ./data
nats: {embedded: {listen: %[1]q}}
grpc: {listen: %[2]q}
http: {listen: %[3]q}
log: {level: info}
rules: [rules.yaml]
sources:
  - name: anodot-prod
    anodot: {base_url: "http://%[4]s/anodot", refresh_token: {value: %[5]q}}
    poll: {every: 5s, look_back: 10m}
  - name: anomify-prod
    anomify: {base_url: "http://%[4]s/anomify", token: {value: %[6]q}}
    poll: {every: 5s, look_back: 10m}
  - name: anura-main
    anura: {base_url: "http://%[4]s/anura/v1", token: {value: %[7]q}, campaigns: [%[10]s]}
  - name: reports
    secure_reporter:
      base_url: http://%[4]s/secure-reporter
      token: {value: %[8]q}
      reports:
        - report: bot-minutes
          event:
            kind: traffic
            native_id: row.id
            occurred_at: row.minute
            labels: {site: row.site}
            measures: {requests: row.requests, invalid: row.bots, invalid_ratio: row.share}
    poll: {every: 5s}
  - name: website
    analytics: {base_url: "http://%[4]s/analytics/api/v2", api_key: {value: %[9]q}}
    poll: {every: 5s}
`

// addresses are where everything listens.
type addresses struct {
	nats, grpc, http, simulator string
}

func freeAddresses(ctx context.Context) (addresses, error) {
	var a addresses
	for _, address := range []*string{&a.nats, &a.grpc, &a.http, &a.simulator} {
		var err error
		if *address, err = process.FreeAddress(ctx); err != nil {
			return a, err
		}
	}
	return a, nil
}

// writeConfig writes the configuration and the rules into dir and returns the
// configuration's path.
func writeConfig(dir string, at addresses, sites []string) (string, error) {
	text := fmt.Sprintf(configFile, at.nats, at.grpc, at.http, at.simulator,
		simulator.DefaultAnodotRefreshToken, simulator.DefaultAnomifyToken, simulator.DefaultAnuraToken,
		simulator.DefaultSecureReporterToken, simulator.DefaultAnalyticsKey, strings.Join(sites, ", "))
	path := filepath.Join(dir, "signalbox.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return "", fmt.Errorf("write the configuration: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "rules.yaml"), []byte(rules), 0o600); err != nil {
		return "", fmt.Errorf("write the rules: %w", err)
	}
	return path, nil
}
