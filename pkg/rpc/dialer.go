package rpc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"

	"github.com/signalbox-io/signalbox/pkg/telemetry"
)

// defaultDeadline is the deadline of a call whose context has none.
const defaultDeadline = 30 * time.Second

// ErrDialerStopped is returned by Conn after Stop.
var ErrDialerStopped = errors.New("the dialer is stopped")

// Dialer holds the process's client connections, one per address. It is safe
// for concurrent use.
type Dialer struct {
	logger *slog.Logger
	tracer trace.TracerProvider
	open   func(ctx context.Context, addr string) (net.Conn, error)

	mu      sync.Mutex
	conns   map[string]*grpc.ClientConn
	own     map[string]*ownAddress
	stopped bool
}

// ownAddress is an address on which this process itself listens, and where it
// really does once bound is closed.
type ownAddress struct {
	bound chan struct{}
	real  string
}

// DialerOption changes a Dialer that NewDialer makes.
type DialerOption func(*Dialer)

// WithTracerProvider makes the dialer's calls carry the context's trace and
// spans of their own. Without it they carry the context's trace only.
func WithTracerProvider(provider trace.TracerProvider) DialerOption {
	return func(d *Dialer) { d.tracer = provider }
}

// WithConnections makes the dialer open its connections by another way than
// TCP, to servers in the same process.
func WithConnections(open func(ctx context.Context, addr string) (net.Conn, error)) DialerOption {
	return func(d *Dialer) { d.open = open }
}

// NewDialer returns a dialer without connections.
func NewDialer(logger *slog.Logger, options ...DialerOption) *Dialer {
	d := &Dialer{
		logger: logger,
		tracer: noop.NewTracerProvider(),
		open:   openTCP,
		conns:  map[string]*grpc.ClientConn{},
		own:    map[string]*ownAddress{},
	}
	for _, option := range options {
		option(d)
	}
	return d
}

// Conn returns the connection to the gRPC server at addr (host:port), the
// same one for every caller. It dials when the first call is made, and again
// whenever the connection is lost; callers do not close it. A call whose
// context has no deadline gets one of 30 s.
func (d *Dialer) Conn(addr string) (*grpc.ClientConn, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stopped {
		return nil, fmt.Errorf("dial %s: %w", addr, ErrDialerStopped)
	}
	if conn, ok := d.conns[addr]; ok {
		return conn, nil
	}
	conn, err := grpc.NewClient("passthrough:///"+addr, d.options()...)
	if err != nil {
		return nil, fmt.Errorf("dial %q: %w; give host:port", addr, err)
	}
	d.conns[addr] = conn
	return conn, nil
}

func (d *Dialer) options() []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(d.dial),
		grpc.WithStatsHandler(otelgrpc.NewClientHandler(
			otelgrpc.WithTracerProvider(d.tracer),
			otelgrpc.WithPropagators(telemetry.Propagator()),
		)),
		grpc.WithChainUnaryInterceptor(withDeadline),
		grpc.WithDisableRetry(),
		grpc.WithDisableServiceConfig(),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessageBytes), grpc.MaxCallSendMsgSize(maxMessageBytes)),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: time.Minute, Timeout: 10 * time.Second}),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 200 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 5 * time.Second},
			MinConnectTimeout: 10 * time.Second,
		}),
	}
}

// Own says that this process listens on addr itself, and that dialing it must
// wait until Bound tells where. Services may thus call each other at the
// configured address before the listener is there, and although its port is
// 0.
func (d *Dialer) Own(addr string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.own[addr]; !ok {
		d.own[addr] = &ownAddress{bound: make(chan struct{})}
	}
}

// Bound says where the listener of an own address really listens. Only the
// first word counts.
func (d *Dialer) Bound(addr, bound string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	own, ok := d.own[addr]
	if !ok || own.real != "" {
		return
	}
	own.real = bound
	close(own.bound)
}

func (d *Dialer) dial(ctx context.Context, addr string) (net.Conn, error) {
	d.mu.Lock()
	own, ok := d.own[addr]
	d.mu.Unlock()
	if ok {
		select {
		case <-own.bound:
			addr = own.real
		case <-ctx.Done():
			return nil, fmt.Errorf("dial own address %s, which is not listening yet: %w", addr, ctx.Err())
		}
	}
	return d.open(ctx, addr)
}

func openTCP(ctx context.Context, addr string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, "tcp", addr)
}

// Stop closes every connection; calls under way end with Canceled. Stopping
// twice does nothing.
func (d *Dialer) Stop(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stopped = true
	var faults []error
	for addr, conn := range d.conns {
		if err := conn.Close(); err != nil {
			faults = append(faults, fmt.Errorf("close connection to %s: %w", addr, err))
		}
		delete(d.conns, addr)
	}
	d.logger.DebugContext(ctx, "connections closed")
	return errors.Join(faults...)
}

// withDeadline gives a call without a deadline the default one.
//
//nolint:revive // the shape of grpc.UnaryClientInterceptor
func withDeadline(
	ctx context.Context, method string, req, reply any,
	conn *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption,
) error {
	if _, ok := ctx.Deadline(); ok {
		return invoke(ctx, method, req, reply, conn, options...)
	}
	ctx, cancel := context.WithTimeout(ctx, defaultDeadline)
	defer cancel()
	return invoke(ctx, method, req, reply, conn, options...)
}
