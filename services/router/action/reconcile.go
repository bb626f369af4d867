package action

import (
	"context"
	"log/slog"
	"time"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/lease"
)

// reconcile compares each lease with the vendor's state, again and again. A
// lease whose lane is busy is compared the next time.
func (x *Executor) reconcile() {
	ticker := time.NewTicker(x.opts.ReconcileEvery)
	defer ticker.Stop()
	for {
		select {
		case <-x.quit:
			return
		case <-ticker.C:
		}
		for _, l := range x.leases.List() {
			if key := lease.KeyOf(l); x.isIdle(key) {
				x.enqueue(key, job{kind: leaseCheck})
			}
		}
	}
}

// finding is what a comparison saw of a lease's target that is not paused. The
// zero value is none.
type finding struct {
	lease string
	gone  bool
}

// check compares the target's lease with the vendor's state: one that is over
// is ended, one that somebody resumed by hand is overridden, one of an alert
// that does not exist any more is ended. Vendors may show a change late, so it
// takes two readings in a row to believe the latter two.
func (x *Executor) check(ctx context.Context, key lease.Key) error {
	l := x.leases.Active(key)
	if l == nil {
		return nil
	}
	if !l.GetUntil().AsTime().After(x.opts.Now()) {
		return x.over(ctx, key)
	}
	release, err := x.acquire(key.Source)
	if err != nil {
		return err
	}
	defer release()
	paused, err := x.isPaused(ctx, key.Source, alertID(key))
	switch {
	case err != nil && !isGone(err):
		x.logger.DebugContext(ctx, "lease could not be compared with the vendor",
			slog.String("source", key.Source), slog.String("target", key.Target), slog.Any("error", err))
		return nil
	case paused:
		x.doubt(key, finding{})
		return nil
	}
	seen := finding{lease: l.GetId(), gone: isGone(err)}
	if x.doubt(key, seen) != seen {
		return nil
	}
	x.doubt(key, finding{})
	return x.disown(ctx, l, seen)
}

// disown ends a lease of an alert that is not paused any more.
func (x *Executor) disown(ctx context.Context, l *actionv1.Lease, seen finding) error {
	state, reason := leaseOverridden, detailByHand
	if seen.gone {
		state, reason = leaseEnded, detailGone
	}
	x.logger.InfoContext(ctx, "lease ends before its time",
		slog.String("source", l.GetSource()), slog.String("target", l.GetTarget()),
		slog.String("lease_id", l.GetId()), slog.String("reason", reason))
	return x.leases.Close(ctx, l, state, reason)
}

// doubt remembers what was seen of the lease and returns what was remembered
// before.
func (x *Executor) doubt(key lease.Key, seen finding) finding {
	x.mu.Lock()
	defer x.mu.Unlock()
	before := x.doubted[key]
	if seen == (finding{}) {
		delete(x.doubted, key)
	} else {
		x.doubted[key] = seen
	}
	return before
}
