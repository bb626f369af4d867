package router_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
	"go.uber.org/fx"
	"go.uber.org/fx/fxtest"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/health"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/services/router"
)

// module is what the composition root provides, and the router in it.
func (r *rig) module(registry *health.Registry, services *[]rpc.Service) fx.Option {
	for i := range r.config.Sources {
		r.config.Sources[i].Timeout = patience
	}
	dialer := rpc.NewDialer(slog.New(slog.DiscardHandler))
	r.t.Cleanup(func() { require.NoError(r.t, dialer.Stop(context.Background())) })
	return fx.Options(
		fx.NopLogger,
		fx.Supply(r.config, r.bus, dialer, registry, slog.New(slog.DiscardHandler)),
		fx.Provide(
			func() prometheus.Registerer { return prometheus.NewRegistry() },
			func() trace.TracerProvider { return noop.NewTracerProvider() },
		),
		router.Module,
		fx.Invoke(fx.Annotate(func(list []rpc.Service) { *services = list }, fx.ParamTags(`group:"grpc"`))),
	)
}

func TestModule_RunsTheRouter(t *testing.T) {
	t.Parallel()
	r := newRig(t, demoRules)
	registry := health.New()
	var services []rpc.Service
	require.NoError(t, fx.ValidateApp(r.module(registry, &services)))
	app := fxtest.New(t, r.module(registry, &services))
	require.Len(t, services, 1)
	r.opening()
	app.RequireStart()
	r.ending()
	r.requireTold()
	until(t, "the router is ready", func() bool { return registry.Report().Ready })
	app.RequireStop()
	_, err := r.bus.Snapshots().GetInfo(t.Context(), "router")
	require.NoError(t, err, "what was decided is stored at the end")
}

func TestModule_DoesNotStartWithWrongRules(t *testing.T) {
	t.Parallel()
	r := newRig(t, "rules: [{name: one, mode: auto, on: [nothing]}]")
	var services []rpc.Service
	app := fx.New(r.module(health.New(), &services))
	require.ErrorContains(t, app.Err(), r.config.Rules[0]+":1:")
	_, err := r.bus.Snapshots().GetInfo(t.Context(), "router")
	require.Error(t, err)
}

var _ router.Bus = (*bus.Bus)(nil)
