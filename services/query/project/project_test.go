package project_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/health"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/query/project"
	"github.com/signalbox-io/signalbox/services/query/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	patience = 90 * time.Second
	tick     = 10 * time.Millisecond
)

// rig is a read model on a bus and whatever a test wants to know of it.
type rig struct {
	t        *testing.T
	bus      *bus.Bus
	path     string
	store    *store.Store
	health   *health.Registry
	registry *prometheus.Registry
	project  *project.Projector

	mu   sync.Mutex
	told []string
}

func newRig(t *testing.T, b *bus.Bus) *rig {
	t.Helper()
	r := &rig{t: t, bus: b, path: filepath.Join(t.TempDir(), "query.db")}
	r.start()
	t.Cleanup(r.stop)
	return r
}

func (r *rig) start() {
	r.t.Helper()
	r.store = store.New(r.path, slog.New(slog.DiscardHandler))
	require.NoError(r.t, r.store.Open(r.t.Context()))
	r.health, r.registry = health.New(), prometheus.NewRegistry()
	var err error
	r.project, err = project.New(project.Options{
		Bus: r.bus, Store: r.store, Watch: r.watch, Health: r.health.Component("query", health.KindService),
		Registerer: r.registry, Logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(r.t, err)
	require.NoError(r.t, r.project.Start(r.t.Context()))
}

func (r *rig) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(r.t, r.project.Stop(ctx))
	require.NoError(r.t, r.store.Close())
}

func (r *rig) watch(events []*eventv1.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range events {
		r.told = append(r.told, e.GetNativeId())
	}
}

func (r *rig) seen() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.told...)
}

func (r *rig) publish(from, to int) {
	r.t.Helper()
	var events []*eventv1.Event
	for i := from; i < to; i++ {
		events = append(events, newEvent(i))
	}
	bustest.Publish(r.t, r.bus, events...)
}

func (r *rig) rows(table store.Table) []store.Row {
	r.t.Helper()
	rows, err := r.store.Page(r.t.Context(), table, store.Newest(), 10000)
	require.NoError(r.t, err)
	return rows
}

func (r *rig) await(table store.Table, count int) {
	r.t.Helper()
	require.Eventually(r.t, func() bool { return len(r.rows(table)) == count }, patience, tick,
		"%s never had %d rows", table, count)
}

func (r *rig) awaitReady() {
	r.t.Helper()
	require.Eventually(r.t, func() bool { return r.health.Report().Ready }, patience, tick)
}

func (r *rig) checkpoint(stream string) uint64 {
	r.t.Helper()
	c, err := r.store.Checkpoint(r.t.Context(), stream)
	require.NoError(r.t, err)
	return c.Sequence
}

func newEvent(i int) *eventv1.Event {
	native := fmt.Sprintf("n%d", i)
	return &eventv1.Event{
		Id: event.ID("website", native, ""), Source: "website", Vendor: eventv1.Vendor_VENDOR_ANALYTICS, NativeId: native,
		OccurredAt: timestamppb.New(time.Date(2026, 3, 1, 0, 0, i, 0, time.UTC)), Entity: "site:shop",
		Payload: &eventv1.Event_Traffic{Traffic: &eventv1.Traffic{Measures: map[string]float64{"visitors": float64(i)}}},
	}
}

func TestProjector_GoesOnWhereItStoppedAndRebuildsTheSame(t *testing.T) {
	t.Parallel()
	r := newRig(t, bustest.New(t))
	r.publish(0, 700)
	r.await(store.Events, 700)
	r.stop()

	r.publish(700, 1300)
	r.start()
	r.await(store.Events, 1300)
	require.Equal(t, uint64(1300), r.checkpoint(bus.StreamEvents))
	awaitCounter(t, r, "signalbox_query_messages_projected_total", 600) // what was in is not read again
	before := r.rows(store.Events)
	r.stop()

	r.path = filepath.Join(t.TempDir(), "other.db")
	r.start()
	r.await(store.Events, 1300)
	require.Equal(t, before, r.rows(store.Events))
	r.awaitReady()
}

func TestProjector_KeepsTheNewestStateOfActionsAndLeases(t *testing.T) {
	t.Parallel()
	r := newRig(t, bustest.New(t))
	at := func(s int) *timestamppb.Timestamp { return timestamppb.New(time.Unix(int64(s), 0)) }
	d := &decisionv1.Decision{Id: "d1", Rule: "quiet", Outcome: decisionv1.Outcome_OUTCOME_FIRED, Time: at(1)}
	require.NoError(t, r.bus.PublishDecision(t.Context(), d))
	for i, state := range []actionv1.State{
		actionv1.State_STATE_PENDING, actionv1.State_STATE_DONE, actionv1.State_STATE_ATTEMPTING,
	} {
		a := &actionv1.Action{
			Id: "a1", Source: "anodot-prod", Type: "pause_alert", State: state, CreatedAt: at(1),
			UpdatedAt: at([]int{2, 4, 3}[i]),
		}
		require.NoError(t, r.bus.PublishAction(t.Context(), a))
	}
	for i, state := range []actionv1.LeaseState{
		actionv1.LeaseState_LEASE_STATE_ACTIVE, actionv1.LeaseState_LEASE_STATE_ENDED,
	} {
		l := &actionv1.Lease{Id: "l1", Source: "anodot-prod", State: state, TakenAt: at(1), UpdatedAt: at(2 + i)}
		require.NoError(t, r.bus.PublishLease(t.Context(), l))
	}
	require.Eventually(t, func() bool { return r.checkpoint(bus.StreamActions) == 5 }, patience, tick)
	r.await(store.Decisions, 1)

	var action actionv1.Action
	require.Len(t, r.rows(store.Actions), 1)
	require.NoError(t, proto.Unmarshal(r.rows(store.Actions)[0].Data, &action))
	require.Equal(t, actionv1.State_STATE_DONE, action.GetState())
	var lease actionv1.Lease
	require.Len(t, r.rows(store.Leases), 1)
	require.NoError(t, proto.Unmarshal(r.rows(store.Leases)[0].Data, &lease))
	require.Equal(t, actionv1.LeaseState_LEASE_STATE_ENDED, lease.GetState())
}

