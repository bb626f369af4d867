package project

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/signalbox-io/signalbox/pkg/health"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/query/store"
)

// Store is the read model as the projection needs it.
type Store interface {
	Checkpoint(ctx context.Context, stream string) (store.Checkpoint, error)
	Apply(ctx context.Context, batch store.Batch) ([]bool, error)
	Reset(ctx context.Context, stream string, tables ...store.Table) error
	Repair(ctx context.Context) (bool, error)
}

// Bus gives access to the streams once the bus is started.
type Bus interface {
	JetStream() jetstream.JetStream
}

// Options are what a Projector works with; all are required.
type Options struct {
	// Bus has the streams.
	Bus Bus
	// Store is filled; it must be open when Start is called.
	Store Store
	// Watch is told of each batch of new events after it is in the store, in
	// the order of the stream. It must not block.
	Watch func([]*eventv1.Event)
	// Health is told whether every stream is caught up.
	Health *health.Component
	// Registerer gets the metrics.
	Registerer prometheus.Registerer
	// Logger of what goes wrong.
	Logger *slog.Logger
}

// Projector runs one loop for each stream.
type Projector struct {
	opts    Options
	metrics *metrics
	status  *status

	cancel context.CancelFunc
	loops  sync.WaitGroup
}

// New returns a projector that does nothing until Start.
func New(opts Options) (*Projector, error) {
	m, err := newMetrics(opts.Registerer)
	if err != nil {
		return nil, err
	}
	return &Projector{opts: opts, metrics: m, status: newStatus(opts.Health)}, nil
}

// Start starts the loops and returns. The bus must be started.
func (p *Projector) Start(ctx context.Context) error {
	ctx, p.cancel = context.WithCancel(context.WithoutCancel(ctx))
	for _, s := range sources() {
		l := &loop{
			source: s, js: p.opts.Bus.JetStream(), store: p.opts.Store, watch: p.opts.Watch,
			metrics: p.metrics.of(s.stream), status: p.status, logger: p.opts.Logger.With(slog.String("stream", s.stream)),
		}
		p.loops.Go(func() { l.run(ctx) })
	}
	return nil
}

// Stop ends the loops and waits for them until ctx ends. What a loop had read
// and not yet written is read again by the next start.
func (p *Projector) Stop(ctx context.Context) error {
	if p.cancel == nil {
		return nil
	}
	p.cancel()
	ended := make(chan struct{})
	go func() {
		p.loops.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for the projection to end: %w", ctx.Err())
	}
}
