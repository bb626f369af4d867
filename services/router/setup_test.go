package router_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/busserver"
	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/health"
	"github.com/signalbox-io/signalbox/pkg/rpc/rpctest"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router"
)

const (
	patience = 120 * time.Second
	tick     = 10 * time.Millisecond
	// callTime is how long after a crash an effect may still happen. Calls themselves
	// have more time: a busy machine is no vendor that hangs.
	callTime = 200 * time.Millisecond
)

// demoRules hold what the stories of the tests need: a count, a cause that is
// waited for, a rule in shadow.
const demoRules = `
rules:
  - name: quiet
    mode: auto
    on: [feedback]
    when: feedback.verdict == NOT_INTERESTING
    key: [feedback.alert_id]
    count: {at_least: 2, within: 24h, reset: true}
    cooldown: 6h
    do:
      - pause_alert: {source: anodot-prod, alert_id: "${feedback.alert_id}", for: 6h}
  - name: watch
    mode: auto
    on: [anomaly]
    key: [event.entity]
    given:
      - {on: traffic, key: [event.entity], within: 15m, wait: 50ms}
    do:
      - create_watcher: {source: anomify-prod, name: "bots on ${event.entity}", chips: ["${anomaly.metric}"]}
      - publish: {subject: "bots.${event.entity}"}
  - name: would
    mode: shadow
    on: [feedback]
    key: [feedback.alert_id]
    cooldown: 6h
    do:
      - pause_alert: {source: anodot-prod, alert_id: "${feedback.alert_id}", for: 1h}
`

// rig is the bus and the vendors, which outlive the processes under test.
type rig struct {
	t      *testing.T
	server *busserver.Server
	bus    *bus.Bus
	vendor *vendor
	dialer *rpctest.Dialer
	config config.Config
	base   time.Time
	// watch is the time between two looks at the rules files.
	watch time.Duration
	// flush is how long a stop waits for what was decided to be stored.
	flush time.Duration

	mu     sync.Mutex
	read   map[string]*contents // by stream
	stands map[string]string    // in the ledger when it was at a place
	place  uint64
}

// contents are what was read of a stream. Who waits looks often.
type contents struct {
	created  time.Time
	messages []*jetstream.RawStreamMsg
}

func newRig(t *testing.T, rules string) *rig {
	t.Helper()
	r := &rig{
		t: t, server: bustest.NewServer(t), vendor: newVendor(t),
		dialer: rpctest.NewDialer(t), base: time.Now().Truncate(time.Second), watch: time.Hour, flush: patience, read: map[string]*contents{},
	}
	r.bus = bustest.Connect(t, r.server)
	path := filepath.Join(t.TempDir(), "rules.yaml")
	require.NoError(t, os.WriteFile(path, []byte(rules), 0o600))
	r.config = config.Config{
		Rules: []string{path}, Engine: config.Engine{MaxLateness: time.Hour},
		Notify: config.Notify{SubjectPrefix: "signalbox.notify"}, Leases: config.Leases{ReconcileEvery: time.Minute},
		Sources: []config.Source{
			{Name: "anodot-prod", Vendor: eventv1.Vendor_VENDOR_ANODOT, Adapter: r.vendor.addr, Timeout: callTime},
			{Name: "anomify-prod", Vendor: eventv1.Vendor_VENDOR_ANOMIFY, Adapter: r.vendor.addr, Timeout: callTime},
		},
	}
	return r
}

// process is one life of the router.
type process struct {
	*router.Router
	t        *testing.T
	health   *health.Registry
	registry *prometheus.Registry
}

// start starts a router on the bus, which is the rig's own or one that fails.
// It is killed when the test ends.
func (r *rig) start(on router.Bus) *process {
	r.t.Helper()
	p := &process{t: r.t, health: health.New(), registry: prometheus.NewPedanticRegistry()}
	rules, err := router.LoadRules(r.config)
	require.NoError(r.t, err)
	opts := r.options(on)
	opts.Registerer, opts.Health = p.registry, p.health.Component("router", health.KindService)
	p.Router, err = router.New(opts, rules)
	require.NoError(r.t, err)
	require.NoError(r.t, p.Start(r.t.Context()))
	r.t.Cleanup(p.kill)
	return p
}

func (r *rig) options(on router.Bus) router.Options {
	return router.Options{
		Config: r.config, Bus: on, Dialer: r.dialer, Registerer: prometheus.NewRegistry(),
		Health: health.New().Component("router", health.KindService), Logger: slog.New(slog.DiscardHandler),
		WatchRules: r.watch, FlushTime: r.flush,
	}
}

// kill ends the process as it stands: nothing more is written.
func (p *process) kill() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_ = p.Stop(ctx) // says that it was cut off
}

func (p *process) stop() {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(p.t, p.Stop(ctx))
}

func (p *process) awaitReady() {
	p.t.Helper()
	until(p.t, "the router is ready", func() bool { return p.health.Report().Ready })
}

// value returns a metric with the given label values, 0 if there is none.
func (p *process) value(name string, labels ...string) float64 {
	families, err := p.registry.Gather()
	require.NoError(p.t, err)
	for _, family := range families {
		if family.GetName() != "signalbox_router_"+name {
			continue
		}
		for _, metric := range family.GetMetric() {
			var have []string
			for _, pair := range metric.GetLabel() {
				have = append(have, pair.GetValue())
			}
			if strings.Join(have, " ") == strings.Join(labels, " ") {
				return metric.GetCounter().GetValue() + metric.GetGauge().GetValue()
			}
		}
	}
	return 0
}

