package lease

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/durable"
)

// stored is a lease as the bucket holds it.
type stored struct {
	*actionv1.Lease
	key      string
	revision uint64
}

// Load reads the bucket, sets the timers of the active leases and publishes
// their state again, and that of leases that ended and whose message may be
// missing. It does not wait for a stream that takes none.
func (k *Keeper) Load(ctx context.Context) error {
	mark, err := k.messages.Mark(ctx)
	if err != nil {
		return err
	}
	leases, err := k.all(ctx)
	if err != nil {
		return err
	}
	for _, l := range leases {
		k.messages.Seen(l.revision)
		if isActive(l.Lease) {
			k.remember(KeyOf(l.Lease), l.Lease)
		} else {
			k.noteEnd(l.Lease)
			if l.revision <= mark {
				continue
			}
		}
		k.messages.Soon(ctx, k.messages.Begin(l.revision-1), k.message(l.Lease))
	}
	return ctx.Err()
}

// Known returns the targets of which the bucket holds a lease that can be read,
// active or not.
func (k *Keeper) Known(ctx context.Context) (map[Key]bool, error) {
	leases, err := k.all(ctx)
	known := make(map[Key]bool, len(leases))
	for _, l := range leases {
		known[KeyOf(l.Lease)] = true
	}
	return known, err
}

// justEnded is for how long before it Load looks for leases that have ended.
const justEnded = time.Hour

// JustEnded returns when the leases ended that had ended in the hour before Load, by
// target.
func (k *Keeper) JustEnded() map[Key]time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	return maps.Clone(k.justEnded)
}

func (k *Keeper) noteEnd(l *actionv1.Lease) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if at := l.GetEndedAt().AsTime(); k.now().Sub(at) < justEnded {
		k.justEnded[KeyOf(l)] = at
	}
}

// Purge removes leases that ended before the given time and returns how many.
func (k *Keeper) Purge(ctx context.Context, before time.Time) (int, error) {
	leases, err := k.all(ctx)
	if err != nil {
		return 0, err
	}
	old := map[string]uint64{}
	for _, l := range leases {
		if !isActive(l.Lease) && l.GetUpdatedAt().AsTime().Before(before) {
			old[l.key] = l.revision
		}
	}
	purged, err := durable.Purge(ctx, k.bus.Leases(), old)
	if err != nil {
		return purged, fmt.Errorf("purge the leases: %w", err)
	}
	return purged, nil
}

func (k *Keeper) all(ctx context.Context) ([]stored, error) {
	var leases []stored
	err := durable.Read(ctx, k.bus.Leases(), func(entry jetstream.KeyValueEntry) {
		l := &actionv1.Lease{}
		if err := proto.Unmarshal(entry.Value(), l); err != nil {
			k.discarded(durable.DamagedLease)
			k.logger.ErrorContext(ctx, "bucket of leases holds a damaged record; its target is not resumed",
				slog.String("key", entry.Key()), slog.Any("error", err))
			return
		}
		leases = append(leases, stored{l, entry.Key(), entry.Revision()})
	})
	if err != nil {
		return nil, fmt.Errorf("read the leases: %w", err)
	}
	return leases, nil
}
