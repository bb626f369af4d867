package ledger

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// unpublished is how long before the newest change in the ledger a finished
// action may have finished without its message: a crash falls between the two
// writes of the newest changes only, each of which takes milliseconds.
const unpublished = time.Minute

// Retention is how long finished records are kept: longer than the streams
// keep the events that could ask for the same action again.
const Retention = 91 * 24 * time.Hour

// Recover returns the actions that are not finished, oldest first, and
// publishes their present state again, as well as that of actions that
// finished just before the last change: their message may be missing. Records
// that cannot be read are logged and left where they are.
func (l *Ledger) Recover(ctx context.Context) ([]Record, error) {
	records, err := l.all(ctx)
	if err != nil {
		return nil, err
	}
	newest := time.Time{}
	for _, r := range records {
		if at := r.Action.GetUpdatedAt().AsTime(); at.After(newest) {
			newest = at
		}
	}
	var open []Record
	for _, r := range records {
		isOpen := !IsFinal(r.State())
		if isOpen {
			open = append(open, r)
		}
		if isOpen || r.Action.GetUpdatedAt().AsTime().After(newest.Add(-unpublished)) {
			if err := l.publish(ctx, r.Action); err != nil {
				return nil, err
			}
		}
	}
	slices.SortStableFunc(open, byAge)
	return open, nil
}

func byAge(a, b Record) int {
	return a.Action.GetCreatedAt().AsTime().Compare(b.Action.GetCreatedAt().AsTime())
}

// Purge removes finished records that last changed before the given time and
// returns how many. Without it the bucket would grow for ever.
func (l *Ledger) Purge(ctx context.Context, before time.Time) (int, error) {
	records, err := l.all(ctx)
	if err != nil {
		return 0, err
	}
	purged := 0
	for _, r := range records {
		if !IsFinal(r.State()) || !r.Action.GetUpdatedAt().AsTime().Before(before) {
			continue
		}
		if err := l.bus.Ledger().Purge(ctx, r.Action.GetId(), jetstream.LastRevision(r.revision)); err != nil {
			return purged, fmt.Errorf("remove finished action %s: %w", r.Action.GetId(), err)
		}
		purged++
	}
	if purged == 0 {
		return 0, nil
	}
	if err := l.bus.Ledger().PurgeDeletes(ctx, jetstream.DeleteMarkersOlderThan(-1)); err != nil {
		return purged, fmt.Errorf("remove markers of finished actions: %w", err)
	}
	return purged, nil
}

// all reads the whole bucket.
func (l *Ledger) all(ctx context.Context) ([]Record, error) {
	watcher, err := l.bus.Ledger().WatchAll(ctx, jetstream.IgnoreDeletes())
	if err != nil {
		return nil, fmt.Errorf("read the ledger: %w", err)
	}
	defer func() { _ = watcher.Stop() }()
	var records []Record
	for {
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("read the ledger: %w", ctx.Err())
		case entry, ok := <-watcher.Updates():
			if !ok {
				return nil, fmt.Errorf("read the ledger: %w", jetstream.ErrConsumerDeleted)
			}
			if entry == nil { // everything that was there has come
				return records, nil
			}
			record, err := unmarshal(entry)
			if err != nil {
				l.logger.ErrorContext(ctx, "ledger holds a damaged record; its action is not taken up",
					slog.String("action_id", entry.Key()), slog.Any("error", err))
				continue
			}
			records = append(records, record)
		}
	}
}
