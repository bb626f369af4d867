package inventory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"

	sourcev1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/source/v1"
)

// ErrUnknown is returned for an alert that is not known.
var ErrUnknown = errors.New("no such alert is known")

// List returns the alerts of a source by id, or of all sources by source and id
// for "". An entry that cannot be read is left out: the next reading writes it
// again.
func List(ctx context.Context, bucket jetstream.KeyValue, source string) ([]*sourcev1.Alert, error) {
	entries, err := entriesOf(ctx, bucket, cmp.Or(source, "*")+".*")
	if err != nil {
		return nil, err
	}
	alerts := make([]*sourcev1.Alert, 0, len(entries))
	for _, entry := range entries {
		alert := &sourcev1.Alert{}
		if proto.Unmarshal(entry.Value(), alert) == nil {
			alerts = append(alerts, alert)
		}
	}
	slices.SortFunc(alerts, func(a, b *sourcev1.Alert) int {
		return cmp.Or(cmp.Compare(a.GetSource(), b.GetSource()), cmp.Compare(a.GetId(), b.GetId()))
	})
	return alerts, nil
}

// Get returns one alert, or ErrUnknown.
func Get(ctx context.Context, bucket jetstream.KeyValue, source, id string) (*sourcev1.Alert, error) {
	alert := &sourcev1.Alert{}
	isThere, err := get(ctx, bucket, keyOf(source, id), alert)
	if err == nil && !isThere {
		err = ErrUnknown
	}
	if err != nil {
		return nil, err
	}
	return alert, nil
}

// Reading returns how the alerts of a source were last read, nil if they never
// were.
func Reading(ctx context.Context, bucket jetstream.KeyValue, source string) (*sourcev1.AlertReading, error) {
	reading := &sourcev1.AlertReading{}
	isThere, err := get(ctx, bucket, source, reading)
	if err != nil || !isThere {
		return nil, err
	}
	return reading, nil
}

// get reads an entry into m. One that is damaged is as good as none.
func get(ctx context.Context, bucket jetstream.KeyValue, key string, m proto.Message) (isThere bool, err error) {
	entry, err := bucket.Get(ctx, key)
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound), errors.Is(err, jetstream.ErrInvalidKey):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("read %s in bucket %s: %w", key, bucket.Bucket(), err)
	default:
		return proto.Unmarshal(entry.Value(), m) == nil, nil
	}
}

// entriesOf returns the entries whose keys match, by key.
func entriesOf(ctx context.Context, bucket jetstream.KeyValue, keys string) (map[string]jetstream.KeyValueEntry, error) {
	watch, err := bucket.Watch(ctx, keys, jetstream.IgnoreDeletes())
	if err != nil {
		return nil, fmt.Errorf("read bucket %s: %w", bucket.Bucket(), err)
	}
	defer watch.Stop() //nolint:errcheck // the watch ends with ctx at the latest
	entries := map[string]jetstream.KeyValueEntry{}
	for {
		select {
		case entry, ok := <-watch.Updates():
			switch {
			case !ok:
				return nil, fmt.Errorf("read bucket %s: the bus ended it", bucket.Bucket())
			case entry == nil: // comes after the last one
				return entries, nil
			}
			entries[entry.Key()] = entry
		case <-ctx.Done():
			return nil, fmt.Errorf("read bucket %s: %w", bucket.Bucket(), ctx.Err())
		}
	}
}
