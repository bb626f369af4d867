package router

import (
	"context"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/fx"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/health"
	"github.com/signalbox-io/signalbox/pkg/rpc"
)

// Module routes the events of the stream: it decides by the rules and acts
// through the adapters.
var Module = fx.Module("router",
	fx.Provide(
		fx.Private,
		LoadRules,
		optionsOf,
		New,
	),
	fx.Provide(
		fx.Annotate(asService, fx.ResultTags(`group:"grpc"`)),
		fx.Annotate(asReload, fx.ResultTags(`group:"reload"`)),
	),
	fx.Invoke(func(lc fx.Lifecycle, r *Router) { lc.Append(fx.StartStopHook(r.Start, r.Stop)) }),
)

type params struct {
	fx.In

	Config     config.Config
	Bus        *bus.Bus
	Dialer     *rpc.Dialer
	Logger     *slog.Logger
	Registerer prometheus.Registerer
	Health     *health.Registry
	Tracer     trace.TracerProvider `optional:"true"`
}

func optionsOf(p params) Options {
	return Options{
		Config: p.Config, Bus: p.Bus, Dialer: p.Dialer, Logger: p.Logger, Registerer: p.Registerer,
		Health: p.Health.Component("router", health.KindService), Tracer: p.Tracer,
	}
}

// asReload is what a signal makes the process do.
func asReload(r *Router) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := r.Reload(ctx, BySignal)
		return err
	}
}

func asService(r *Router) rpc.Service { return NewServer(r) }
