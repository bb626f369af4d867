package rule_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router/rule"
)

// manyRules writes rules that share kinds of condition and not one text.
func manyRules(n int) []byte {
	var text strings.Builder
	text.WriteString("rules:\n")
	for i := range n {
		fmt.Fprintf(&text, "  - name: rule-%d\n    mode: auto\n", i)
		switch i % 4 {
		case 0:
			fmt.Fprintf(&text, "    on: [feedback]\n    when: feedback.verdict == NOT_INTERESTING && labels.site == \"site-%d\"\n"+
				"    key: [event.source, feedback.alert_id]\n    count: {at_least: 2, within: 24h, reset: true}\n    cooldown: 6h\n"+
				"    do: [{pause_alert: {source: anodot-prod, alert_id: \"${feedback.alert_id}\", for: 6h}}]\n", i)
		case 1:
			fmt.Fprintf(&text, "    on: [anomaly]\n    when: event.vendor == ANOMIFY && anomaly.score >= 0.%d && anomaly.metric.startsWith(\"app-%d.\")\n"+
				"    key: [labels.site]\n    given: [{on: traffic, where: traffic.measures.invalid_ratio >= 0.3, key: [labels.site], within: 15m}]\n"+
				"    do: [{create_watcher: {source: anomify-prod, name: \"bots %d on ${labels.site}\", chips: [\"${anomaly.metric}\"]}}]\n", i%100, i, i)
		case 2:
			fmt.Fprintf(&text, "    on: [anomaly, feedback]\n    when: event.severity == CRITICAL && event.entity in [\"e-%d\", \"f-%d\"]\n"+
				"    do: [{publish: {subject: critical, fields: {entity: \"${event.entity}\", rule: \"%d\"}}}]\n", i, i, i)
		default:
			fmt.Fprintf(&text, "    on: [traffic]\n    when: traffic.measures.invalid_ratio > 0.%d && event.title.contains(\"campaign %d\")\n"+
				"    unless: labels.env == \"test\"\n    do: [{publish: {subject: traffic}}]\n", i%97+1, i)
		}
	}
	return []byte(text.String())
}

// BenchmarkLoad10k loads ten thousand rules with as many conditions; heap-MB is
// what the set holds.
func BenchmarkLoad10k(b *testing.B) {
	data := manyRules(10_000)
	b.ReportAllocs()
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		set, err := rule.Load([]rule.File{{Name: "rules.yaml", Data: data}}, catalog())
		require.NoError(b, err)
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "heap-MB")
		runtime.KeepAlive(set)
	}
}
