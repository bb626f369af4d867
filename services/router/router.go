package router

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/config"
	deadv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/dead/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/action"
	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/lease"
	"github.com/signalbox-io/signalbox/services/router/ledger"
	"github.com/signalbox-io/signalbox/services/router/retry"
)

// Bus is what the router needs of the bus, which must be started before the
// router is. [bus.Bus] is one.
type Bus interface {
	ledger.Bus
	lease.Bus
	action.Notifier
	// JetStream gives access to the streams.
	JetStream() jetstream.JetStream
	// Cursors returns the bucket of the cursors.
	Cursors() jetstream.KeyValue
	// Alerts returns the bucket of what pollers know of the sources' alerts.
	Alerts() jetstream.KeyValue
	// Snapshots returns the object store of the snapshots.
	Snapshots() jetstream.ObjectStore
	// Rules returns the object store of the rule sets that have decided.
	Rules() jetstream.ObjectStore
	// PublishInput records an input under an id as the one that follows after, and
	// returns its sequence.
	PublishInput(ctx context.Context, id string, in *routerv1.Input, after uint64) (uint64, error)
	// PublishDecisionAsync publishes a decision; the future tells when it is on
	// the stream.
	PublishDecisionAsync(ctx context.Context, d *decisionv1.Decision) (jetstream.PubAckFuture, error)
	// Size returns how long a message is as it is published.
	Size(m proto.Message) (int, error)
	// Conn returns the connection, which knows how much the server takes.
	Conn() *nats.Conn
	// PublishDead keeps a dead letter.
	PublishDead(ctx context.Context, letter bus.DeadLetter) error
	// MarkRedriven keeps that a dead letter was tried again, once.
	MarkRedriven(ctx context.Context, id string, mark *deadv1.Redrive) error
	// RepublishEvent publishes the event of a dead letter.
	RepublishEvent(ctx context.Context, e *eventv1.Event, deadID string) error
}

// Health is told whether the router does its work.
type Health interface {
	OK()
	Fail(reason string)
	// Note tells more, whatever the state.
	Note(text string)
}

// Options are what a router works with. Tracer and what comes after it, WatchRules
// and FlushTime may be left out.
type Options struct {
	// Config names the sources, their adapters, the settings and the rules
	// files, which are read again when they change.
	Config config.Config
	// WatchRules is the time between two looks at the rules files [1s].
	WatchRules time.Duration
	// FlushTime is how long Stop waits at most for what was decided to be stored: a
	// bus that is away does not take it in any time. A replica gives its claim back
	// within a third of that [3s].
	FlushTime time.Duration
	// Bus has the streams, the buckets and the snapshots.
	Bus Bus
	// Dialer connects to the adapters.
	Dialer action.Dialer
	// Health is told whether everything that was on the stream is decided.
	Health Health
	// Registerer gets the metrics.
	Registerer prometheus.Registerer
	// Logger of what happens.
	Logger *slog.Logger
	// Tracer gives each decision a span; nil gives none.
	Tracer trace.TracerProvider
	// Address is how other routers reach this process over gRPC, "" if they cannot.
	// Only a replica uses it, and what follows.
	Address string
	// InstanceFile names this instance over restarts: a process that is started
	// again need not wait for the claim of the one that was killed. It is made when
	// it is missing; "" for none. Two processes at a time must not share it.
	InstanceFile string
	// TakeOverAfter is how long the router that decides must not have been heard of
	// for another one to take over [3s].
	TakeOverAfter time.Duration
}

// Router decides about the events of the stream and does what follows, from Start
// to Stop: it takes itself for the only one on the bus. A [Replica] makes it so.
// Stopping it before it was started, or twice, is harmless.
type Router struct {
	opts     Options
	ledger   *ledger.Ledger
	leases   *lease.Keeper
	executor *action.Executor
	loop     *loop
	status   *status
	metrics  *metrics
	inputs   *inputQueue
	alerts   *inventory
	on       listening
	open     chan engine.Open // what the engine waits for, once
	reloads  reloader
	stop     stopper
	// place tells which of several routers this is; nil for the only one.
	place func() *routerv1.Replica
	// purgeEvery is the time between two removals of old records.
	purgeEvery time.Duration

	mu       sync.Mutex
	stopRead context.CancelFunc // ends reading
	stopLife context.CancelFunc // ends everything else too
	ended    chan struct{}      // closed when the router's goroutines have ended
}

