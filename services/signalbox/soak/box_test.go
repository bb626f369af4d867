package soak_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.uber.org/fx"
	"go.uber.org/fx/fxevent"
	"google.golang.org/grpc"
	"google.golang.org/grpc/test/bufconn"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/health"
	"github.com/signalbox-io/signalbox/pkg/poll"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	adapteranalytics "github.com/signalbox-io/signalbox/services/adapter/analytics"
	adapteranodot "github.com/signalbox-io/signalbox/services/adapter/anodot"
	adapteranomify "github.com/signalbox-io/signalbox/services/adapter/anomify"
	adapteranura "github.com/signalbox-io/signalbox/services/adapter/anura"
	adaptersecurereporter "github.com/signalbox-io/signalbox/services/adapter/securereporter"
	polleranalytics "github.com/signalbox-io/signalbox/services/poller/analytics"
	polleranodot "github.com/signalbox-io/signalbox/services/poller/anodot"
	polleranomify "github.com/signalbox-io/signalbox/services/poller/anomify"
	polleranura "github.com/signalbox-io/signalbox/services/poller/anura"
	pollersecurereporter "github.com/signalbox-io/signalbox/services/poller/securereporter"
)

// box is one process with every adapter and every poller, as `serve` makes
// them, but for its listeners.
type box struct {
	app      *fx.App
	dialer   *rpc.Dialer
	served   chan error
	registry *prometheus.Registry
	health   *health.Registry
	tracer   *sdktrace.TracerProvider
}

// start runs the process on a bus. It takes what is pushed at the door.
func start(t *testing.T, cfg config.Config, b *bus.Bus, log *watchedLog, door net.Listener) *box {
	t.Helper()
	logger := slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	calls := newCalls()
	x := &box{
		served: make(chan error, 1), registry: prometheus.NewRegistry(), health: health.New(),
		tracer: sdktrace.NewTracerProvider(sdktrace.WithSyncer(log)),
	}
	x.dialer = rpc.NewDialer(logger, rpc.WithConnections(func(ctx context.Context, _ string) (net.Conn, error) {
		return calls.DialContext(ctx)
	}))
	x.app = fx.New(
		fx.WithLogger(func() fxevent.Logger { return fxevent.NopLogger }),
		fx.Supply(cfg, logger, x.dialer, fx.Annotate(x.registry, fx.As(new(prometheus.Registerer)))),
		fx.Supply(x.health),
		fx.Provide(func(h *health.Registry, r prometheus.Registerer) poll.Process {
			return poll.Process{Bus: b, Logger: logger, Registerer: r, Health: h, Tracer: x.tracer}
		}),
		adapteranodot.Module, adapteranomify.Module, adapteranura.Module, adaptersecurereporter.Module, adapteranalytics.Module,
		fx.Invoke(fx.Annotate(func(lc fx.Lifecycle, services []rpc.Service) { x.serve(lc, calls, services) }, fx.ParamTags("", `group:"grpc"`))),
		polleranodot.Module, polleranomify.Module, polleranura.Module, pollersecurereporter.Module, polleranalytics.Module,
		fx.Invoke(fx.Annotate(func(lc fx.Lifecycle, routes []rpc.Route) { takePushes(lc, door, routes) }, fx.ParamTags("", `group:"http"`))),
	)
	require.NoError(t, x.app.Err())
	require.NoError(t, x.app.Start(t.Context()))
	return x
}

// serve answers the pollers' calls between the adapters' start and their stop.
func (x *box) serve(lc fx.Lifecycle, calls *bufconn.Listener, services []rpc.Service) {
	server := grpc.NewServer(grpc.StatsHandler(otelgrpc.NewServerHandler(otelgrpc.WithTracerProvider(x.tracer))))
	for _, service := range services {
		service.Register(server)
	}
	lc.Append(fx.StartStopHook(
		func() { go func() { x.served <- server.Serve(calls) }() },
		func() error {
			server.Stop()
			return <-x.served
		},
	))
}

// takePushes serves HTTP while everything else runs.
func takePushes(lc fx.Lifecycle, door net.Listener, routes []rpc.Route) {
	mux := http.NewServeMux()
	for _, route := range routes {
		mux.Handle(route.Pattern, route.Handler)
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	served := make(chan error, 1)
	lc.Append(fx.StartStopHook(
		func() { go func() { served <- server.Serve(door) }() },
		func() error {
			err := server.Close()
			if served := <-served; !errors.Is(served, http.ErrServerClosed) {
				err = errors.Join(err, served)
			}
			return err
		},
	))
}

// shown is what metrics and readiness say.
func (x *box) shown(t *testing.T) []byte {
	t.Helper()
	families, err := x.registry.Gather()
	require.NoError(t, err)
	return fmt.Appendf(nil, "%+v %+v", families, x.health.Report())
}

// stop ends the process as an operator does.
func (x *box) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return errors.Join(x.app.Stop(ctx), x.dialer.Stop(ctx))
}
