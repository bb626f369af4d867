package poll_test

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/poll"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	sourcev1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/source/v1"
)

const source = "test-source"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is a clock that stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// record is one record at the vendor.
type record struct {
	id   string
	at   time.Time
	open bool
}

// vendor answers with the records of the window, both ends included.
type vendor struct {
	clock *clock

	mu       sync.Mutex
	records  []record
	rejected []poll.Rejected
	err      error
	hide     string // id of a record that is not returned
	windows  []poll.Window
	panics   bool
	alerts   *poll.Alerts
}

func (v *vendor) add(id string, ago time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.records = append(v.records, record{id: id, at: v.clock.Now().Add(-ago)})
}

func (v *vendor) Fetch(_ context.Context, w poll.Window) (poll.Batch, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.windows = append(v.windows, w)
	if v.panics {
		panic("out of range")
	}
	var batch poll.Batch
	for _, r := range v.records {
		if r.at.Before(w.From) || r.at.After(w.To) || r.id == v.hide {
			continue
		}
		e := newEvent(r.id, r.at)
		batch.Events = append(batch.Events, e)
		if r.open {
			batch.Follow(e.GetId(), r.at)
		}
	}
	batch.Rejected, batch.Alerts = v.rejected, v.alerts
	return batch, v.err
}

func newEvent(nativeID string, at time.Time) *eventv1.Event {
	return &eventv1.Event{
		Id: event.ID(source, nativeID, ""), Source: source, Vendor: eventv1.Vendor_VENDOR_ANOMIFY, NativeId: nativeID,
		OccurredAt: timestamppb.New(at), ObservedAt: timestamppb.New(at), Entity: "metric:m",
		Payload: &eventv1.Event_Anomaly{Anomaly: &eventv1.Anomaly{Metric: "m", Value: 3}},
	}
}

// healthLog remembers what it was told last.
type healthLog struct {
	mu     sync.Mutex
	reason string
}

func (h *healthLog) OK()                { h.Fail("") }
func (h *healthLog) Fail(reason string) { h.mu.Lock(); h.reason = reason; h.mu.Unlock() }

func (h *healthLog) told() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.reason
}

// bench is one poller with everything around it.
type bench struct {
	*poll.Loop
	registry *prometheus.Registry
	health   *healthLog
	logs     *bytes.Buffer
}

func newBench(t *testing.T, b poll.Bus, v *vendor, change ...func(*poll.Config, *poll.Deps)) bench {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	metrics, err := poll.NewMetrics(registry)
	require.NoError(t, err)
	out := bench{registry: registry, health: &healthLog{}, logs: &bytes.Buffer{}}
	cfg := poll.Config{
		Source: source, Vendor: eventv1.Vendor_VENDOR_ANOMIFY,
		Every: time.Minute, LookBack: time.Hour, Overlap: 10 * time.Minute, MaxWindow: 6 * time.Hour,
		BusTimeout: 90 * time.Second, Now: v.clock.Now,
	}
	deps := poll.Deps{
		Bus: b, Logger: slog.New(slog.NewTextHandler(out.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Metrics: metrics, Health: out.health,
	}
	for _, f := range change {
		f(&cfg, &deps)
	}
	out.Loop, err = poll.New(cfg, v, deps)
	require.NoError(t, err)
	return out
}

// metric returns the sum of the counters of that name whose labels hold all of
// the values.
func (b bench) metric(t *testing.T, name string, values ...string) float64 {
	t.Helper()
	families, err := b.registry.Gather()
	require.NoError(t, err)
	sum := 0.0
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			var held []string
			for _, label := range metric.GetLabel() {
				held = append(held, label.GetValue())
			}
			if family.GetName() == name && !slices.ContainsFunc(values, func(v string) bool { return !slices.Contains(held, v) }) {
				sum += metric.GetCounter().GetValue() + metric.GetGauge().GetValue()
			}
		}
	}
	return sum
}

