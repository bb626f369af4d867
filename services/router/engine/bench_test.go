package engine_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/services/router/engine"
)

// tenRules are three of each sort that a site writes, and a noisy one.
func tenRules() string {
	var b strings.Builder
	b.WriteString("rules:\n")
	for i := range 3 {
		fmt.Fprintf(&b, `
  - {name: score-%[1]d, mode: shadow, on: [anomaly], when: 'anomaly.score >= 0.%[1]d && labels.site == "site-%[1]d"', key: [labels.site], cooldown: 1h}
  - {name: votes-%[1]d, mode: shadow, on: [feedback], when: feedback.verdict == NOT_INTERESTING, key: [feedback.alert_id], count: {at_least: %[1]d2, within: 24h, reset: true}, cooldown: 6h}
  - name: bots-%[1]d
    mode: shadow
    on: [anomaly]
    when: anomaly.score >= 0.9
    key: [labels.site]
    given: [{on: traffic, where: traffic.measures.invalid_ratio >= 0.3%[1]d, key: [labels.site], within: 15m}]
    cooldown: 1h
`, i)
	}
	b.WriteString("  - {name: all, mode: auto, on: [anomaly, feedback, traffic], when: event.severity == CRITICAL, do: [{publish: {subject: s}}]}\n")
	return b.String()
}

func benchInputs(n int) []engine.Input {
	inputs := make([]engine.Input, 0, n)
	for i := range n {
		id, site := strconv.Itoa(i), fmt.Sprint("site-", i%50)
		ev := anomaly(id, "00:00", label("site", site), score(float64(i%100)/100))
		switch i % 3 {
		case 1:
			ev = feedback(id, "00:00", label("site", site))
			ev.GetFeedback().AlertId = strconv.Itoa(i % 200)
		case 2:
			ev = traffic(id, "00:00", label("site", site), measure("invalid_ratio", float64(i%40)/100))
		}
		now := monday.Add(time.Duration(i) * 100 * time.Millisecond)
		ev.OccurredAt, ev.ObservedAt = timestamppb.New(now), timestamppb.New(now)
		inputs = append(inputs, engine.Input{Event: ev, Sequence: uint64(i), Time: now})
	}
	return inputs
}

func BenchmarkEvent_TenRules(b *testing.B) {
	set := load(b, tenRules())
	inputs := benchInputs(200_000)
	b.ReportAllocs()
	var e *engine.Engine
	decisions, n := 0, 0
	for b.Loop() {
		if n%len(inputs) == 0 {
			e = engine.New(set, hourLate())
		}
		decisions += len(e.Event(inputs[n%len(inputs)]))
		n++
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(decisions)/float64(n), "decisions/event")
}

func BenchmarkSnapshot(b *testing.B) {
	set := load(b, tenRules())
	e := engine.New(set, hourLate())
	feed(e, benchInputs(100_000))
	var snapshot []byte
	for b.Loop() {
		var err error
		snapshot, err = e.Snapshot()
		require.NoError(b, err)
	}
	b.ReportMetric(float64(len(snapshot)), "bytes")
}
