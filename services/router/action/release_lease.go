package action

import (
	"context"
	"fmt"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/lease"
)

// wish is a person's wish that a lease end now.
type wish struct {
	id, by, why string
	gone        <-chan struct{} // closed when nobody waits any more
	heard       chan answer     // has room for one
}

type answer struct {
	lease *actionv1.Lease
	err   error
}

// ReleaseLease ends an active lease before its time: it is over from now on, which
// is durable when ReleaseLease returns, and its target is resumed as at the end of
// every lease. It waits until the executor is started, and for what is under way on
// the target: before an action that a killed process left under way is taken up, it
// is not known to hold the lease, and would be done again once that is over. If ctx
// ends before its turn comes, nothing happens. A lease that is not active gives
// [lease.ErrNotActive].
func (x *Executor) ReleaseLease(ctx context.Context, id, by, why string) (*actionv1.Lease, error) {
	select {
	case <-x.started:
	case <-ctx.Done():
		return nil, fmt.Errorf("release lease %s: wait until open actions are taken up: %w", id, ctx.Err())
	case <-x.quit:
		return nil, fmt.Errorf("release lease %s: %w", id, ErrStopping)
	}
	l := x.leases.ByID(id)
	if l == nil {
		return nil, lease.ErrNotActive
	}
	w := &wish{id: id, by: by, why: why, gone: ctx.Done(), heard: make(chan answer, 1)}
	x.enqueue(lease.KeyOf(l), job{kind: leaseRelease, wish: w})
	select {
	case a := <-w.heard:
		return a.lease, a.err
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for what is under way on %s of %s: %w", l.GetTarget(), l.GetSource(), ctx.Err())
	case <-x.quit:
		return nil, fmt.Errorf("release lease %s: %w", id, ErrStopping)
	}
}

// fulfil ends the lease in its target's lane, so that nothing joins it meanwhile.
func (x *Executor) fulfil(ctx context.Context, key lease.Key, w *wish) error {
	select {
	case <-w.gone:
		return nil
	default:
	}
	l, err := x.leases.Release(ctx, key, w.id, w.by, w.why)
	w.heard <- answer{lease: l, err: err}
	if err != nil {
		return nil //nolint:nilerr // whoever asked hears of it
	}
	return x.over(ctx, key)
}
