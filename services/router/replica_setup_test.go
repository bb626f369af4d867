package router_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/health"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router"
)

// takeOverAfter is how long a claim of the tests is good, and shortly where many are
// left behind. A busy machine may make it run out at any time, which must not show in
// what is decided and done.
const (
	takeOverAfter = 8 * time.Second
	shortly       = 2 * time.Second
)

// replica is one life of one of several routers.
type replica struct {
	*router.Replica
	process
	routerv1.RouterServiceClient

	ended atomic.Bool
}

// replica starts one of several routers on the bus, with what change makes of its
// options. It is killed when the test ends.
func (r *rig) replica(on router.Bus, change ...func(*router.Options)) *replica {
	r.t.Helper()
	p := &replica{process: process{t: r.t, health: health.New(), registry: prometheus.NewPedanticRegistry()}}
	rules, err := router.LoadRules(r.config)
	require.NoError(r.t, err)
	opts := r.options(on)
	opts.Registerer, opts.Health = p.registry, p.health.Component("router", health.KindService)
	opts.TakeOverAfter = takeOverAfter
	listener, err := (&net.ListenConfig{}).Listen(r.t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(r.t, err)
	opts.Address = listener.Addr().String()
	for _, f := range change {
		f(&opts)
	}
	p.Replica, err = router.NewReplica(opts, rules)
	require.NoError(r.t, err)
	p.serve(listener)
	require.NoError(r.t, p.Start(r.t.Context()))
	r.t.Cleanup(p.kill)
	return p
}

// serve serves the replica's calls, also after its end.
func (p *replica) serve(listener net.Listener) {
	server := grpc.NewServer()
	router.NewReplicaServer(p.Replica).Register(server)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(p.t, err)
	p.RouterServiceClient = routerv1.NewRouterServiceClient(conn)
	p.t.Cleanup(func() {
		require.NoError(p.t, conn.Close())
		server.Stop()
		require.NoError(p.t, <-served)
	})
}

// kill ends the replica as it stands: nothing more is written, and the claim is not
// given back.
func (p *replica) kill() {
	p.ended.Store(true)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_ = p.Stop(ctx) // says that it was cut off
	wait, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	require.NoError(p.t, p.Stop(wait))
}

// stop ends the replica in order.
func (p *replica) stop() {
	p.t.Helper()
	p.ended.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(p.t, p.Stop(ctx))
}

func (p *replica) status() *routerv1.GetStatusResponse {
	p.t.Helper()
	status, err := p.GetStatus(p.t.Context(), &routerv1.GetStatusRequest{})
	require.NoError(p.t, err)
	return status
}

// awaitEnd waits until the replica knows that another one has taken over since it
// decided in that epoch.
func (p *replica) awaitEnd(epoch float64) {
	p.t.Helper()
	until(p.t, "the one that was frozen knows it", func() bool {
		return float64(p.status().GetReplica().GetEpoch()) != epoch && p.health.Report().Ready
	})
}

func (p *replica) isActive() bool {
	return !p.ended.Load() && p.value("active") == 1
}

// fleet are the routers on a bus.
type fleet []*replica

func (f fleet) active() *replica {
	for _, p := range f {
		if p.isActive() {
			return p
		}
	}
	return nil
}

// awaitActive returns the one that decides.
func (f fleet) awaitActive(t *testing.T) (active *replica) {
	t.Helper()
	until(t, "one of the routers decides", func() bool {
		active = f.active()
		return active != nil
	})
	return active
}

// freezer is a bus on which everything that a process has begun to write stands
// still for as long as the process is frozen, and is written when it goes on, as
// what a stopped process was about to send.
type freezer struct {
	*bus.Bus
	gate, claims sync.RWMutex
}

// freeze returns how everything but what has to do with claims goes on, and how that
// does: the process finds out last that another one has taken over.
func (f *freezer) freeze(t *testing.T) (thaw, thawClaims func()) {
	t.Helper()
	f.gate.Lock()
	f.claims.Lock()
	thaw, thawClaims = sync.OnceFunc(f.gate.Unlock), sync.OnceFunc(f.claims.Unlock)
	t.Cleanup(thaw)
	t.Cleanup(thawClaims)
	return thaw, thawClaims
}

func (f *freezer) pass() { passOne(&f.gate) }

func passOne(gate *sync.RWMutex) {
	gate.RLock()
	defer gate.RUnlock()
}

func (f *freezer) PublishDecisionAsync(ctx context.Context, d *decisionv1.Decision) (jetstream.PubAckFuture, error) {
	f.pass()
	return f.Bus.PublishDecisionAsync(context.WithoutCancel(ctx), d)
}

func (f *freezer) PublishInput(ctx context.Context, id string, in *routerv1.Input, after uint64) (uint64, error) {
	f.pass()
	return f.Bus.PublishInput(context.WithoutCancel(ctx), id, in, after)
}

func (f *freezer) PublishAction(ctx context.Context, a *actionv1.Action) error {
	f.pass()
	return f.Bus.PublishAction(context.WithoutCancel(ctx), a)
}

func (f *freezer) PublishLease(ctx context.Context, l *actionv1.Lease) error {
	f.pass()
	return f.Bus.PublishLease(context.WithoutCancel(ctx), l)
}

func (f *freezer) Size(m proto.Message) (int, error) {
	f.pass()
	return f.Bus.Size(m)
}

func (f *freezer) Ledger() jetstream.KeyValue { return frozenBucket{f.Bus.Ledger(), f} }

func (f *freezer) Leases() jetstream.KeyValue { return frozenBucket{f.Bus.Leases(), f} }

func (f *freezer) Cursors() jetstream.KeyValue { return frozenBucket{f.Bus.Cursors(), f} }

func (f *freezer) Snapshots() jetstream.ObjectStore { return frozenStore{f.Bus.Snapshots(), f} }

type frozenBucket struct {
	jetstream.KeyValue
	bus *freezer
}

// pass waits for the gate of the key.
func (b frozenBucket) pass(key string) {
	if key == "_active" {
		passOne(&b.bus.claims)
		return
	}
	b.bus.pass()
}

func (b frozenBucket) Get(ctx context.Context, key string) (jetstream.KeyValueEntry, error) {
	b.pass(key)
	return b.KeyValue.Get(ctx, key)
}

func (b frozenBucket) Create(ctx context.Context, key string, value []byte, opts ...jetstream.KVCreateOpt) (uint64, error) {
	b.pass(key)
	return b.KeyValue.Create(context.WithoutCancel(ctx), key, value, opts...)
}

func (b frozenBucket) Update(ctx context.Context, key string, value []byte, last uint64) (uint64, error) {
	b.pass(key)
	return b.KeyValue.Update(context.WithoutCancel(ctx), key, value, last)
}

func (b frozenBucket) Put(ctx context.Context, key string, value []byte) (uint64, error) {
	b.pass(key)
	return b.KeyValue.Put(context.WithoutCancel(ctx), key, value)
}

type frozenStore struct {
	jetstream.ObjectStore
	bus *freezer
}

func (s frozenStore) Put(ctx context.Context, meta jetstream.ObjectMeta, r io.Reader) (*jetstream.ObjectInfo, error) {
	s.bus.pass()
	return s.ObjectStore.Put(context.WithoutCancel(ctx), meta, r)
}

// chapter publishes one piece of a story: votes on alerts of its own and on one of
// all chapters, anomalies after their cause and before it.
func (r *rig) chapter(n int) {
	r.t.Helper()
	at, own, site := n*20, fmt.Sprintf("a%d", n), fmt.Sprintf("shop%d", n)
	r.publish(
		r.feedback(own+"-1", own, at), r.feedback(own+"-2", own, at+1), r.feedback(own+"-3", own, at+2),
		r.feedback(fmt.Sprintf("common-%d", n), "common", at+3),
		r.traffic(site+"-t", site, at+4), r.anomaly(site+"-n", site, at+5), r.anomaly(site+"-m", "no-"+site, at+6),
	)
}

// decided is what a story of so many chapters comes to, without its order: a timer
// may come before or after the next chapter.
func decidedOf(t *testing.T, chapters int) (decided, effects []string) {
	t.Helper()
	r := newRig(t, demoRules)
	p := r.start(r.bus)
	for n := range chapters {
		r.chapter(n)
	}
	until(t, "the story is decided", func() bool { return len(r.brief()) == chapters*decisionsOfChapter })
	r.awaitDone()
	p.stop()
	return r.brief(), r.vendor.done()
}

// decisionsOfChapter are three of quiet and would about the alert of the chapter,
// one of each about that of all, and two of watch.
const decisionsOfChapter = 3*2 + 2 + 2

// awaitDone waits until every action is done.
func (r *rig) awaitDone() {
	r.t.Helper()
	until(r.t, "everything is done", func() bool {
		for _, state := range r.ledger() {
			if state != "STATE_DONE" {
				return false
			}
		}
		return true
	})
}

// requireAsOne checks that one router that decides everything at once, by the same
// events and inputs, decides byte for byte the same, and does nothing more.
func (r *rig) requireAsOne() {
	r.t.Helper()
	before, again := r.decideAgain()
	require.Equal(r.t, before, again)
}

// decideAgain returns each decision before and after one router has decided all anew.
func (r *rig) decideAgain() (before, again []string) {
	r.t.Helper()
	before, effects := r.decisions(), r.vendor.done()
	r.forgetDecisions()
	p := r.start(r.bus)
	until(r.t, "all is decided again", func() bool { return len(r.decisions()) >= len(before) })
	p.awaitReady()
	p.stop()
	require.Equal(r.t, effects, r.vendor.done())
	return before, r.decisions()
}

// looking is a bus that counts how often a router looks how far another one has
// judged.
type looking struct {
	*bus.Bus
	looks atomic.Int32
}

func (l *looking) Cursors() jetstream.KeyValue { return countedBucket{l.Bus.Cursors(), l} }

type countedBucket struct {
	jetstream.KeyValue
	bus *looking
}

func (b countedBucket) Get(ctx context.Context, key string) (jetstream.KeyValueEntry, error) {
	if key == "_router" {
		b.bus.looks.Add(1)
	}
	return b.KeyValue.Get(ctx, key)
}
