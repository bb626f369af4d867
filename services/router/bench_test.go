package router_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/health"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router"
)

// benchEvents is how many events are on the stream.
const benchEvents = 400_000

// BenchmarkRouter reads a stream with a bare ordered consumer of the client and
// decides the same stream by rules, one after the other, and reports the rates,
// their ratio, and what a million events cost: the whole process, the server
// included, and what of that is beyond the bare consumer's. One event in a hundred
// makes a rule fire, in shadow: what an action costs is another matter.
func BenchmarkRouter(b *testing.B) {
	for _, rules := range []int{10, 10_000} {
		b.Run(fmt.Sprintf("rules=%d", rules), func(b *testing.B) { benchRouter(b, rules) })
	}
}

func benchRouter(b *testing.B, count int) {
	b.Helper()
	dir := b.TempDir()
	cfg := config.Config{
		Rules: []string{filepath.Join(dir, "rules.yaml")}, Engine: config.Engine{MaxLateness: time.Hour},
		Notify: config.Notify{SubjectPrefix: "signalbox.notify"},
	}
	require.NoError(b, os.WriteFile(cfg.Rules[0], []byte(benchRules(count)), 0o600))
	eventBus := bustest.New(b)
	fill(b, eventBus)
	rules, err := router.LoadRules(cfg)
	require.NoError(b, err)
	var bare, decided cost
	for b.Loop() {
		bare.add(func() { readBare(b, eventBus) })
		decided.add(func() { decideAll(b, eventBus, cfg, rules) })
	}
	events := float64(b.N * benchEvents)
	b.ReportMetric(events/bare.wall.Seconds(), "bare/s")
	b.ReportMetric(events/decided.wall.Seconds(), "decided/s")
	b.ReportMetric(bare.wall.Seconds()/decided.wall.Seconds(), "ratio")
	b.ReportMetric(bare.cpu.Seconds()/decided.cpu.Seconds(), "cpu-ratio")
	b.ReportMetric(decided.cpu.Seconds()/events*1e6, "cpu-s/million")
	b.ReportMetric((decided.cpu-bare.cpu).Seconds()/events*1e6, "beyond-bare-cpu-s/million")
	b.ReportMetric(0, "ns/op")
}

// cost is what something took, server included: it runs in this process. On a
// busy machine the processor time says more than the clock.
type cost struct{ wall, cpu time.Duration }

func (c *cost) add(f func()) {
	began, used := time.Now(), processorTime()
	f()
	c.wall += time.Since(began)
	c.cpu += processorTime() - used
}

func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// benchRules are so many rules on traffic; the first ten may fire.
func benchRules(count int) string {
	var text strings.Builder
	text.WriteString("rules:\n")
	for i := range count {
		fmt.Fprintf(&text, `
  - name: rule-%d
    mode: shadow
    on: [traffic]
    when: traffic.measures.invalid_ratio >= 0.9 && labels.site == "site-%d"
    key: [labels.site]
    cooldown: 1s
    do: [{publish: {subject: "bots.${labels.site}"}}]
`, i, i)
	}
	return text.String()
}

func fill(b *testing.B, eventBus *bus.Bus) {
	b.Helper()
	now := time.Now()
	var events []*eventv1.Event
	for i := range benchEvents {
		ratio := 0.1
		if i%50 == 0 {
			ratio = 0.95
		}
		native := fmt.Sprintf("n%d", i)
		at := timestamppb.New(now.Add(time.Duration(i) * time.Millisecond))
		events = append(events, &eventv1.Event{
			Id: event.ID("website", native, ""), Source: "website", Vendor: eventv1.Vendor_VENDOR_ANALYTICS,
			NativeId: native, OccurredAt: at, ObservedAt: at, Entity: "site:shop", Title: "Traffic of a site",
			Labels: map[string]string{"site": fmt.Sprintf("site-%d", i/50%20)},
			Payload: &eventv1.Event_Traffic{Traffic: &eventv1.Traffic{Measures: map[string]float64{
				"requests": float64(i), "invalid": 3, "invalid_ratio": ratio,
			}}},
		})
		if len(events) == 1000 {
			_, err := eventBus.PublishEvents(b.Context(), events)
			require.NoError(b, err)
			events = events[:0]
		}
	}
}

// readBare does what a bare consumer of the client does, and nothing else.
func readBare(b *testing.B, eventBus *bus.Bus) {
	b.Helper()
	consumer, err := eventBus.JetStream().OrderedConsumer(b.Context(), bus.StreamEvents, jetstream.OrderedConsumerConfig{})
	require.NoError(b, err)
	all, count := make(chan struct{}), 0
	consuming, err := consumer.Consume(func(jetstream.Msg) {
		if count++; count == benchEvents {
			close(all)
		}
	})
	require.NoError(b, err)
	<-all
	consuming.Stop()
	<-consuming.Closed()
}

// decideAll decides the whole stream by a router without a snapshot.
func decideAll(b *testing.B, eventBus *bus.Bus, cfg config.Config, rules *router.Rules) {
	b.Helper()
	_ = eventBus.Snapshots().Delete(b.Context(), "router")
	registry := health.New()
	r, err := router.New(router.Options{
		Config: cfg, Bus: eventBus, Dialer: rpc.NewDialer(slog.New(slog.DiscardHandler)),
		Health: registry.Component("router", health.KindService), Registerer: prometheus.NewRegistry(),
		Logger: slog.New(slog.DiscardHandler),
	}, rules)
	require.NoError(b, err)
	require.NoError(b, r.Start(b.Context()))
	for changed := registry.Changed(); !registry.Report().Ready; changed = registry.Changed() {
		<-changed
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(b, r.Stop(ctx))
}