// New returns a router that does nothing until Start. The rules decide until
// others are read.
func New(opts Options, rules *Rules) (*Router, error) {
	var r *Router
	m, err := newMetrics(opts.Registerer, heldBy(func() *Router { return r }))
	if err != nil {
		return nil, err
	}
	r = newRouter(opts.withDefaults(), rules, m)
	return r, nil
}

// withDefaults fills in what may be left out.
func (o Options) withDefaults() Options {
	if o.Tracer == nil {
		o.Tracer = noop.NewTracerProvider()
	}
	if o.WatchRules == 0 {
		o.WatchRules = defaultWatch
	}
	if o.FlushTime == 0 {
		o.FlushTime = defaultFlush
	}
	if o.TakeOverAfter == 0 {
		o.TakeOverAfter = defaultTakeOver
	}
	return o
}

func newRouter(opts Options, rules *Rules, m *metrics) *Router {
	if len(rules.Rules()) == 0 {
		opts.Logger.Warn("there is no rule: events are read and nothing is decided; check `rules` in the configuration")
	}
	r := &Router{
		opts: opts, status: &status{}, inputs: newInputQueue(), open: make(chan engine.Open, 1), purgeEvery: purgeEvery, metrics: m,
	}
	r.stop.isConfigured = opts.Config.Safety.Stop
	r.reloads = reloader{turn: make(chan struct{}, 1), current: rules, seen: digestOf(rules.files, nil)}
	r.alerts = newInventory(opts, r.inputs)
	r.on = listening{Bus: opts.Bus, inputs: r.inputs, logger: opts.Logger, metrics: m, retries: newRetries()}
	r.leases = lease.NewKeeper(r.on, opts.Logger, lease.Options{Discarded: m.discarded})
	r.ledger = ledger.New(r.on, opts.Logger, ledger.Options{Reached: m.reached, Discarded: m.discarded})
	r.executor = action.New(r.ledger, r.leases, opts.Dialer, opts.Bus, opts.Logger, action.Options{
		Adapters:       adapters(opts.Config.Sources),
		SubjectPrefix:  opts.Config.Notify.SubjectPrefix,
		CallTimeout:    callTimeout(opts.Config.Sources),
		ReconcileEvery: opts.Config.Leases.ReconcileEvery,
		Never:          never(opts.Config.Safety),
		Drifted:        r.on.drifted,
		Discarded:      m.discarded,

		GiveUpAfter: opts.Config.Actions.GiveUpAfter, GiveUpOthersAfter: opts.Config.Actions.GiveUpOthersAfter,
	})
	r.loop = newLoop(r, rules)
	r.status.owns(rules.Version())
	r.loop.tellRules(byStart)
	return r
}

// heldBy returns what the router at hand holds.
func heldBy(current func() *Router) held {
	return held{
		leases:  func() int { return current().leases.Len() },
		oldest:  func() int { return int(current().leases.Oldest().Seconds()) },
		overdue: func() int { return current().leases.Overdue(current().opts.Config.Leases.ReconcileEvery) },
		owed:    func() int { return current().ledger.Owed() + current().leases.Owed() },
		inputs:  func() int { return current().inputs.waiting() },
		halted:  func() int { return current().stop.isStopped() },
	}
}

func newLoop(r *Router, rules *Rules) *loop {
	opts, m := r.opts, r.metrics
	l := &loop{
		bus: opts.Bus, rules: rules, wanted: rules, archive: archive{opts.Bus}, inputs: r.inputs, open: r.open, settings: Settings(opts.Config),
		ledger: r.ledger, executor: r.executor, health: opts.Health, metrics: m, status: r.status,
		logger: opts.Logger, tracer: opts.Tracer.Tracer("github.com/signalbox-io/signalbox/services/router"),
		outbox:  &outbox{bus: opts.Bus, logger: opts.Logger, metrics: m},
		morgue:  &morgue{bus: opts.Bus, logger: opts.Logger, metrics: m},
		origins: newOrigins(rules.Set),
		pulse:   &pulse{},
		alerts:  r.alerts,
		stop:    &r.stop, halt: r.halt,
	}
	l.outbox.refused = l.oversized
	return l
}

