package app

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/config"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	"github.com/signalbox-io/signalbox/services/simulator"
	"github.com/signalbox-io/signalbox/services/simulator/anodot"
)

const pushSecret = "0123456789abcdef-to-be-pushed-to"

// TestWebhook_APushBecomesAnEventAndADecision lets the vendor push to a whole
// process: the event is on the stream when the push is answered, and a rule
// decides about it, once however often it is pushed and polled.
func TestWebhook_APushBecomesAnEventAndADecision(t *testing.T) {
	sim := simulator.New(simulator.Options{})
	vendor := httptest.NewServer(sim.Handler())
	t.Cleanup(vendor.Close)
	box, err := New(webhookConfig(t, vendor.URL), AllTargets(), Options{Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	require.NoError(t, box.Start(t.Context()))
	defer func() { require.NoError(t, box.Stop(context.Background())) }()
	conn, err := nats.Connect(box.NATSURL())
	require.NoError(t, err)
	defer conn.Close()
	events, err := conn.SubscribeSync(bus.AllEvents)
	require.NoError(t, err)
	decisions, err := conn.SubscribeSync(bus.AllDecisions)
	require.NoError(t, err)
	require.NoError(t, conn.Flush())

	sim.Anodot.AddWebhook(anodot.Webhook{Name: "signalbox", URL: "http://" + box.HTTPAddr() + "/hooks/anodot/" + pushSecret, Extended: true})
	firing := anodot.Object{
		"id": "t-1", "alertConfigurationId": "6d59552d", "groupId": "d863a79ec48b407a808379facc89df7e", "status": "OPEN",
		"severity": "high", "type": "ANOMALY", "title": "Drop", "timeScale": "5m", "startTime": time.Now().Add(-time.Minute).Unix(),
	}
	sim.Anodot.AddTrigger(firing)
	pushed := push(t, sim, firing)
	require.Contains(t, pushed[0].Body, `"rejected":0`)
	msg, err := events.NextMsgWithContext(patient(t))
	require.NoError(t, err)
	require.Equal(t, "signalbox.event.anomaly.anodot.a.high", msg.Subject)
	decided, err := decisions.NextMsgWithContext(patient(t))
	require.NoError(t, err)
	require.Equal(t, "signalbox.decision.watch.shadow", decided.Subject)
	d, err := bus.DecodeDecision(decided.Header, decided.Data)
	require.NoError(t, err)
	require.Equal(t, decisionv1.Outcome_OUTCOME_SHADOW, d.GetOutcome())

	require.JSONEq(t, `{"published":0,"duplicates":1,"rejected":0}`, push(t, sim, firing)[0].Body)
	firing["status"], firing["endTime"] = "CLOSE", time.Now().Unix()
	require.JSONEq(t, `{"published":1,"duplicates":1,"rejected":0}`, push(t, sim, firing)[0].Body)
}

func push(t *testing.T, sim *simulator.Server, firing anodot.Object) []anodot.Pushed {
	t.Helper()
	pushed, err := sim.Anodot.Push(t.Context(), firing)
	require.NoError(t, err)
	require.Len(t, pushed, 1)
	require.Equal(t, 200, pushed[0].Status, pushed[0].Body)
	return pushed
}

func patient(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// webhookConfig returns a configuration with one account that pushes and is
// polled.
func webhookConfig(t *testing.T, vendor string) config.Config {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "rules.yaml"), []byte(
		"rules:\n  - {name: watch, mode: shadow, on: [anomaly], when: anomaly.phase == OPEN}\n"), 0o600))
	file := strings.ReplaceAll(`
nats: {embedded: {listen: "127.0.0.1:0"}}
grpc: {listen: "127.0.0.1:0"}
http: {listen: "127.0.0.1:0"}
rules: [rules.yaml]
sources:
  - name: a
    anodot:
      base_url: VENDOR/anodot
      refresh_token: {value: "`+simulator.DefaultAnodotRefreshToken+`"}
      triggered_alerts: lean
      webhook: {path_secret: {value: `+pushSecret+`}}
`, "VENDOR", vendor)
	cfg, err := config.Parse(filepath.Join(dir, "signalbox.yaml"), []byte(file), dir, func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	return cfg
}
