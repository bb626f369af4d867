package lease

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
)

// unpublished is how long before the newest change a lease may have ended
// without its message; see the same constant of the ledger.
const unpublished = time.Minute

// Load reads the bucket, sets the timers of the active leases and publishes
// their state again, and that of leases that ended just before the newest
// change: a crash between the two writes may have left their message out.
func (k *Keeper) Load(ctx context.Context) error {
	leases, err := k.all(ctx)
	if err != nil {
		return err
	}
	var newest time.Time
	for _, l := range leases {
		if at := l.GetUpdatedAt().AsTime(); at.After(newest) {
			newest = at
		}
	}
	for _, l := range leases {
		if isActive(l) {
			k.remember(KeyOf(l), l)
		}
		if isActive(l) || l.GetUpdatedAt().AsTime().After(newest.Add(-unpublished)) {
			if err := k.publish(ctx, l); err != nil {
				return fmt.Errorf("publish lease %s again: %w", l.GetId(), err)
			}
		}
	}
	return nil
}

func (k *Keeper) all(ctx context.Context) ([]*actionv1.Lease, error) {
	watcher, err := k.bus.Leases().WatchAll(ctx, jetstream.IgnoreDeletes())
	if err != nil {
		return nil, fmt.Errorf("read the leases: %w", err)
	}
	defer func() { _ = watcher.Stop() }()
	var leases []*actionv1.Lease
	for {
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("read the leases: %w", ctx.Err())
		case entry, ok := <-watcher.Updates():
			if !ok {
				return nil, fmt.Errorf("read the leases: %w", jetstream.ErrConsumerDeleted)
			}
			if entry == nil { // everything that was there has come
				return leases, nil
			}
			l := &actionv1.Lease{}
			if err := proto.Unmarshal(entry.Value(), l); err != nil {
				k.logger.ErrorContext(ctx, "bucket of leases holds a damaged record; its target is not resumed",
					slog.String("key", entry.Key()), slog.Any("error", err))
				continue
			}
			leases = append(leases, l)
		}
	}
}
