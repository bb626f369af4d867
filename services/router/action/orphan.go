package action

import (
	"context"
	"log/slog"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/lease"
)

// findOrphans reports what we paused, or made for a while, and no lease tells of any
// more: the record of its lease was lost, or is damaged, so that nobody will undo it.
// It is reported and not undone: whoever lost the record may have changed more.
func (x *Executor) findOrphans(ctx context.Context) error {
	held := map[lease.Key]*actionv1.Action{}
	err := x.ledger.Each(ctx, func(a *actionv1.Action) {
		key := keyOf(a)
		if x.tookLease(a) && a.GetUpdatedAt().AsTime().After(held[key].GetUpdatedAt().AsTime()) {
			held[key] = a
		}
	})
	if err != nil {
		return err
	}
	known, err := x.leases.Known(ctx)
	if err != nil {
		return err
	}
	for key, a := range held {
		if !known[key] && x.leases.Active(key) == nil {
			if err := x.reportOrphan(ctx, key, a); err != nil {
				return err
			}
		}
	}
	return nil
}

// tookLease reports whether the action had its effect and took a lease for it: what
// was there before is somebody else's.
func (x *Executor) tookLease(a *actionv1.Action) bool {
	e := x.effectOf(a)
	before := a.GetStateBefore()
	return e != nil && e.until != nil && a.GetState() == done && before != statePaused && before != statePresent
}

// reportOrphan tells of the action's effect if it is still there.
func (x *Executor) reportOrphan(ctx context.Context, key lease.Key, a *actionv1.Action) error {
	release, err := x.acquire(pool{source: key.Source}, nil)
	if err != nil {
		return err
	}
	defer release()
	seen, err := x.effectOf(a).look(ctx)
	switch {
	case err != nil && !isGone(err):
		return err
	case err == nil && seen.isThere:
		x.opts.Drifted(DriftOrphaned)
		x.logger.WarnContext(ctx, "effect of ours is under no lease: its record is lost; undo it by hand",
			slog.String("source", key.Source), slog.String("target", a.GetTarget()), slog.String("type", a.GetType()),
			slog.String("action_id", a.GetId()), slog.String("detail", a.GetDetail()))
	}
	return nil
}
