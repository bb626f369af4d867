package router

import (
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"

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
		NewReplica,
	),
	fx.Provide(
		fx.Annotate(asService, fx.ResultTags(`group:"grpc"`)),
		fx.Annotate(asReload, fx.ResultTags(`group:"reload"`)),
	),
	fx.Invoke(func(lc fx.Lifecycle, p *Replica) { lc.Append(fx.StartStopHook(p.Start, p.Stop)) }),
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
	o := Options{
		Config: p.Config, Bus: p.Bus, Dialer: p.Dialer, Logger: p.Logger, Registerer: p.Registerer,
		Health: p.Health.Component("router", health.KindService), Tracer: p.Tracer,
		Address: reachedAt(p.Config.GRPC.Address),
	}
	if p.Config.DataDir != "" {
		o.InstanceFile = filepath.Join(p.Config.DataDir, "router-instance")
	}
	return o
}

// reachedAt is how other processes reach what listens at the address: by the host's
// name where it listens everywhere, "" where the port is not known before.
func reachedAt(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil || port == "0" {
		return ""
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		if host, err = os.Hostname(); err != nil {
			return ""
		}
	}
	return net.JoinHostPort(host, port)
}

// asReload is what a signal makes the process do.
func asReload(p *Replica) func(context.Context) error {
	return func(ctx context.Context) error { return p.Reload(ctx, BySignal) }
}

func asService(p *Replica) rpc.Service { return NewReplicaServer(p) }
