package poll

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/health"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// Process is what the loops of a process share.
type Process struct {
	// Bus takes the events.
	Bus Bus
	// Logger of the process.
	Logger *slog.Logger
	// Registerer of the process's metrics.
	Registerer prometheus.Registerer
	// Health gets the part `poller` of the component `source/<name>` for each source.
	Health *health.Registry
	// Tracer gives each poll a trace; nil gives none.
	Tracer trace.TracerProvider
	// Server answers for the loops of the process; nil for none.
	Server *Server
}

// Vendor is how the sources of one vendor are polled.
type Vendor struct {
	// Name of the vendor.
	Name eventv1.Vendor
	// MaxWindow and FollowOpen are those of Config.
	MaxWindow, FollowOpen time.Duration
	// HasPast is that of Config.
	HasPast bool
	// Open returns what reads one source. It does no I/O.
	Open func(source config.Source) (Fetcher, error)
}

// Group is the loops of one vendor's sources.
type Group struct {
	loops []*Loop
}

// NewGroup returns a loop for each of the sources that is the vendor's.
func NewGroup(sources []config.Source, vendor Vendor, process Process) (*Group, error) {
	metrics, err := NewMetrics(process.Registerer)
	if err != nil {
		return nil, err
	}
	g := &Group{}
	var faults []error
	for _, source := range sources {
		if source.Vendor != vendor.Name {
			continue
		}
		loop, err := newLoop(source, vendor, process, metrics)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		g.loops = append(g.loops, loop)
		if process.Server != nil {
			process.Server.Add(loop)
		}
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return g, nil
}

func newLoop(source config.Source, vendor Vendor, process Process, metrics *Metrics) (*Loop, error) {
	labels, err := CompileLabels(source.Labels)
	if err != nil {
		return nil, fmt.Errorf("poll source %q: %w", source.Name, err)
	}
	fetcher, err := vendor.Open(source)
	if err != nil {
		return nil, fmt.Errorf("poll source %q: %w", source.Name, err)
	}
	return New(Config{
		Source: source.Name, Vendor: source.Vendor,
		Every: source.Poll.Every, Slowest: source.Poll.Slowest, LookBack: source.Poll.LookBack, Overlap: source.Poll.Overlap,
		MaxWindow: vendor.MaxWindow, FollowOpen: vendor.FollowOpen, HasPast: vendor.HasPast, FetchTimeout: fetchTimeout(source),
	}, fetcher, Deps{
		Bus: process.Bus, Logger: process.Logger, Metrics: metrics, Labeler: labels, Tracer: process.Tracer,
		Health: process.Health.Part("source/"+source.Name, health.KindSource, "poller"),
	})
}

// Start starts every loop and returns.
func (g *Group) Start(ctx context.Context) error {
	for _, loop := range g.loops {
		if err := loop.Start(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Stop stops every loop and waits for them until ctx ends.
func (g *Group) Stop(ctx context.Context) error {
	var faults []error
	for _, loop := range g.loops {
		loop.interrupt()
	}
	for _, loop := range g.loops {
		faults = append(faults, loop.Stop(ctx))
	}
	return errors.Join(faults...)
}
