package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/signalbox-io/signalbox/services/signalbox/process"
	"github.com/signalbox-io/signalbox/services/simulator"
)

// rules act often: leases begin and end all the time, watchers come by the dozen.
const rules = `rules:
  - name: disliked
    mode: auto
    on: [feedback]
    when: feedback.verdict == NOT_INTERESTING
    key: [feedback.alert_id]
    count: {at_least: 1, within: 1h}
    cooldown: 20s
    do:
      - pause_alert: {source: anodot-prod, alert_id: "${feedback.alert_id}", for: 15s}
      - publish: {subject: "quiet.${feedback.alert_id}"}
  - name: sure
    mode: auto
    on: [anomaly]
    when: event.vendor == ANOMIFY && anomaly.score >= 0.5
    key: [anomaly.metric]
    given:
      - {on: traffic, key: ["\"\""], within: 1h, absent: true, wait: 5s}
    cooldown: 1m
    limits: [{max: 10, per: 1m}]
    do:
      - create_watcher: {source: anomify-prod, name: "watch ${anomaly.metric}", chips: ["${anomaly.metric}"]}
  - name: flapping
    mode: shadow
    on: [anomaly, traffic]
    key: [event.entity]
    count: {at_least: 3, within: 10m, reset: true}
    cooldown: 5m
    do:
      - publish: {subject: "flapping"}
`

// configFile takes the addresses of gRPC, of HTTP and of the simulator, and the
// credentials.
const configFile = `data_dir: ./data
nats: {embedded: {listen: 127.0.0.1:0}}
grpc: {listen: %[1]q}
http: {listen: %[2]q}
log: {level: warn}
rules: [rules.yaml]
leases: {reconcile_every: 10s}
safety: {max_paused_alerts: 90%%, max_actions_per_hour: 100000}
sources:
  - name: anodot-prod
    anodot: {base_url: "http://%[3]s/anodot", refresh_token: {value: %[4]q}}
    poll: {every: 5s, look_back: 10m}
  - name: anomify-prod
    anomify: {base_url: "http://%[3]s/anomify", token: {value: %[5]q}}
    poll: {every: 5s, look_back: 10m}
  - name: anura-main
    anura: {base_url: "http://%[3]s/anura/v1", token: {value: %[6]q}}
  - name: reports
    secure_reporter:
      base_url: http://%[3]s/secure-reporter
      token: {value: %[7]q}
      reports:
        - report: bot-minutes
          event: {kind: traffic, native_id: row.id, occurred_at: row.minute, measures: {requests: row.requests}}
    poll: {every: 5s}
  - name: website
    analytics: {base_url: "http://%[3]s/analytics/api/v2", api_key: {value: %[8]q}}
    poll: {every: 5s}
`

// box is the two processes.
type box struct {
	http               string
	vendors, signalbox *process.Process
}

// start runs the vendors and Signalbox. The box is to be stopped also where it
// fails.
func (l longrun) start(ctx context.Context, binary, dir string) (*box, error) {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	b := &box{}
	var grpc, simulated string
	for _, address := range []*string{&grpc, &b.http, &simulated} {
		var err error
		if *address, err = process.FreeAddress(ctx); err != nil {
			return b, err
		}
	}
	config := filepath.Join(dir, "signalbox.yaml")
	text := fmt.Sprintf(configFile, grpc, b.http, simulated, simulator.DefaultAnodotRefreshToken,
		simulator.DefaultAnomifyToken, simulator.DefaultAnuraToken, simulator.DefaultSecureReporterToken, simulator.DefaultAnalyticsKey)
	if err := errors.Join(
		os.WriteFile(config, []byte(text), 0o600), os.WriteFile(filepath.Join(dir, "rules.yaml"), []byte(rules), 0o600),
	); err != nil {
		return b, fmt.Errorf("write the configuration: %w", err)
	}
	var err error
	b.vendors, err = process.Start(dir, "simulate", binary, "simulate", "--listen", simulated, "--replay", l.data,
		"--speed", strconv.FormatFloat(l.speed, 'g', -1, 64))
	if err != nil {
		return b, err
	}
	if err := b.vendors.AwaitOK(ctx, answerEvery, "http://"+simulated+"/control/healthz"); err != nil {
		return b, err
	}
	if b.signalbox, err = process.Start(dir, "serve", binary, "serve", "--config", config); err != nil {
		return b, err
	}
	return b, b.signalbox.AwaitOK(ctx, answerEvery, "http://"+b.http+"/readyz")
}

func (b *box) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	var faults []error
	for _, p := range []*process.Process{b.signalbox, b.vendors} {
		if p != nil {
			faults = append(faults, p.Stop(ctx))
		}
	}
	return errors.Join(faults...)
}

// look takes a sample of the process.
func (b *box) look(ctx context.Context) (sample, error) {
	if err := errors.Join(b.signalbox.Check(), b.vendors.Check()); err != nil {
		return sample{}, err
	}
	metrics, err := process.ReadMetrics(ctx, b.http)
	if err != nil {
		return sample{}, err
	}
	return read(metrics, time.Now())
}
