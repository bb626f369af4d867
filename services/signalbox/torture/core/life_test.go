package core_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/grpc"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/action"
	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/lease"
	"github.com/signalbox-io/signalbox/services/router/ledger"
	"github.com/signalbox-io/signalbox/services/router/retry"
)

var (
	errDead   = errors.New("the process is dead")
	errWrites = errors.New("the bus did not answer")
)

// life is one life of the process: it decides about what is on the stream, acts,
// and dies.
type life struct {
	world  *world
	dead   chan struct{}
	die    sync.Once
	dialer *rpc.Dialer

	executor *action.Executor
	ledger   *ledger.Ledger
	leases   *lease.Keeper
	stop     context.CancelFunc
	deciding sync.WaitGroup
	poke     chan struct{} // something is on the stream
}

// begin starts a process that takes up what is on the bus. One that dies while
// it starts is returned too.
func (w *world) begin() *life {
	logger := slog.New(slog.DiscardHandler)
	l := &life{world: w, dead: make(chan struct{}), poke: make(chan struct{}, 1)}
	w.live(l)
	l.dialer = rpc.NewDialer(logger, rpc.WithConnections(w.dial))
	l.ledger = ledger.New(l, logger, ledger.Options{Now: w.now})
	l.leases = lease.NewKeeper(l, logger, lease.Options{})
	l.executor = action.New(l.ledger, l.leases, l, l, logger, action.Options{
		Adapters: map[string]string{"anodot-prod": "vendor", "anomify-prod": "vendor"}, SubjectPrefix: "signalbox.notify",
		CallTimeout: callTime, Backoff: retry.Backoff{Max: waitTime},
	})
	var ctx context.Context
	ctx, l.stop = context.WithCancel(context.Background())
	if l.leases.Load(ctx) != nil || l.executor.Recover(ctx) != nil {
		l.crash()
	}
	l.executor.Start()
	l.deciding.Go(func() { l.decide(ctx) })
	return l
}

// decide goes on after the last snapshot, as the router does: an action is
// recorded, then done; a snapshot covers only what is recorded.
func (l *life) decide(ctx context.Context) {
	e, position := l.world.restore()
	for {
		in, found := l.world.at(position)
		if !found {
			select {
			case <-l.poke:
				continue
			case <-ctx.Done():
				return
			}
		}
		for _, out := range e.Event(in) {
			for _, a := range out.Actions {
				if l.ask(ctx, a) != nil {
					return
				}
			}
		}
		position++
		l.snapshot(ctx, e, position)
		if ctx.Err() != nil {
			return
		}
	}
}

func (l *life) ask(ctx context.Context, a *actionv1.Action) error {
	r, err := l.ledger.Create(ctx, a)
	if err != nil || ledger.IsFinal(r.State()) {
		return err
	}
	return l.executor.Submit(ctx, r.Action)
}

// snapshot stores what has been decided now and then.
func (l *life) snapshot(ctx context.Context, e *engine.Engine, position int) {
	if position%3 != 0 {
		return
	}
	state, err := e.Snapshot()
	if err != nil {
		l.world.fault("snapshot: " + err.Error())
		return
	}
	_ = l.write(ctx, "snapshot", func() { l.world.store(state, position) })
}

// alive returns an error of a process that is dead.
func (l *life) alive(ctx context.Context) error {
	select {
	case <-l.dead:
		return errDead
	default:
		return ctx.Err()
	}
}

// write lets a write happen as its fate is.
func (l *life) write(ctx context.Context, name string, apply func()) error {
	if err := l.alive(ctx); err != nil {
		return err
	}
	kind, _ := l.world.fates.of(name, writeOdds)
	switch kind {
	case failsBefore:
		return errWrites
	case failsAfter:
		apply()
		return errWrites
	case crashBefore:
		l.crash()
		return errDead
	case crashAfter:
		apply()
		l.crash()
		return errDead
	default:
		apply()
		return nil
	}
}

// crash lets nothing of the process happen from now on.
func (l *life) crash() { l.die.Do(func() { close(l.dead) }) }

// end waits until nothing of the process runs any more.
func (l *life) end() {
	l.crash()
	l.stop()
	over, cancel := context.WithCancel(context.Background())
	cancel()
	l.executor.Stop(over)
	l.deciding.Wait()
	_ = l.dialer.Stop(context.Background())
}

// wake tells that something is on the stream.
func (l *life) wake() {
	select {
	case l.poke <- struct{}{}:
	default:
	}
}

// What the executor, the ledger and the leases need of the bus.

func (l *life) Ledger() jetstream.KeyValue { return view{bucket: l.world.actions, life: l} }
func (l *life) Leases() jetstream.KeyValue { return view{bucket: l.world.held, life: l} }

func (l *life) PublishAction(ctx context.Context, a *actionv1.Action) error {
	return l.write(ctx, "publish "+a.GetTarget(), func() {})
}

func (l *life) PublishLease(ctx context.Context, held *actionv1.Lease) error {
	return l.write(ctx, "publish lease "+held.GetTarget(), func() {})
}

func (l *life) PublishNotification(ctx context.Context, subject string, a *actionv1.Action) error {
	return l.write(ctx, "notify "+subject, func() { l.world.hear(subject, a.GetId()) })
}

// Conn implements [action.Dialer]; nothing of a dead process reaches a vendor.
func (l *life) Conn(addr string) (*grpc.ClientConn, error) {
	if err := l.alive(context.Background()); err != nil {
		return nil, err
	}
	return l.dialer.Conn(addr)
}
