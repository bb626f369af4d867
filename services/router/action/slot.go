package action

import (
	"time"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/lease"
	"github.com/signalbox-io/signalbox/services/router/ledger"
)

// pool names the slots of one source that are shared. Targets that are under a
// lease have slots of their own: whatever is under way on them may stand before
// the resume, which must not wait for pauses of others that hang.
type pool struct {
	source  string
	isOwned bool
}

func (x *Executor) poolOf(a *actionv1.Action) pool {
	isOwned := ledger.EndsLease(a) || x.leases.Active(keyOf(a)) != nil && !x.givesWay(a)
	return pool{source: a.GetSource(), isOwned: isOwned}
}

func (x *Executor) slotsOf(p pool) chan struct{} {
	x.mu.Lock()
	defer x.mu.Unlock()
	slots := x.slots[p]
	if slots == nil {
		slots = make(chan struct{}, x.opts.Parallel)
		x.slots[p] = slots
	}
	return slots
}

// acquire takes one of the pool's slots and returns how to give it back, or
// errHurry if something else goes first.
func (x *Executor) acquire(p pool, hurry <-chan struct{}) (func(), error) {
	slots := x.slotsOf(p)
	if x.stopping() {
		return nil, ErrStopping
	}
	select {
	case slots <- struct{}{}:
		return func() { <-slots }, nil
	case <-hurry:
		return nil, errHurry
	case <-x.quit:
		return nil, ErrStopping
	}
}

// acquireToCompare is acquire for a comparison of the lease, which is worth
// doing only while the lease lasts and nothing waits in its lane; false means
// that it is not.
func (x *Executor) acquireToCompare(l *actionv1.Lease) (func(), bool, error) {
	key := lease.KeyOf(l)
	slots := x.slotsOf(pool{source: key.Source})
	ticker := time.NewTicker(x.opts.ReadBackEvery)
	defer ticker.Stop()
	for !x.isAwaited(key) && l.GetUntil().AsTime().After(x.opts.Now()) {
		select {
		case slots <- struct{}{}:
			return func() { <-slots }, true, nil
		case <-ticker.C:
		case <-x.quit:
			return nil, false, ErrStopping
		}
	}
	return nil, false, nil
}

// isAwaited reports whether jobs wait in the lane.
func (x *Executor) isAwaited(key lease.Key) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	l := x.lanes[key]
	return l != nil && len(l.jobs) > 0
}