func adapters(sources []config.Source) map[string]string {
	byName := make(map[string]string, len(sources))
	for _, source := range sources {
		byName[source.Name] = source.Adapter
	}
	return byName
}

// callTimeout is the deadline of one call of an adapter: the longest time that
// a vendor may take, and half of it for what the adapter does besides. After a
// crash an effect of unknown outcome is not asked for again before it is over.
func callTimeout(sources []config.Source) time.Duration {
	var longest time.Duration
	for _, source := range sources {
		switch source.Vendor {
		case eventv1.Vendor_VENDOR_ANODOT, eventv1.Vendor_VENDOR_ANOMIFY, eventv1.Vendor_VENDOR_SECURE_REPORTER: // those that are acted on
			longest = max(longest, source.Timeout)
		default:
		}
	}
	return longest + longest/2
}

// Start begins to decide and to act, and returns. It ends with Stop, not with
// ctx. Starting twice does nothing.
func (r *Router) Start(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended != nil {
		return nil
	}
	life, stopLife := context.WithCancel(context.WithoutCancel(ctx))
	reading, stopRead := context.WithCancel(life)
	r.stopRead, r.stopLife, r.ended = stopRead, stopLife, make(chan struct{})
	go func() {
		defer close(r.ended)
		r.run(reading, life)
	}()
	return nil
}

// run brings back what former processes left, then decides until reading ends.
func (r *Router) run(reading, life context.Context) {
	defer r.inputs.close(errEnded)
	if !r.recover(reading) {
		return
	}
	r.executor.Start()
	var running sync.WaitGroup
	if r.loop.engine == nil {
		r.alerts.begin(reading)
	} // else it has followed another router, and knows the alerts from there
	running.Go(func() { r.alerts.run(reading) })
	running.Go(func() { r.tellUnheard(reading, r.open) })
	running.Go(func() { r.watchRules(reading) })
	running.Go(func() { r.purge(reading) })
	running.Go(func() { r.loop.watch(reading) })
	r.loop.run(reading, retry.Reporting(life, r.loop.pulse.blame))
	running.Wait()
}

// recover loads the leases and takes up the actions that are not finished,
// until it works or ctx ends: before that nothing may be done at a vendor.
func (r *Router) recover(ctx context.Context) bool {
	backoff := retry.Backoff{Base: 250 * time.Millisecond, Max: 5 * time.Second}
	for failures := 1; ; failures++ {
		err := r.takeUp(ctx)
		if err == nil {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		r.opts.Health.Fail(err.Error())
		r.opts.Logger.WarnContext(ctx, "leases and actions could not be taken up, trying again", slog.Any("error", err))
		if retry.Wait(ctx, backoff.Delay(failures)) != nil {
			return false
		}
	}
}

// defaultFlush is how long Stop waits at most for what was decided to be stored.
const defaultFlush = 3 * time.Second

// Stop ends reading, stores what was decided, and lets actions under way end
// within ctx. What does not end in time is taken up by the next start.
func (r *Router) Stop(ctx context.Context) error {
	r.mu.Lock()
	ended, stopRead, stopLife := r.ended, r.stopRead, r.stopLife
	r.mu.Unlock()
	if ended == nil {
		return nil
	}
	defer stopLife()
	stopRead()
	flush, cancel := context.WithTimeout(ctx, r.opts.FlushTime)
	defer cancel()
	var err error
	select {
	case <-ended:
	case <-flush.Done():
		err = fmt.Errorf("store what the router decided: %w; the next start decides it again", flush.Err())
	}
	stopLife()
	r.executor.Stop(ctx)
	select {
	case <-ended:
		return err
	case <-ctx.Done():
		return fmt.Errorf("stop the router: %w", ctx.Err())
	}
}

// Status returns how far the router has come.
func (r *Router) Status(ctx context.Context) Status {
	report := r.status.get()
	js := r.opts.Bus.JetStream()
	if js == nil {
		return report
	}
	if stream, err := findStream(ctx, js, bus.StreamEvents); err == nil {
		report.Last = stream.CachedInfo().State.LastSeq
	}
	return report
}
