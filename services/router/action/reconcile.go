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

// check compares the target's lease with the vendor's state: one that is over
// is ended, one that somebody resumed by hand is overridden. Vendors may show a
// change late, so it takes two readings in a row to believe that. An alert that
// is not found keeps its lease: whether it is gone shows at the end.
func (x *Executor) check(ctx context.Context, key lease.Key) error {
	l := x.leases.Active(key)
	if l == nil {
		return nil
	}
	if !l.GetUntil().AsTime().After(x.opts.Now()) {
		return x.over(ctx, key)
	}
	release, isWorthIt, err := x.acquireToCompare(l)
	if err != nil || !isWorthIt {
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
	default:
		return x.suspect(ctx, l, finding{lease: l.GetId(), gone: isGone(err)})
	}
}

// suspect takes note of a finding, and acts on the second of a kind in a row.
func (x *Executor) suspect(ctx context.Context, l *actionv1.Lease, seen finding) error {
	key := lease.KeyOf(l)
	isSecond := x.doubt(key, seen) == seen
	attrs := []any{
		slog.String("source", key.Source), slog.String("target", key.Target), slog.String("lease_id", l.GetId()),
	}
	switch {
	case seen.gone && !isSecond:
		x.logger.WarnContext(ctx, "alert under a lease is not found at the vendor; the lease stays to its end", attrs...)
		return nil
	case seen.gone || !isSecond:
		return nil
	}
	x.doubt(key, finding{})
	x.logger.InfoContext(ctx, "lease ends before its time", append(attrs, slog.String("reason", detailByHand))...)
	return x.leases.Close(ctx, l, leaseOverridden, detailByHand)
}
