package ledger

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/durable"
)

// Retention is how long finished records are kept: longer than the streams
// keep the events that could ask for the same action again.
const Retention = 91 * 24 * time.Hour

// Recover returns the actions that are not finished, oldest first, and
// publishes their present state again, as well as that of finished ones whose
// message may be missing. It does not wait for a stream that takes none. Records
// that cannot be read are logged and left where they are.
func (l *Ledger) Recover(ctx context.Context) ([]Record, error) {
	mark, err := l.messages.Mark(ctx)
	if err != nil {
		return nil, err
	}
	records, err := l.all(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(records, byAge)
	var open []Record
	for _, r := range records {
		l.messages.Seen(r.revision)
		if !IsFinal(r.State()) {
			open = append(open, r)
		} else if r.revision <= mark {
			continue
		}
		l.messages.Soon(ctx, l.messages.Begin(r.revision-1), l.message(r.Action))
	}
	return open, ctx.Err()
}

// Repeat publishes the present state of the action again, for those who may have
// missed it. It does not wait for a stream that takes none.
func (l *Ledger) Repeat(ctx context.Context, r Record) {
	l.messages.Soon(ctx, l.messages.Begin(r.revision-1), l.message(r.Action))
}

func byAge(a, b Record) int {
	return a.Action.GetCreatedAt().AsTime().Compare(b.Action.GetCreatedAt().AsTime())
}

// Purge removes finished records that last changed before the given time and
// returns how many.
func (l *Ledger) Purge(ctx context.Context, before time.Time) (int, error) {
	records, err := l.all(ctx)
	if err != nil {
		return 0, err
	}
	old := map[string]uint64{}
	for _, r := range records {
		if IsFinal(r.State()) && r.Action.GetUpdatedAt().AsTime().Before(before) {
			old[r.Action.GetId()] = r.revision
		}
	}
	purged, err := durable.PurgeOnce(ctx, l.bus.Ledger(), old)
	if err != nil {
		return purged, fmt.Errorf("purge the ledger: %w", err)
	}
	return purged, nil
}

// Each shows every action whose record can be read, in no order.
func (l *Ledger) Each(ctx context.Context, visit func(*actionv1.Action)) error {
	return l.each(ctx, func(r Record) { visit(r.Action) })
}

// all reads the whole bucket.
func (l *Ledger) all(ctx context.Context) ([]Record, error) {
	var records []Record
	err := l.each(ctx, func(r Record) { records = append(records, r) })
	return records, err
}

func (l *Ledger) each(ctx context.Context, visit func(Record)) error {
	err := durable.Read(ctx, l.bus.Ledger(), func(entry jetstream.KeyValueEntry) {
		record, err := unmarshal(entry)
		if err != nil {
			l.discarded(durable.DamagedAction)
			l.logger.ErrorContext(ctx, "ledger holds a damaged record; its action is not taken up",
				slog.String("action_id", entry.Key()), slog.Any("error", err))
			return
		}
		visit(record)
	})
	if err != nil {
		return fmt.Errorf("read the ledger: %w", err)
	}
	return nil
}
