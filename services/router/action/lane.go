package action

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.opentelemetry.io/otel/trace"

	"github.com/signalbox-io/signalbox/services/router/durable"
	"github.com/signalbox-io/signalbox/services/router/lease"
	"github.com/signalbox-io/signalbox/services/router/ledger"
	"github.com/signalbox-io/signalbox/services/router/retry"
)

// lane is the queue of one target. Its goroutine lives while there are jobs.
type lane struct {
	jobs    []job
	running bool
	hurry   chan struct{} // closed when the end of the target's lease is queued
}

// job is something to do on a target, in its turn.
type job struct {
	kind kind
	id   string            // of the action to perform
	span trace.SpanContext // of the event behind it
	// hasPlace tells that it occupies a place of the executor.
	hasPlace bool
	wish     *wish // of a lease's release
}

type kind int

const (
	perform      kind = iota // carry out an action
	leaseOver                // the target's lease may be over
	leaseCheck               // compare the target's lease with the vendor
	leaseRelease             // end the target's lease now
)

// enqueue puts the job at the end of the target's lane.
func (x *Executor) enqueue(key lease.Key, j job) {
	x.mu.Lock()
	defer x.mu.Unlock()
	l := x.lanes[key]
	if l == nil {
		l = &lane{hurry: make(chan struct{})}
		x.lanes[key] = l
	}
	l.jobs = append(l.jobs, j)
	if j.endsLease() {
		close(l.hurry)
		l.hurry = make(chan struct{})
	}
	if !l.running && x.spawn != nil && !x.stopping() {
		l.running = true
		x.spawn(key)
	}
}

// enqueueEnd has the target's lease ended, unless that is queued already.
func (x *Executor) enqueueEnd(key lease.Key) {
	x.mu.Lock()
	l := x.lanes[key]
	isQueued := l != nil && slices.ContainsFunc(l.jobs, job.endsLease)
	x.mu.Unlock()
	if !isQueued {
		x.enqueue(key, job{kind: leaseOver})
	}
}

// next takes the lane's first job; an empty lane is removed.
func (x *Executor) next(key lease.Key) (job, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	l := x.lanes[key]
	if len(l.jobs) == 0 {
		delete(x.lanes, key)
		return job{}, false
	}
	j := l.jobs[0]
	l.jobs = l.jobs[1:]
	return j, true
}

// isIdle reports whether nothing is queued or under way on the target.
func (x *Executor) isIdle(key lease.Key) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.lanes[key] == nil
}

// work does the lane's jobs until there is none or the executor stops.
func (x *Executor) work(ctx context.Context, key lease.Key) {
	for !x.stopping() {
		j, ok := x.next(key)
		if !ok {
			return
		}
		x.try(ctx, key, j)
	}
}

// try does the job, and tells of what it cannot do.
func (x *Executor) try(ctx context.Context, key lease.Key, j job) {
	if err := x.do(ctx, key, j); err != nil && ctx.Err() == nil && !errors.Is(err, ErrStopping) {
		x.opts.Discarded(durable.LeftAction)
		x.logger.ErrorContext(ctx, "action is left as it stands until the next start",
			slog.String("source", key.Source), slog.String("target", key.Target),
			slog.String("action_id", j.id), slog.Any("error", err))
	}
}

func (x *Executor) do(ctx context.Context, key lease.Key, j job) error {
	switch j.kind {
	case leaseOver:
		return x.over(ctx, key)
	case leaseCheck:
		return x.check(ctx, key)
	case leaseRelease:
		return x.fulfil(ctx, key, j.wish)
	default:
		defer x.leave(key, j)
		if j.span.IsValid() {
			ctx = trace.ContextWithRemoteSpanContext(ctx, j.span)
		}
		r, err := x.read(ctx, j.id)
		if err != nil || ledger.IsFinal(r.State()) {
			return err
		}
		return x.carry(ctx, r)
	}
}

// read returns the action as it stands, as soon as the bus tells.
func (x *Executor) read(ctx context.Context, id string) (ledger.Record, error) {
	var r ledger.Record
	missing := false
	err := retry.Do(ctx, x.logger, "read action "+id, func(ctx context.Context) error {
		var err error
		r, err = x.ledger.Get(ctx, id)
		missing = errors.Is(err, jetstream.ErrKeyNotFound) || errors.Is(err, jetstream.ErrInvalidKey)
		if missing {
			return nil
		}
		return err
	})
	if missing {
		return r, jetstream.ErrKeyNotFound
	}
	return r, err
}

// ErrStopping is returned by Submit once Stop was called.
var ErrStopping = errors.New("the executor is stopping")

func (x *Executor) stopping() bool {
	select {
	case <-x.quit:
		return true
	default:
		return false
	}
}

// turn is what one lane remembers of the action it is at; a restart begins
// another.
type turn struct {
	since    time.Time     // when this lane took it up
	asked    time.Time     // when the effect was last asked for, at the latest
	failures int           // failed calls
	wait     time.Duration // before the next pass

	accepted bool    // the vendor took what was asked for
	readings int     // readings since then that do not show it
	gone     absence // how long the vendor has not known the target
	undone   int     // readings in a row that show undone what nobody was asked to undo
	unseen   int     // times that the vendor took what was asked for and did not show it
	missing  int     // readings in a row that do not find the target

	hurry <-chan struct{} // closed when the end of the target's lease goes first
}

// carry takes the action to its end, pass by pass.
func (x *Executor) carry(ctx context.Context, r ledger.Record) error {
	now := x.opts.Now()
	t := &turn{since: now, asked: now}
	for !ledger.IsFinal(r.State()) {
		bell := x.bellFor(r.Action) // before the switch is looked at
		t.hurry = x.giveWay(ctx, r.Action)
		release, err := x.acquire(x.poolOf(r.Action), t.hurry)
		if errors.Is(err, errHurry) {
			continue
		}
		if err != nil {
			return err
		}
		t.wait = 0
		r, err = x.step(ctx, r, t)
		release()
		if errors.Is(err, ledger.ErrConflict) || errors.Is(err, errHurry) {
			r, err = x.read(ctx, r.Action.GetId())
		}
		if err != nil {
			return err
		}
		if ledger.IsFinal(r.State()) {
			break
		}
		if err := x.pause(t.wait, bell, t.hurry); err != nil {
			return err
		}
	}
	x.logger.InfoContext(ctx, "action ended",
		slog.String("action_id", r.Action.GetId()), slog.String("type", r.Action.GetType()),
		slog.String("source", r.Action.GetSource()), slog.String("target", r.Action.GetTarget()),
		slog.String("state", r.State().String()), slog.String("detail", r.Action.GetDetail()))
	return nil
}

// pause waits d, or for the bell or a hurry, or ends with ErrStopping.
func (x *Executor) pause(d time.Duration, bell, hurry <-chan struct{}) error {
	if x.stopping() {
		return ErrStopping
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-bell:
		return nil
	case <-hurry:
		return nil
	case <-x.quit:
		return ErrStopping
	}
}
