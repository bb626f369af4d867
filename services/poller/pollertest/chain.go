package pollertest

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/health"
	"github.com/signalbox-io/signalbox/pkg/poll"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// Adapter is a vendor's adapter.
type Adapter interface {
	rpc.Service
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
}

// NewAdapter is a vendor's constructor.
type NewAdapter[A Adapter] func(config.Config, *slog.Logger, prometheus.Registerer, *health.Registry) (A, error)

// Chain is a vendor over HTTP, its adapter over gRPC and a bus. Pollers of it
// come and go.
type Chain struct {
	// Conn is the connection to the adapter.
	Conn *grpc.ClientConn
	// Bus is what the pollers publish on.
	Bus *bus.Bus
	// Source is the account, with the vendor's address.
	Source config.Source

	clock *Clock
}

// NewChain starts a vendor that answers with handler and an adapter in front
// of it. The source's base URL is the path behind the vendor's address. The
// streams forget message ids at once, so that only the pollers keep events and
// dead letters from being doubled.
func NewChain[A Adapter](
	t *testing.T, source config.Source, clock *Clock, newAdapter NewAdapter[A], handler http.Handler,
) *Chain {
	t.Helper()
	vendor := httptest.NewServer(handler)
	t.Cleanup(vendor.Close)
	source.BaseURL = vendor.URL + source.BaseURL
	source.Timeout = 30 * time.Second
	source.Poll = config.Poll{Every: time.Minute, LookBack: time.Hour, Overlap: 10 * time.Minute}
	c := &Chain{Source: source, Bus: bustest.New(t), clock: clock}
	forget(t, c.Bus, bus.StreamEvents)
	forget(t, c.Bus, bus.StreamDead)
	adapter, err := newAdapter(
		config.Config{DataDir: t.TempDir(), Sources: []config.Source{source}},
		slog.New(slog.DiscardHandler), prometheus.NewRegistry(), health.New(),
	)
	require.NoError(t, err)
	c.serve(t, adapter)
	return c
}

func forget(t *testing.T, b *bus.Bus, name string) {
	t.Helper()
	stream, err := b.JetStream().Stream(t.Context(), name)
	require.NoError(t, err)
	cfg := stream.CachedInfo().Config
	cfg.Duplicates = 100 * time.Millisecond
	_, err = b.JetStream().UpdateStream(t.Context(), cfg)
	require.NoError(t, err)
}

func (c *Chain) serve(t *testing.T, adapter Adapter) {
	t.Helper()
	require.NoError(t, adapter.Start(t.Context()))
	var listen net.ListenConfig
	listener, err := listen.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer()
	adapter.Register(server)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	c.Conn, err = grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, c.Conn.Close())
		server.Stop()
		require.NoError(t, <-served)
		require.NoError(t, adapter.Stop(context.Background()))
	})
}

// Poller returns a poller as a process that has just started would have it.
func (c *Chain) Poller(t *testing.T, vendor poll.Vendor) *Poller {
	t.Helper()
	metrics, err := poll.NewMetrics(prometheus.NewPedanticRegistry())
	require.NoError(t, err)
	fetcher, err := vendor.Open(c.Source)
	require.NoError(t, err)
	loop, err := poll.New(poll.Config{
		Source: c.Source.Name, Vendor: vendor.Name,
		Every: c.Source.Poll.Every, LookBack: c.Source.Poll.LookBack, Overlap: c.Source.Poll.Overlap,
		MaxWindow: vendor.MaxWindow, FollowOpen: vendor.FollowOpen, Now: c.clock.Now, BusTimeout: time.Minute,
	}, fetcher, poll.Deps{
		Bus: c.Bus, Logger: slog.New(slog.DiscardHandler), Metrics: metrics,
		Health: health.New().Component("source/"+c.Source.Name, health.KindSource),
	})
	require.NoError(t, err)
	return &Poller{loop: loop}
}

// Poller polls the chain's source.
type Poller struct {
	loop *poll.Loop
}

// Poll polls once and returns how many events were new.
func (p *Poller) Poll(t *testing.T) int {
	t.Helper()
	published, rejected := p.PollBad(t)
	require.Zero(t, rejected)
	return published
}

// PollBad polls once a vendor that returns bad records, and returns how many
// events and how many dead letters were new.
func (p *Poller) PollBad(t *testing.T) (published, rejected int) {
	t.Helper()
	result, err := p.loop.RunOnce(t.Context())
	require.NoError(t, err)
	return result.Published, result.Rejected
}

// Events returns what is on the stream, in its order. Each id is there once.
func (c *Chain) Events(t *testing.T) []*eventv1.Event {
	t.Helper()
	var events []*eventv1.Event
	seen := map[string]bool{}
	for _, msg := range c.messages(t, bus.StreamEvents) {
		e, err := bus.DecodeEvent(msg.Header, msg.Data)
		require.NoError(t, err)
		require.False(t, seen[e.GetId()], "%s is on the stream twice", e.GetNativeId())
		seen[e.GetId()] = true
		events = append(events, e)
	}
	return events
}

// Dead returns the records that are kept as dead letters, in the order in which
// they came, each with its reason before it: `unreadable 7`.
func (c *Chain) Dead(t *testing.T) []string {
	t.Helper()
	var letters []string
	for _, msg := range c.messages(t, bus.StreamDead) {
		letters = append(letters, msg.Header.Get(bus.HeaderDeadReason)+" "+string(msg.Data))
	}
	return letters
}

func (c *Chain) messages(t *testing.T, name string) []*jetstream.RawStreamMsg {
	t.Helper()
	stream, err := c.Bus.JetStream().Stream(t.Context(), name)
	require.NoError(t, err)
	var all []*jetstream.RawStreamMsg
	for seq := range stream.CachedInfo().State.LastSeq {
		msg, err := stream.GetMsg(t.Context(), seq+1)
		require.NoError(t, err)
		all = append(all, msg)
	}
	return all
}
