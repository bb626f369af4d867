package rpc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"

	"github.com/signalbox-io/signalbox/pkg/health"
	"github.com/signalbox-io/signalbox/pkg/telemetry"
)

// drainLimit bounds how long Stop waits for calls under way before it cuts
// them off, so that what stops after the server still gets its share of the
// process's 10 s.
const drainLimit = 5 * time.Second

// ServerOptions say what a Server serves and where. Every field but Services,
// Routes and Failed is required.
type ServerOptions struct {
	// GRPC and HTTP are the addresses to listen on, host:port; port 0 takes a
	// free one.
	GRPC, HTTP string
	// Services and Routes that are served, in any order.
	Services []Service
	Routes   []Route
	// Logger of calls and faults.
	Logger *slog.Logger
	// Registry gets the server's metrics and is shown at /metrics.
	Registry *prometheus.Registry
	// Health is shown at /readyz and by the gRPC health service.
	Health *health.Registry
	// Tracer of the calls.
	Tracer trace.TracerProvider
	// Failed is called when a listener dies on its own; may be nil.
	Failed func(error)
}

// Server is a process's gRPC server and its HTTP server. Its life is Listen,
// Start, Drain, Stop; each may be called twice, and the later ones without
// the earlier. HTTP is served from Listen on, so that /readyz tells what a
// process that is still starting waits for; gRPC calls wait for Start.
type Server struct {
	options ServerOptions
	grpc    *grpc.Server
	http    *http.Server
	streams *streams

	mu           sync.Mutex
	grpcListener net.Listener
	httpListener net.Listener
	started      bool
	loops        sync.WaitGroup
}

// NewServer returns a server that does not listen yet. It registers its
// metrics and every service.
func NewServer(options ServerOptions) (*Server, error) {
	streams := newStreams()
	chain, err := newInterceptors(options.Logger, options.Registry, streams)
	if err != nil {
		return nil, err
	}
	handler, err := newHandler(options, streams)
	if err != nil {
		return nil, err
	}
	s := &Server{
		options: options,
		streams: streams,
		grpc:    grpc.NewServer(append(serverOptions(options.Tracer), chain.options()...)...),
		http: &http.Server{
			Handler:           handler,
			ReadHeaderTimeout: 5 * time.Second,
			IdleTimeout:       2 * time.Minute,
			MaxHeaderBytes:    64 << 10,
			ErrorLog:          slog.NewLogLogger(options.Logger.Handler(), slog.LevelDebug),
		},
	}
	for _, service := range options.Services {
		service.Register(s.grpc)
	}
	healthv1.RegisterHealthServer(s.grpc, newHealthService(options.Health, s.grpc))
	reflection.Register(s.grpc)
	chain.initialize(s.grpc)
	return s, nil
}

func serverOptions(tracer trace.TracerProvider) []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.StatsHandler(otelgrpc.NewServerHandler(
			otelgrpc.WithTracerProvider(tracer),
			otelgrpc.WithPropagators(telemetry.Propagator()),
		)),
		grpc.MaxRecvMsgSize(maxMessageBytes),
		grpc.MaxSendMsgSize(maxMessageBytes),
		grpc.ConnectionTimeout(20 * time.Second),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: 2 * time.Minute, Timeout: 20 * time.Second}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 30 * time.Second, PermitWithoutStream: true}),
	}
}

// Listen binds both addresses, so that a port in use ends the start early and
// callers know where to connect, and serves HTTP. gRPC calls wait for Start.
func (s *Server) Listen(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.grpcListener != nil {
		return nil
	}
	var listen net.ListenConfig
	grpcListener, err := listen.Listen(ctx, "tcp", s.options.GRPC)
	if err != nil {
		return fmt.Errorf("listen for gRPC: %w; free the address or set grpc.listen", err)
	}
	httpListener, err := listen.Listen(ctx, "tcp", s.options.HTTP)
	if err != nil {
		return errors.Join(
			fmt.Errorf("listen for HTTP: %w; free the address or set http.listen", err),
			grpcListener.Close(),
		)
	}
	s.grpcListener, s.httpListener = grpcListener, httpListener
	s.loops.Go(func() { s.report("HTTP", s.http.Serve(httpListener)) })
	return nil
}

// Start serves gRPC too; it listens first where Listen was not called.
func (s *Server) Start(ctx context.Context) error {
	if err := s.Listen(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.started {
		return nil
	}
	s.started = true
	s.loops.Go(func() { s.report("gRPC", s.grpc.Serve(s.grpcListener)) })
	s.options.Logger.InfoContext(ctx, "listening",
		"grpc", s.grpcListener.Addr().String(), "http", s.httpListener.Addr().String())
	return nil
}

// report tells of a listener that ended without being stopped.
func (s *Server) report(protocol string, err error) {
	if err == nil || errors.Is(err, grpc.ErrServerStopped) || errors.Is(err, http.ErrServerClosed) {
		return
	}
	if s.options.Failed != nil {
		s.options.Failed(fmt.Errorf("serve %s: %w", protocol, err))
	}
}

// Drain makes the process not ready and ends every stream; single calls go
// on. Whoever balances load or watches learns first that the process goes.
func (s *Server) Drain(ctx context.Context) error {
	s.options.Health.Stop()
	s.streams.end()
	s.options.Logger.DebugContext(ctx, "streams ended")
	return nil
}

// Stop takes no more calls and waits for those under way, at most 5 s and not
// past ctx; then it cuts them off.
func (s *Server) Stop(ctx context.Context) error {
	if err := s.Drain(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, drainLimit)
	defer cancel()
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		s.grpc.GracefulStop()
	}()
	err := s.http.Shutdown(ctx)
	if err != nil {
		s.options.Logger.WarnContext(ctx, "http requests cut off")
		err = s.http.Close()
	}
	select {
	case <-drained:
	case <-ctx.Done():
		s.options.Logger.WarnContext(ctx, "grpc calls cut off")
		s.grpc.Stop()
		<-drained
	}
	s.loops.Wait()
	return errors.Join(err, s.closeListener())
}

// closeListener closes the gRPC listener that was bound and never served.
func (s *Server) closeListener() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.started || s.grpcListener == nil {
		return nil
	}
	err := s.grpcListener.Close()
	s.grpcListener, s.httpListener = nil, nil
	return err
}

// GRPCAddr returns where the gRPC server listens, "" before Listen.
func (s *Server) GRPCAddr() string { return s.address(func() net.Listener { return s.grpcListener }) }

// HTTPAddr returns where the HTTP server listens, "" before Listen.
func (s *Server) HTTPAddr() string { return s.address(func() net.Listener { return s.httpListener }) }

func (s *Server) address(listener func() net.Listener) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := listener(); l != nil {
		return l.Addr().String()
	}
	return ""
}
