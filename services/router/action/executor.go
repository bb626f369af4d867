package action

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	"github.com/signalbox-io/signalbox/services/router/durable"
	"github.com/signalbox-io/signalbox/services/router/lease"
	"github.com/signalbox-io/signalbox/services/router/ledger"
	"github.com/signalbox-io/signalbox/services/router/retry"
)

// Dialer gives the connection to an adapter.
type Dialer interface {
	// Conn returns the connection to the gRPC server at addr.
	Conn(addr string) (*grpc.ClientConn, error)
}

// Notifier publishes what a publish action says.
type Notifier interface {
	// PublishNotification publishes the action's fields on the subject.
	PublishNotification(ctx context.Context, subject string, a *actionv1.Action) error
}

// Options are how actions are carried out. Zero durations and numbers mean the
// default in brackets.
type Options struct {
	// Adapters are the gRPC addresses of the adapters by source.
	Adapters map[string]string
	// SubjectPrefix is put before the subjects of publish actions.
	SubjectPrefix string
	// CallTimeout is the deadline of one call of an adapter [45s].
	CallTimeout time.Duration
	// GiveUpAfter is how long a pause is tried [15m].
	GiveUpAfter time.Duration
	// GiveUpOthersAfter is how long other actions are tried, but for those that
	// end a lease [24h].
	GiveUpOthersAfter time.Duration
	// Backoff is the wait between attempts [0.5s to 30s].
	Backoff retry.Backoff
	// ReadBackEvery is the wait between readings of what was asked for [1s].
	ReadBackEvery time.Duration
	// ReconcileEvery is the time between comparisons of the leases with the
	// vendor's state [1m].
	ReconcileEvery time.Duration
	// GoneAfter is how long the vendor must go on not to know an alert before
	// we believe that it does not exist any more [1h].
	GoneAfter time.Duration
	// Parallel is how many lanes of one source call its adapter at once [8].
	// As many more may whose target is under a lease.
	Parallel int
	// Drifted is told of each difference between a lease and the vendor's state
	// that a comparison has found [nobody is]. It must not block.
	Drifted func(context.Context, Difference)
	// Discarded is told of what is left as it stands [nobody is]. It must not block.
	Discarded func(durable.Discard)
	// Never says why an alert, as it has just been read, must not be touched,
	// nothing if it may [every alert may].
	Never func(alert *anodotv1.Alert) string
	// Now is the clock [time.Now].
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&o.CallTimeout, 45 * time.Second},
		{&o.GiveUpAfter, 15 * time.Minute},
		{&o.GiveUpOthersAfter, 24 * time.Hour},
		{&o.Backoff.Base, 500 * time.Millisecond},
		{&o.Backoff.Max, 30 * time.Second},
		{&o.ReadBackEvery, time.Second},
		{&o.ReconcileEvery, time.Minute},
		{&o.GoneAfter, time.Hour},
	} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if o.Parallel == 0 {
		o.Parallel = 8
	}
	if o.Never == nil {
		o.Never = func(*anodotv1.Alert) string { return "" }
	}
	if o.Drifted == nil {
		o.Drifted = func(context.Context, Difference) {}
	}
	if o.Discarded == nil {
		o.Discarded = durable.Ignored
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// maxOpen bounds the actions that are under way; Submit waits beyond it.
const maxOpen = 100_000

// Executor carries actions out. It is safe for concurrent use. Stopping it
// before it was started or twice is harmless.
type Executor struct {
	ledger   *ledger.Ledger
	leases   *lease.Keeper
	dialer   Dialer
	notifier Notifier
	logger   *slog.Logger
	opts     Options

	halt *stopSwitch

	places  chan struct{} // one taken per action under way
	started chan struct{} // closed by Start
	quit    chan struct{}
	stop    sync.Once
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu    sync.Mutex
	spawn func(lease.Key) // starts a lane's goroutine; nil before Start
	lanes map[lease.Key]*lane
	// open are the ids under way, and whether each was submitted again meanwhile: it
	// may have ended, and been tried again, before its lane is done with it.
	open map[string]bool
	// proposals are the actions that wait for approval, and until when.
	proposals map[string]time.Time
	// words are the approvals that the router has not taken yet, by action; each
	// is closed when it has.
	words map[string]chan struct{}
	slots map[pool]chan struct{}
	// late is until when a resume of a target may still arrive.
	late map[lease.Key]time.Time
	// doubted leases did not look paused at the last comparison.
	doubted map[lease.Key]finding
}

// New returns an executor that is not started. What is submitted before Start
// waits for it.
func New(
	l *ledger.Ledger, leases *lease.Keeper, dialer Dialer, notifier Notifier, logger *slog.Logger, opts Options,
) *Executor {
	return &Executor{
		ledger: l, leases: leases, dialer: dialer, notifier: notifier, logger: logger, opts: opts.withDefaults(),
		halt:   newStopSwitch(),
		places: make(chan struct{}, maxOpen), started: make(chan struct{}), quit: make(chan struct{}), cancel: func() {},
		lanes: map[lease.Key]*lane{}, open: map[string]bool{}, proposals: map[string]time.Time{}, words: map[string]chan struct{}{},
		slots: map[pool]chan struct{}{}, doubted: map[lease.Key]finding{}, late: map[lease.Key]time.Time{},
	}
}

// Recover submits what the ledger holds open, but for what waits for approval or
// was approved and not released yet: the ledger tells of that again. The end of a
// lease that was under way goes before everything else on its target: nothing may
// have been decided on a lease that is about to end. It never waits for a place, because before Start
// none becomes free.
func (x *Executor) Recover(ctx context.Context) error {
	open, err := x.ledger.Recover(ctx)
	if err != nil {
		return err
	}
	slices.SortStableFunc(open, func(a, b ledger.Record) int { return rank(a.Action) - rank(b.Action) })
	for _, r := range open {
		if r.State() == awaiting {
			x.propose(r.Action)
			continue
		}
		if ledger.IsUnheard(r.Action) || !x.begin(r.Action.GetId()) {
			continue
		}
		j := job{kind: perform, id: r.Action.GetId()}
		select {
		case x.places <- struct{}{}:
			j.hasPlace = true
		default:
		}
		x.enqueue(keyOf(r.Action), j)
	}
	return nil
}

func rank(a *actionv1.Action) int {
	if ledger.EndsLease(a) {
		return 0
	}
	return 1
}

// Start begins to carry out what was and will be submitted, to resume what
// leases release, to compare leases with the vendors, and to publish what the
// stream did not take at once. The leases must be loaded and the ledger
// recovered before. Starting after Stop does nothing.
func (x *Executor) Start() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.stopping() {
		return
	}
	close(x.started)
	ctx, cancel := context.WithCancel(context.Background())
	x.cancel = cancel
	x.late = x.lateAtStart()
	x.spawn = func(key lease.Key) { x.running.Go(func() { x.work(ctx, key) }) }
	for key, l := range x.lanes {
		if !l.running {
			l.running = true
			x.spawn(key)
		}
	}
	watch, unwatch := context.WithCancel(ctx)
	x.running.Go(func() {
		x.leases.Run(watch, func(key lease.Key) { x.enqueue(key, job{kind: leaseOver}) })
	})
	x.running.Go(func() { x.ledger.Deliver(watch) })
	x.running.Go(func() { x.leases.Deliver(watch) })
	x.running.Go(func() { x.expire(watch) })
	x.running.Go(func() {
		<-x.quit
		unwatch()
	})
	x.running.Go(func() { x.reconcile(watch) })
}

