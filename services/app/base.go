package app

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/dig"
	"go.uber.org/fx"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/busserver"
	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/health"
	"github.com/signalbox-io/signalbox/pkg/poll"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/pkg/telemetry"
)

const (
	// startLimit is how long a start may wait for the bus.
	startLimit = time.Minute
	// stopLimit is how long a stop may take.
	stopLimit = 10 * time.Second
	// folderMode keeps what is on disk to the user of the process.
	folderMode = 0o700
)

// ErrDied is returned by Wait when a part of the process died.
var ErrDied = errors.New("a part of the process died; see the log")

// base is what the services of a process share, each thing once.
func base(cfg config.Config, opts Options, targets []Target) fx.Option {
	withBus, withNATS := usesBus(targets), usesBus(targets) && cfg.NATS.URL == ""
	parts := Names(targets)
	if withNATS {
		parts = append(parts, "nats")
	}
	shared := []fx.Option{
		fx.Supply(cfg, opts.Logger, newLocks(cfg.DataDir, parts)),
		fx.Provide(
			health.New,
			fx.Annotate(telemetry.NewRegistry, fx.As(fx.Self()), fx.As(new(prometheus.Registerer))),
			newNATS, newBus, newServer, newProcess, poll.NewServer,
		),
		fx.Invoke(prepare, listen),
	}
	if polls(targets) {
		shared = append(shared, fx.Provide(fx.Annotate(func(s *poll.Server) rpc.Service { return s }, fx.ResultTags(`group:"grpc"`))))
	}
	if withNATS {
		shared = append(shared, fx.Invoke(func(lc fx.Lifecycle, s *busserver.Server) { lc.Append(fx.StartStopHook(s.Start, s.Stop)) }))
	}
	if withBus {
		shared = append(shared, fx.Invoke(func(lc fx.Lifecycle, b *bus.Bus) { lc.Append(fx.StartStopHook(b.Start, b.Stop)) }))
	}
	return fx.Module("base", shared...)
}

func newNATS(cfg config.Config, logger *slog.Logger) *busserver.Server {
	return busserver.New(busserver.Options{
		Listen: cfg.NATS.Listen, StoreDir: filepath.Join(cfg.DataDir, "nats"),
		SyncInterval: cfg.NATS.Sync, SyncAlways: cfg.NATS.Sync == 0,
	}, logger)
}

// newProcess is what the loops of every poller share.
func newProcess(
	b *bus.Bus, logger *slog.Logger, registerer prometheus.Registerer, registry *health.Registry, tracer trace.TracerProvider,
	server *poll.Server,
) poll.Process {
	return poll.Process{
		Bus: b, Logger: logger, Registerer: registerer, Health: registry, Tracer: tracer, Server: server,
	}
}

// serverParams are the doors of every service.
type serverParams struct {
	fx.In

	Config     config.Config
	Logger     *slog.Logger
	Registry   *prometheus.Registry
	Health     *health.Registry
	Tracer     trace.TracerProvider
	Shutdowner fx.Shutdowner
	Services   []rpc.Service `group:"grpc"`
	Routes     []rpc.Route   `group:"http"`
}

func newServer(p serverParams) (*rpc.Server, error) {
	return rpc.NewServer(rpc.ServerOptions{
		GRPC: p.Config.GRPC.Address, HTTP: p.Config.HTTP.Address, Services: p.Services, Routes: p.Routes,
		Logger: p.Logger, Registry: p.Registry, Health: p.Health, Tracer: p.Tracer,
		Failed: func(err error) {
			p.Logger.Error("a listener died", slog.Any("error", err))
			_ = p.Shutdowner.Shutdown(fx.ExitCode(1)) // fails only for a process that stops already
		},
	})
}

// prepare takes the folder of everything on disk. It comes first, and closes
// the connections to others after everything else, also when the start goes
// wrong.
func prepare(lc fx.Lifecycle, tracer *sdktrace.TracerProvider, dialer *rpc.Dialer, folder *locks) {
	lc.Append(fx.StopHook(func(ctx context.Context) error {
		return errors.Join(dialer.Stop(ctx), tracer.Shutdown(ctx))
	}))
	lc.Append(fx.StartStopHook(folder.take, folder.release))
}

// listen binds the addresses before anything else is started.
func listen(lc fx.Lifecycle, cfg config.Config, server *rpc.Server, dialer *rpc.Dialer) {
	dialer.Own(cfg.GRPC.Address)
	lc.Append(fx.Hook{
		OnStart: func(ctx context.Context) error {
			if err := server.Listen(ctx); err != nil {
				return err
			}
			dialer.Bound(cfg.GRPC.Address, server.GRPCAddr())
			return nil
		},
		OnStop: server.Stop,
	})
}

// drainCalls ends the calls after those who make them inside the process have
// stopped, and before the adapters stop that answer them.
func drainCalls(lc fx.Lifecycle, server *rpc.Server) { lc.Append(fx.StopHook(server.Stop)) }

// openDoors takes calls when every service has started, and ends the streams
// before any of them stops.
func openDoors(lc fx.Lifecycle, server *rpc.Server) {
	lc.Append(fx.StartStopHook(server.Start, server.Drain))
}

// rootCause takes the container's words off an error of a constructor: the
// reader wrote a configuration, not a dependency graph.
func rootCause(err error) error { return dig.RootCause(err) }