// forgetful makes the stream forget message ids at once, so that only the
// cursor keeps events from being doubled.
func forgetful(t *testing.T, b *bus.Bus) {
	t.Helper()
	stream, err := b.JetStream().Stream(t.Context(), bus.StreamEvents)
	require.NoError(t, err)
	cfg := stream.CachedInfo().Config
	cfg.Duplicates = 100 * time.Millisecond
	_, err = b.JetStream().UpdateStream(t.Context(), cfg)
	require.NoError(t, err)
}

// published returns the native ids on the stream, in its order.
func published(t *testing.T, b *bus.Bus) []string {
	t.Helper()
	ids := []string{}
	for _, msg := range messages(t, b, bus.StreamEvents) {
		e, err := bus.DecodeEvent(msg.Header, msg.Data)
		require.NoError(t, err)
		ids = append(ids, e.GetNativeId())
	}
	return ids
}

func messages(t *testing.T, b *bus.Bus, name string) []*jetstream.RawStreamMsg {
	t.Helper()
	stream, err := b.JetStream().Stream(t.Context(), name)
	require.NoError(t, err)
	var all []*jetstream.RawStreamMsg
	for seq := range stream.CachedInfo().State.LastSeq {
		msg, err := stream.GetMsg(t.Context(), seq+1)
		require.NoError(t, err)
		all = append(all, msg)
	}
	return all
}

func deadReasons(t *testing.T, b *bus.Bus) []string {
	t.Helper()
	reasons := []string{}
	for _, msg := range messages(t, b, bus.StreamDead) {
		reasons = append(reasons, msg.Header.Get(bus.HeaderDeadReason)+" "+string(msg.Data))
	}
	return reasons
}

func storedCursor(t *testing.T, b *bus.Bus) *sourcev1.Cursor {
	t.Helper()
	entry, err := b.Cursors().Get(t.Context(), source)
	require.NoError(t, err)
	cursor := &sourcev1.Cursor{}
	require.NoError(t, proto.Unmarshal(entry.Value(), cursor))
	return cursor
}

func storeCursor(t *testing.T, b *bus.Bus, cursor *sourcev1.Cursor) {
	t.Helper()
	data, err := proto.Marshal(cursor)
	require.NoError(t, err)
	_, err = b.Cursors().Put(t.Context(), source, data)
	require.NoError(t, err)
}

func storedStatus(t *testing.T, b *bus.Bus) *sourcev1.Source {
	t.Helper()
	entry, err := b.Sources().Get(t.Context(), source)
	require.NoError(t, err)
	status := &sourcev1.Source{}
	require.NoError(t, proto.Unmarshal(entry.Value(), status))
	return status
}

func poll1(t *testing.T, l bench) poll.Result {
	t.Helper()
	result, err := l.RunOnce(t.Context())
	require.NoError(t, err)
	return result
}

// spoiler spoils the event of native id `bad`.
type spoiler struct {
	*vendor
	spoil func(*eventv1.Event)
}

func (s spoiler) Fetch(ctx context.Context, w poll.Window) (poll.Batch, error) {
	batch, err := s.vendor.Fetch(ctx, w)
	for _, e := range batch.Events {
		if e.GetNativeId() == "bad" {
			e.Raw = "the vendor's JSON"
			s.spoil(e)
		}
	}
	return batch, err
}

// depsOf returns what a further loop needs, with metrics of its own.
func depsOf(t *testing.T, l bench, b poll.Bus) poll.Deps {
	t.Helper()
	metrics, err := poll.NewMetrics(prometheus.NewPedanticRegistry())
	require.NoError(t, err)
	return poll.Deps{Bus: b, Logger: slog.New(slog.DiscardHandler), Metrics: metrics, Health: l.health}
}

func lastEvent(t *testing.T, b *bus.Bus) *eventv1.Event {
	t.Helper()
	all := messages(t, b, bus.StreamEvents)
	require.NotEmpty(t, all)
	e, err := bus.DecodeEvent(all[len(all)-1].Header, all[len(all)-1].Data)
	require.NoError(t, err)
	return e
}
