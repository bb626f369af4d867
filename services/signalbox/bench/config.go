package main

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/signalbox-io/signalbox/services/simulator"
)

//go:embed rules/ten.yaml
var tenRules []byte

//go:embed rules/pause.yaml
var pauseRules []byte

// manyRules are ten thousand rules in shadow mode: one for each metric and
// detector that events of the benchmark might have, and others. One event in a
// hundred meets the one of its own.
func manyRules() []byte {
	var text strings.Builder
	text.WriteString("rules:\n")
	for i := range 10_000 {
		fmt.Fprintf(&text, `
  - name: metric-%[1]d
    mode: shadow
    on: [anomaly]
    when: anomaly.metric == "site-%[2]d.requests.m%[3]d" && anomaly.detector == "detector-%[4]d" && anomaly.score >= 0.99
    key: [labels.site]
    do: [{publish: {subject: "sure.${labels.site}"}}]
`, i, i%50, i/50%40, i/2000)
	}
	return []byte(text.String())
}

// wholeConfig is a process with everything in it.
func (l *lab) wholeConfig() string {
	return l.config(fmt.Sprintf("{embedded: {listen: %q}}", l.nats)) + fmt.Sprintf(`  - name: anura-main
    anura: {base_url: "http://%[1]s/anura/v1", token: {value: %[2]q}}
  - name: reports
    secure_reporter:
      base_url: http://%[1]s/secure-reporter
      token: {value: %[3]q}
      reports:
        - report: bot-minutes
          event: {kind: traffic, native_id: row.id, occurred_at: row.minute, measures: {requests: row.requests}}
  - name: website
    analytics: {base_url: "http://%[1]s/analytics/api/v2", api_key: {value: %[4]q}}
`, l.simulator, simulator.DefaultAnuraToken, simulator.DefaultSecureReporterToken, simulator.DefaultAnalyticsKey)
}

// partConfig is a process that meets others at the lab's NATS server.
func (l *lab) partConfig() string {
	return l.config(fmt.Sprintf(`{url: "nats://%s"}`, l.nats))
}

func (l *lab) config(nats string) string {
	return fmt.Sprintf(`data_dir: ./data
nats: %s
grpc: {listen: %q}
http: {listen: %q}
log: {level: warn}
rules: [rules.yaml]
leases: {reconcile_every: 1h}
safety: {max_paused_alerts: "1000", max_actions_per_hour: 1000} # nobody reads how many alerts there are
sources:
  - name: anodot-prod
    anodot: {base_url: "http://%[4]s/anodot", refresh_token: {value: %[5]q}}
  - name: anomify-prod
    anomify: {base_url: "http://%[4]s/anomify", token: {value: %[6]q}}
`, nats, l.grpc, l.http, l.simulator, simulator.DefaultAnodotRefreshToken, simulator.DefaultAnomifyToken)
}
