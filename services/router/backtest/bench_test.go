package backtest_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/backtest"
	"github.com/signalbox-io/signalbox/services/router/backtest/eventfile"
	"github.com/signalbox-io/signalbox/services/router/engine"
)

// BenchmarkFile runs a hundred rules over a file of a hundred thousand events,
// from the lines to the summary.
func BenchmarkFile(b *testing.B) {
	const events = 100_000
	file := filepath.Join(b.TempDir(), "events.jsonl")
	writeBench(b, file, events)
	rules := ruleSet(b, hundredRules())
	var decided uint64
	for b.Loop() {
		decided = 0
		for _, r := range benchRun(b, backtest.Options{Rules: rules, Settings: engine.Settings{MaxLateness: time.Hour}}, file).GetRules() {
			for _, n := range r.GetOutcomes() {
				decided += n
			}
		}
	}
	b.ReportMetric(float64(b.N)*events/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(decided)/events, "decisions/event")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkRead reads the lines and does nothing else with them.
func BenchmarkRead(b *testing.B) {
	const events = 100_000
	file := filepath.Join(b.TempDir(), "events.jsonl")
	writeBench(b, file, events)
	for b.Loop() {
		reader, err := eventfile.Open(b.Context(), []string{file}, nil)
		require.NoError(b, err)
		for ok := true; ok; {
			_, ok, err = reader.Next()
			require.NoError(b, err)
		}
		require.NoError(b, reader.Close())
	}
	b.ReportMetric(float64(b.N)*events/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(0, "ns/op")
}

// benchRun runs over a file as the command does.
func benchRun(b *testing.B, opts backtest.Options, file string) *routerv1.BacktestSummary {
	b.Helper()
	reader, err := eventfile.Open(b.Context(), []string{file}, nil)
	require.NoError(b, err)
	run := backtest.New(opts)
	for {
		item, ok, err := reader.Next()
		require.NoError(b, err)
		if !ok {
			break
		}
		require.NoError(b, run.Event(engine.Input{Event: item.Event, Time: item.Arrived}))
	}
	require.NoError(b, run.End())
	require.NoError(b, reader.Close())
	return run.Summary()
}

// writeBench writes anomalies of fifty sites, a second apart.
func writeBench(b *testing.B, name string, events int) {
	b.Helper()
	file, err := os.Create(name)
	require.NoError(b, err)
	out := bufio.NewWriter(file)
	for i := range events {
		at := base.Add(time.Duration(i) * time.Second)
		_, err := fmt.Fprintf(out, `{"id":"event-%[1]d","source":"anomify-prod","vendor":"VENDOR_ANOMIFY","nativeId":"%[1]d",`+
			`"occurredAt":%[2]q,"observedAt":%[3]q,"entity":"metric:site-%[4]d.requests","severity":"SEVERITY_MEDIUM",`+
			`"labels":{"site":"site-%[4]d","tier":"gold"},"title":"site-%[4]d.requests left its range","anomaly":{`+
			`"metric":"site-%[4]d.requests","alertId":"%[4]d","anomalyId":"%[1]d","detector":"detector-%[5]d","score":0.%03[6]d,`+
			`"value":%[1]d,"direction":"DIRECTION_UP","phase":"PHASE_OPEN","startedAt":%[2]q}}`+"\n",
			i, at.Format(time.RFC3339), at.Add(5*time.Second).Format(time.RFC3339), i*31%50, i*13%4, i*7_919%1_000)
		require.NoError(b, err)
	}
	require.NoError(b, out.Flush())
	require.NoError(b, file.Close())
}

// hundredRules are two for each of the sites: one counts, one has a threshold.
func hundredRules() string {
	var text strings.Builder
	text.WriteString("rules:\n")
	for i := range 50 {
		fmt.Fprintf(&text, `
  - name: often-%[1]d
    mode: auto
    on: [anomaly]
    when: labels.site == "site-%[1]d" && anomaly.score >= 0.9
    key: [anomaly.metric]
    count: {at_least: 3, within: 1h}
    cooldown: 1h
    do: [{pause_alert: {source: anodot-prod, alert_id: "${anomaly.alert_id}", for: 1h}}]
  - name: high-%[1]d
    mode: auto
    on: [anomaly]
    when: anomaly.metric == "site-%[1]d.requests" && anomaly.score >= 0.98
    key: [labels.site]
    cooldown: 1h
    do: [{publish: {subject: "high.${labels.site}"}}]
`, i)
	}
	return text.String()
}