func until(t *testing.T, what string, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, patience, tick, what)
}

// newEvent returns an event whose id is its native id.
func (r *rig) newEvent(nativeID, entity string, second int) *eventv1.Event {
	at := timestamppb.New(r.base.Add(time.Duration(second) * time.Second))
	return &eventv1.Event{
		Id: event.ID("anodot-prod", nativeID, ""), Source: "anodot-prod", Vendor: eventv1.Vendor_VENDOR_ANODOT,
		NativeId: nativeID, OccurredAt: at, ObservedAt: at, Entity: entity,
	}
}

func (r *rig) feedback(nativeID, alert string, second int) *eventv1.Event {
	e := r.newEvent(nativeID, "alert:"+alert, second)
	e.Payload = &eventv1.Event_Feedback{Feedback: &eventv1.Feedback{
		Verdict: eventv1.Verdict_VERDICT_NOT_INTERESTING, AlertId: alert,
	}}
	return e
}

func (r *rig) anomaly(nativeID, site string, second int) *eventv1.Event {
	e := r.newEvent(nativeID, site, second)
	e.Payload = &eventv1.Event_Anomaly{Anomaly: &eventv1.Anomaly{Metric: site + ".visitors", Score: 1}}
	return e
}

func (r *rig) traffic(nativeID, site string, second int) *eventv1.Event {
	e := r.newEvent(nativeID, site, second)
	e.Payload = &eventv1.Event_Traffic{Traffic: &eventv1.Traffic{Measures: map[string]float64{"requests": 1}}}
	return e
}

func (r *rig) publish(events ...*eventv1.Event) {
	r.t.Helper()
	bustest.Publish(r.t, r.bus, events...)
}

// messages returns what is on the stream below a prefix.
func (r *rig) messages(stream, prefix string) []*jetstream.RawStreamMsg {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	s, err := r.bus.JetStream().Stream(r.t.Context(), stream)
	require.NoError(r.t, err)
	read := r.read[stream]
	if read == nil || !read.created.Equal(s.CachedInfo().Created) {
		read = &contents{created: s.CachedInfo().Created}
		r.read[stream] = read
	}
	for seq := uint64(len(read.messages)) + 1; seq <= s.CachedInfo().State.LastSeq; seq++ {
		msg, err := s.GetMsg(r.t.Context(), seq)
		require.NoError(r.t, err)
		read.messages = append(read.messages, msg)
	}
	var messages []*jetstream.RawStreamMsg
	for _, msg := range read.messages {
		if strings.HasPrefix(msg.Subject, prefix) {
			messages = append(messages, msg)
		}
	}
	return messages
}

// decisions returns each decision on the stream, whole, in the stream's order.
func (r *rig) decisions() []string {
	r.t.Helper()
	all := []string{}
	for _, msg := range r.messages(bus.StreamDecisions, "") {
		d, err := bus.DecodeDecision(msg.Header, msg.Data)
		require.NoError(r.t, err)
		require.Equal(r.t, d.GetId(), msg.Header.Get(nats.MsgIdHdr))
		all = append(all, canonical(r.t, d))
	}
	return all
}

// canonical writes a message without what protojson varies on purpose.
func canonical(t *testing.T, m proto.Message) string {
	t.Helper()
	data, err := protojson.Marshal(m)
	require.NoError(t, err)
	return strings.ReplaceAll(string(data), " ", "")
}

// allDecisions returns each decision on the stream.
func (r *rig) allDecisions() []*decisionv1.Decision {
	r.t.Helper()
	var all []*decisionv1.Decision
	for _, msg := range r.messages(bus.StreamDecisions, "") {
		d, err := bus.DecodeDecision(msg.Header, msg.Data)
		require.NoError(r.t, err)
		all = append(all, d)
	}
	return all
}

// brief returns rule, outcome and event of each decision.
func (r *rig) brief() []string {
	r.t.Helper()
	all := []string{}
	for _, msg := range r.messages(bus.StreamDecisions, "") {
		d, err := bus.DecodeDecision(msg.Header, msg.Data)
		require.NoError(r.t, err)
		all = append(all, fmt.Sprintf("%s %s %d", d.GetRule(), strings.TrimPrefix(d.GetOutcome().String(), "OUTCOME_"), d.GetSequence()))
	}
	return all
}

// ledgerMark is the key of what is no action.
const ledgerMark = "published-up-to"

// ledger returns type, target and state of each action in the ledger.
func (r *rig) ledger() map[string]string {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	s, err := r.bus.JetStream().Stream(r.t.Context(), "KV_"+bus.BucketLedger)
	require.NoError(r.t, err)
	place := s.CachedInfo().State.LastSeq
	if r.stands != nil && r.place == place {
		return r.stands
	}
	states := map[string]string{}
	lister, err := r.bus.Ledger().ListKeys(r.t.Context())
	require.NoError(r.t, err)
	for key := range lister.Keys() {
		if key == ledgerMark {
			continue
		}
		entry, err := r.bus.Ledger().Get(r.t.Context(), key)
		require.NoError(r.t, err)
		a := &actionv1.Action{}
		require.NoError(r.t, proto.Unmarshal(entry.Value(), a))
		states[a.GetType()+" "+a.GetTarget()] = a.GetState().String()
	}
	r.stands, r.place = states, place
	return states
}
