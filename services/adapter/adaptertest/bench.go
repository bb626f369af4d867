// Package adaptertest is the test bench of the vendors' adapters: a vendor
// played by the test's own handler, the adapter in front of it behind a real
// gRPC connection, and an exam that every read of every adapter passes. It
// knows no vendor and is imported by tests only.
package adaptertest

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/health"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// Source is the name of the bench's one account.
const Source = "account-under-test"

const (
	// callTimeout is the deadline of the calls: long enough to wait for another
	// request and to make one, and half a budget's minute.
	callTimeout = 30 * time.Second
	// requestTimeout is that of one request.
	requestTimeout = callTimeout / 2
)

// Adapter is the server under test.
type Adapter interface {
	rpc.Service
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
}

// NewAdapter is a vendor's constructor.
type NewAdapter[A Adapter] func(config.Config, *slog.Logger, prometheus.Registerer, *health.Registry) (A, error)

// Bench is one adapter in front of one played vendor.
type Bench struct {
	// Conn is the connection to the adapter.
	Conn *grpc.ClientConn
	// Log is what the adapter logged.
	Log *Log
	// Health is what the account says about itself.
	Health *health.Registry

	registry *prometheus.Registry
	spans    *tracetest.InMemoryExporter

	mu       sync.Mutex
	requests []Request
}

// Options say what the bench is made of.
type Options struct {
	// Vendor of the account.
	Vendor eventv1.Vendor
	// Credential of the account.
	Credential string
	// BasePath follows the host in the account's base URL.
	BasePath string
	// Timeout of one request; 0 means 15 seconds.
	Timeout time.Duration
	// Configure changes what else the account is configured with; nil changes
	// nothing.
	Configure func(*config.Source)
}

// New starts a vendor that answers with handler and an adapter in front of it.
func New[A Adapter](t *testing.T, opts Options, newAdapter NewAdapter[A], handler http.Handler) *Bench {
	t.Helper()
	b := &Bench{Log: &Log{}, Health: health.New(), registry: prometheus.NewRegistry(), spans: tracetest.NewInMemoryExporter()}
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.remember(r)
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(vendor.Close)
	if opts.Timeout == 0 {
		opts.Timeout = requestTimeout
	}
	source := config.Source{
		Name: Source, Vendor: opts.Vendor, BaseURL: vendor.URL + opts.BasePath,
		Credential: config.NewSecret(opts.Credential), Timeout: opts.Timeout,
	}
	if opts.Configure != nil {
		opts.Configure(&source)
	}
	elsewhere := source
	elsewhere.Name, elsewhere.RemoteAdapter = "remote", true
	logger := slog.New(slog.NewTextHandler(b.Log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	cfg := config.Config{DataDir: t.TempDir(), Sources: []config.Source{source, elsewhere}}
	server, err := newAdapter(cfg, logger, b.registry, b.Health)
	require.NoError(t, err)
	b.serve(t, server)
	return b
}

func (b *Bench) serve(t *testing.T, server Adapter) {
	t.Helper()
	require.NoError(t, server.Start(t.Context()))
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	tracer := sdktrace.NewTracerProvider(sdktrace.WithSyncer(b.spans))
	grpcServer := grpc.NewServer(grpc.UnaryInterceptor(withDeadline),
		grpc.StatsHandler(otelgrpc.NewServerHandler(otelgrpc.WithTracerProvider(tracer))))
	server.Register(grpcServer)
	served := make(chan error, 1)
	go func() { served <- grpcServer.Serve(listener) }()
	b.Conn, err = grpc.NewClient(listener.Addr().String(),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(32<<20)))
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, b.Conn.Close())
		grpcServer.Stop()
		require.NoError(t, <-served)
		require.NoError(t, server.Stop(context.Background()))
	})
}

// withDeadline gives a call the deadline that every caller of an adapter sets.
func withDeadline(
	ctx context.Context, req any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler,
) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return handler(ctx, req)
}

// SourceState returns what the account says about itself.
func (b *Bench) SourceState(t *testing.T) health.ComponentReport {
	t.Helper()
	for _, component := range b.Health.Report().Components {
		if component.Name == "source/"+Source {
			return component
		}
	}
	require.Fail(t, "the account says nothing about itself")
	return health.ComponentReport{}
}
