package action

import (
	"context"
	"errors"
	"slices"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/lease"
	"github.com/signalbox-io/signalbox/services/router/ledger"
)

// errHurry is why something makes way: the end of the target's lease goes first.
var errHurry = errors.New("the end of the target's lease goes first")

// endsLease reports whether the job may end the target's lease.
func (j job) endsLease() bool { return j.kind == leaseOver || j.kind == leaseRelease }

// givesWay reports whether the end of the target's lease goes before the action,
// which has no part in the lease and may be tried for a day, or wait for the stream.
func (x *Executor) givesWay(a *actionv1.Action) bool {
	e := x.effectOf(a)
	return e != nil && e.until == nil && !e.resumes && !ledger.EndsLease(a)
}

// giveWay ends the target's lease, if that waits behind the action and goes before
// it. What it returns is closed when there is such an end again.
func (x *Executor) giveWay(ctx context.Context, a *actionv1.Action) <-chan struct{} {
	if !x.givesWay(a) {
		return nil
	}
	key := keyOf(a)
	for {
		j, ok, hurry := x.nextEnd(key)
		if !ok || x.stopping() {
			return hurry
		}
		x.try(ctx, key, j)
	}
}

// nextEnd takes the lane's first job that may end the target's lease.
func (x *Executor) nextEnd(key lease.Key) (j job, ok bool, hurry <-chan struct{}) {
	x.mu.Lock()
	defer x.mu.Unlock()
	l := x.lanes[key]
	i := slices.IndexFunc(l.jobs, job.endsLease)
	if i < 0 {
		return job{}, false, l.hurry
	}
	j = l.jobs[i]
	l.jobs = slices.Delete(l.jobs, i, i+1)
	return j, true, l.hurry
}

// unlessHurried returns a context that ends also when something goes first. Its end
// must be called.
func (t *turn) unlessHurried(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func(hurry <-chan struct{}) {
		select {
		case <-hurry:
			cancel(errHurry)
		case <-ctx.Done():
		}
	}(t.hurry)
	return ctx, func() { cancel(nil) }
}
