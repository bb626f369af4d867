package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"go.opentelemetry.io/otel/trace"
	"go.uber.org/fx"
	"go.uber.org/fx/fxevent"

	"github.com/signalbox-io/signalbox/pkg/bus/busserver"
	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/pkg/telemetry"
)

// Options are what the process has besides its configuration.
type Options struct {
	// Logger of the whole process. Required.
	Logger *slog.Logger
}

// App is one process's services. It is started and stopped once.
type App struct {
	fx     *fx.App
	rpc    *rpc.Server
	nats   *busserver.Server
	config config.Config
	// reloads read files again while the process runs, and tell in the log what
	// comes of it.
	reloads []func(context.Context) error
}

// ErrNoRules is returned by Reload where no part of the process reads rules.
var ErrNoRules = errors.New("no router runs in this process: it has no rules to read again")

// New puts the targets together. It reads the rules files if a target needs
// them and does no other I/O; everything that is wrong with the configuration
// comes to light here.
func New(cfg config.Config, targets []Target, opts Options) (*App, error) {
	a := &App{config: cfg}
	tracer := telemetry.NewTracerProvider()
	dialer := rpc.NewDialer(opts.Logger, rpc.WithTracerProvider(tracer))
	a.fx = fx.New(options(cfg, targets, opts),
		fx.Supply(tracer, dialer, fx.Annotate(tracer, fx.As(new(trace.TracerProvider)))),
		fx.Populate(&a.rpc, &a.nats),
		fx.Invoke(fx.Annotate(func(list []func(context.Context) error) { a.reloads = list }, fx.ParamTags(`group:"reload"`))))
	if err := a.fx.Err(); err != nil {
		// Services ask for their connections when they are constructed.
		return nil, errors.Join(rootCause(err), dialer.Stop(context.Background()))
	}
	return a, nil
}

// options is everything that a process with these targets is made of but the
// dialer and the tracer, which outlive a construction that failed.
func options(cfg config.Config, targets []Target, opts Options) fx.Option {
	list := []fx.Option{
		fx.WithLogger(func() fxevent.Logger { return quiet(opts.Logger) }),
		fx.StartTimeout(startLimit), fx.StopTimeout(stopLimit),
		base(cfg, opts, targets),
	}
	for _, target := range targets {
		if target.isAdapter() {
			list = append(list, target.module)
		}
	}
	list = append(list, fx.Module("calls", fx.Invoke(drainCalls)))
	for _, target := range targets {
		if !target.isAdapter() {
			list = append(list, target.module)
		}
	}
	return fx.Options(append(list, fx.Module("doors", fx.Invoke(openDoors)))...)
}

// usesBus reports whether one of the targets does: an adapter alone has no use
// for it.
func usesBus(targets []Target) bool {
	for _, target := range targets {
		if !target.isAdapter() {
			return true
		}
	}
	return false
}

// polls reports whether one of the targets does.
func polls(targets []Target) bool { return slices.ContainsFunc(targets, Target.isPoller) }

// quiet shows what the container does only to those who debug it; errors are
// returned and told of once, by whoever started the process.
func quiet(logger *slog.Logger) fxevent.Logger {
	l := &fxevent.SlogLogger{Logger: logger}
	l.UseLogLevel(slog.LevelDebug)
	l.UseErrorLevel(slog.LevelDebug)
	return l
}

// Start starts everything, within ctx and a minute.
func (a *App) Start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	if err := a.fx.Start(ctx); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	return nil
}

// Wait returns nil when ctx ends, or an error when a part of the process died
// on its own and told so in the log.
func (a *App) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case signal := <-a.fx.Wait():
		// The container hears the signals of the system too, with code 0; a part
		// that dies gives another one.
		if signal.ExitCode == 0 {
			return nil
		}
		return ErrDied
	}
}

// Reload reads the rules files again, or says that nobody here has use for them
// (ErrNoRules). Files with a fault are refused, and what runs goes on.
func (a *App) Reload(ctx context.Context) error {
	if len(a.reloads) == 0 {
		return ErrNoRules
	}
	var faults []error
	for _, reload := range a.reloads {
		faults = append(faults, reload(ctx))
	}
	return errors.Join(faults...)
}

// Stop stops everything, within ctx and 10 seconds.
func (a *App) Stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, stopLimit)
	defer cancel()
	if err := a.fx.Stop(ctx); err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	return nil
}

// GRPCAddr returns where gRPC is served, "" before Start.
func (a *App) GRPCAddr() string { return a.rpc.GRPCAddr() }

// HTTPAddr returns where HTTP is served, "" before Start.
func (a *App) HTTPAddr() string { return a.rpc.HTTPAddr() }

// NATSURL returns where the bus is: that of the embedded server once it is
// started, or the configured one.
func (a *App) NATSURL() string {
	if a.config.NATS.URL != "" {
		return a.config.NATS.URL
	}
	return a.nats.URL()
}
