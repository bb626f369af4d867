package action

import (
	"context"
	"errors"
	"log/slog"
	"maps"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/lease"
)

// orphans are what no lease tells of, as far as they are not looked at yet. The
// ledger is read for them once.
type orphans struct {
	isRead bool
	held   map[lease.Key]*actionv1.Action
}

// findOrphans reports what we paused, or made for a while, and no lease tells of any
// more: the record of its lease was lost, or is damaged, so that nobody will undo it.
// It is reported and not undone: whoever lost the record may have changed more. What
// cannot be read at the vendor is left for the next time.
func (x *Executor) findOrphans(ctx context.Context, search *orphans) error {
	if !search.isRead {
		held, err := x.unleased(ctx)
		if err != nil {
			return err
		}
		search.isRead, search.held = true, held
	}
	var errs []error
	for key, a := range search.held {
		err := x.reportOrphan(ctx, key, a)
		if err == nil {
			delete(search.held, key)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// unleased returns the last action that took a lease on each target of which no
// lease is known.
func (x *Executor) unleased(ctx context.Context) (map[lease.Key]*actionv1.Action, error) {
	held := map[lease.Key]*actionv1.Action{}
	err := x.ledger.Each(ctx, func(a *actionv1.Action) {
		key := keyOf(a)
		if x.tookLease(a) && a.GetUpdatedAt().AsTime().After(held[key].GetUpdatedAt().AsTime()) {
			held[key] = a
		}
	})
	if err != nil {
		return nil, err
	}
	known, err := x.leases.Known(ctx)
	maps.DeleteFunc(held, func(key lease.Key, _ *actionv1.Action) bool { return known[key] })
	return held, err
}

// tookLease reports whether the action had its effect and took a lease for it: what
// was there before is somebody else's.
func (x *Executor) tookLease(a *actionv1.Action) bool {
	e := x.effectOf(a)
	before := a.GetStateBefore()
	return e != nil && e.until != nil && a.GetState() == done && before != statePaused && before != statePresent
}

// reportOrphan tells of the action's effect if it is still there, and under no lease
// that was taken since.
func (x *Executor) reportOrphan(ctx context.Context, key lease.Key, a *actionv1.Action) error {
	if x.leases.Active(key) != nil {
		return nil
	}
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
		x.opts.Drifted(ctx, Difference{Kind: DriftOrphaned, Action: a, Detail: detailOrphaned})
		x.logger.WarnContext(ctx, "effect of ours is under no lease: its record is lost; undo it by hand",
			slog.String("source", key.Source), slog.String("target", a.GetTarget()), slog.String("type", a.GetType()),
			slog.String("action_id", a.GetId()), slog.String("detail", a.GetDetail()))
	}
	return nil
}