func TestProjector_CountsAndSkipsWhatItCannotDecode(t *testing.T) {
	t.Parallel()
	r := newRig(t, bustest.New(t))
	r.publish(0, 1)
	for _, subject := range []string{"signalbox.event.traffic.analytics.website.none", "signalbox.event.x.y.z.none"} {
		_, err := r.bus.JetStream().PublishMsg(t.Context(), &nats.Msg{Subject: subject, Data: []byte("no event")})
		require.NoError(t, err)
	}
	r.publish(1, 2)
	r.await(store.Events, 2)
	require.Equal(t, uint64(4), r.checkpoint(bus.StreamEvents))
	awaitCounter(t, r, "signalbox_query_undecodable_messages_total", 2)
	awaitCounter(t, r, "signalbox_query_messages_projected_total", 2)
	r.awaitReady()
}

func TestProjector_StartsAnewOnAStreamThatWasCreatedAgain(t *testing.T) {
	t.Parallel()
	server := bustest.NewServer(t)
	b := bustest.Connect(t, server)
	r := newRig(t, b)
	r.publish(0, 5)
	r.await(store.Events, 5)
	info, err := b.JetStream().Stream(t.Context(), bus.StreamEvents)
	require.NoError(t, err)
	config := info.CachedInfo().Config
	require.NoError(t, b.JetStream().DeleteStream(t.Context(), bus.StreamEvents))
	_, err = b.JetStream().CreateStream(t.Context(), config)
	require.NoError(t, err)

	r.publish(100, 103)
	r.await(store.Events, 3)
	require.Equal(t, uint64(3), r.checkpoint(bus.StreamEvents))
}

func TestProjector_ReadsAgainWhenTheReadModelIsEmptied(t *testing.T) {
	t.Parallel()
	r := newRig(t, bustest.New(t))
	r.publish(0, 5)
	r.await(store.Events, 5)
	require.NoError(t, r.store.Reset(t.Context(), bus.StreamEvents, store.Events))
	r.await(store.Events, 5)
	require.Empty(t, r.seen()[min(5, len(r.seen())):], "nobody is told twice")
}

func TestProjector_SurvivesTheLossOfTheBus(t *testing.T) {
	t.Parallel()
	server := bustest.NewServer(t)
	r := newRig(t, bustest.Connect(t, server))
	r.publish(0, 5)
	r.await(store.Events, 5)
	require.NoError(t, server.Stop(t.Context()))
	require.NoError(t, server.Start(t.Context()))
	require.Eventually(t, func() bool {
		_, err := r.bus.PublishEvents(t.Context(), []*eventv1.Event{newEvent(5)})
		return err == nil
	}, patience, tick)
	r.await(store.Events, 6)
	r.awaitReady()
}

func TestProjector_TellsWatchersOfNewEventsOnce(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	_, err := b.PublishEvents(t.Context(), []*eventv1.Event{newEvent(0), newEvent(1)})
	require.NoError(t, err)
	r := newRig(t, b)
	r.awaitReady()
	require.Empty(t, r.seen(), "what was there before is no news")
	r.publish(2, 4)
	require.Eventually(t, func() bool { return len(r.seen()) == 2 }, patience, tick)
	require.Equal(t, []string{"n2", "n3"}, r.seen())
	require.Len(t, r.rows(store.Events), 4, "what is told can be read")
}

func TestProjector_IsNotReadyWithoutItsStream(t *testing.T) {
	t.Parallel()
	r := newRig(t, bustest.New(t))
	r.awaitReady()
	require.NoError(t, r.bus.JetStream().DeleteStream(t.Context(), bus.StreamDecisions))
	require.Eventually(t, func() bool {
		report := r.health.Report()
		return !report.Ready && strings.Contains(report.Components[0].Reason, bus.StreamDecisions)
	}, patience, tick)
}

// awaitCounter waits until so many messages of the events are counted: that is done
// after they can be read.
func awaitCounter(t *testing.T, r *rig, name string, want int) {
	t.Helper()
	require.Eventually(t, func() bool { return counter(t, r, name, bus.StreamEvents) == want }, patience, tick, "%s is not %d", name, want)
}

func counter(t *testing.T, r *rig, name, stream string) int {
	t.Helper()
	families, err := r.registry.Gather()
	require.NoError(t, err)
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			if family.GetName() == name && metric.GetLabel()[0].GetValue() == stream {
				return int(metric.GetCounter().GetValue())
			}
		}
	}
	return 0
}
