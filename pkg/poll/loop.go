package poll

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/claim"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// Bus is where events go and cursors are kept. [bus.Bus] is one; its buckets
// are asked for at each poll, because it has none before it is started.
type Bus interface {
	PublishEvents(ctx context.Context, events []*eventv1.Event) (bus.PublishResult, error)
	PublishDead(ctx context.Context, letter bus.DeadLetter) error
	EventsExtent(ctx context.Context, before bus.Extent) (now bus.Extent, isPart bool, err error)
	Cursors() jetstream.KeyValue
	Sources() jetstream.KeyValue
	Pollers() jetstream.KeyValue
	Alerts() jetstream.KeyValue
}

// Health is told how the source does. [health.Component] is one.
//
// [health.Component]: https://pkg.go.dev/github.com/signalbox-io/signalbox/pkg/health#Component
type Health interface {
	OK()
	Fail(reason string)
}

// Labeler derives labels from an event.
type Labeler interface {
	// Labels returns the labels by name, and of those that could not be computed,
	// by name, why. A label whose value is an empty text is in neither.
	Labels(e *eventv1.Event) (labels, failed map[string]string)
}

// Deps are what a loop works with.
type Deps struct {
	// Bus takes the events.
	Bus Bus
	// Logger of the process.
	Logger *slog.Logger
	// Metrics of all loops of the process.
	Metrics *Metrics
	// Health of this source.
	Health Health
	// Labeler of this source; nil adds no labels.
	Labeler Labeler
	// Tracer gives each poll a trace; nil gives none.
	Tracer trace.TracerProvider
}

// Loop polls one source. RunOnce must not be called while the loop runs.
type Loop struct {
	cfg     Config
	fetcher Fetcher
	deps    Deps
	logger  *slog.Logger
	tracer  trace.Tracer
	state   state
	claim   *claim.Claim
	// turn is that of whoever asks the fetcher.
	turn        chan struct{}
	backfilling sync.Mutex

	mu   sync.Mutex
	stop context.CancelFunc
	done chan struct{}
}

// New returns a loop that is not started, or everything that is wrong with its
// configuration.
func New(cfg Config, fetcher Fetcher, deps Deps) (*Loop, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	if deps.Tracer == nil {
		deps.Tracer = noop.NewTracerProvider()
	}
	l := &Loop{
		cfg: cfg, fetcher: fetcher, deps: deps, turn: make(chan struct{}, 1),
		logger: deps.Logger.With(slog.String("source", cfg.Source)),
		tracer: deps.Tracer.Tracer("github.com/signalbox-io/signalbox/pkg/poll"),
	}
	l.claim = claim.New(claim.Options{
		Bucket: deps.Bus.Pollers, Key: cfg.Source, Holder: claim.Holder(), StaleAfter: staleAfter, Attempt: l.attempt,
	})
	l.state.fresh.Store(cfg.Now().UnixNano())
	deps.Metrics.active.WithLabelValues(cfg.Source).Set(0)
	if err := deps.Metrics.watchFreshness(cfg.Source, l.freshness); err != nil {
		return nil, fmt.Errorf("poll source %q: %w", cfg.Source, err)
	}
	return l, nil
}

// Start begins to poll and returns. The first poll begins at once where no other
// process polls the source; otherwise the loop stands by until that one stops,
// or has not been heard of for six seconds. The loop ends with Stop, not with ctx. Starting twice does nothing.
func (l *Loop) Start(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stop != nil {
		return nil
	}
	ctx, l.stop = context.WithCancel(context.WithoutCancel(ctx))
	l.done = make(chan struct{})
	go func() {
		defer close(l.done)
		l.run(ctx)
	}()
	return nil
}

// Stop interrupts a poll under way, which is then done again by whoever polls
// next, and waits until it has ended or ctx ends. Stopping a loop that was not
// started, or twice, does nothing.
func (l *Loop) Stop(ctx context.Context) error {
	done := l.interrupt()
	if done == nil {
		return nil
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop polling %s: %w", l.cfg.Source, ctx.Err())
	}
}

// interrupt returns what is closed when the loop has ended, nil for a loop
// that was not started.
func (l *Loop) interrupt() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stop != nil {
		l.stop()
	}
	return l.done
}

// wait reports false when ctx ended first.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// permanentError marks an error that trying again does not mend.
type permanentError struct{ error }

// Unwrap returns what went wrong.
func (e permanentError) Unwrap() error { return e.error }

func isPermanent(err error) bool {
	_, ok := errors.AsType[permanentError](err)
	return ok
}