// Stop takes up nothing more and lets calls under way end within ctx; those
// that do not are cut off and stay ATTEMPTING, to be read back by the next
// Recover.
func (x *Executor) Stop(ctx context.Context) {
	x.mu.Lock() // no lane starts once it is closed
	x.stop.Do(func() { close(x.quit) })
	x.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		x.running.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
	}
	x.mu.Lock()
	x.cancel()
	x.mu.Unlock()
	<-ended
}

// Submit puts the action, which the ledger must hold, at the end of its
// target's lane; one that waits for approval is only kept in mind. One that is under way already is not taken twice. Submit waits
// while too many are under way, until ctx ends or the executor stops
// (ErrStopping); what it could not submit is taken up by the next Recover.
func (x *Executor) Submit(ctx context.Context, a *actionv1.Action) error {
	if x.stopping() {
		return fmt.Errorf("submit action %s: %w", a.GetId(), ErrStopping)
	}
	if a.GetState() == awaiting {
		x.propose(a)
		return nil
	}
	if !x.begin(a.GetId()) {
		return nil
	}
	var err error
	select {
	case x.places <- struct{}{}:
		x.enqueue(keyOf(a), job{
			kind: perform, id: a.GetId(), span: trace.SpanContextFromContext(ctx), hasPlace: true,
		})
		return nil
	case <-ctx.Done():
		err = ctx.Err()
	case <-x.quit:
		err = ErrStopping
	}
	x.forget(a.GetId())
	return fmt.Errorf("submit action %s: %w", a.GetId(), err)
}

// begin notes that the action is under way; false if it was already. Then it is
// looked at once more at the end.
func (x *Executor) begin(id string) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	_, isOpen := x.open[id]
	x.open[id] = isOpen
	return !isOpen
}

func (x *Executor) forget(id string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.open, id)
}

// leave ends the job of an action, or queues it again where the action was submitted
// meanwhile.
func (x *Executor) leave(key lease.Key, j job) {
	x.mu.Lock()
	isAgain := x.open[j.id]
	if isAgain {
		x.open[j.id] = false
	} else {
		delete(x.open, j.id)
	}
	x.mu.Unlock()
	switch {
	case isAgain:
		x.enqueue(key, j)
	case j.hasPlace:
		<-x.places
	}
}
