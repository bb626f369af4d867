package durable

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// Purge removes the values of the keys, unless they have changed since the
// revisions given, and returns how many. Each leaves a marker of a few bytes.
func Purge(ctx context.Context, bucket jetstream.KeyValue, keys map[string]uint64) (int, error) {
	purged := 0
	for key, revision := range keys {
		err := bucket.Purge(ctx, key, jetstream.LastRevision(revision))
		if errors.Is(err, jetstream.ErrKeyRevisionMismatch) || isWrongRevision(err) {
			continue // somebody uses it again
		}
		if err != nil {
			return purged, fmt.Errorf("remove %s: %w", key, err)
		}
		purged++
	}
	return purged, nil
}

// PurgeOnce is Purge for keys that are never used again. It removes the markers
// too, without which the bucket would grow for ever; of a key that somebody
// uses again at that moment it would remove the new value.
func PurgeOnce(ctx context.Context, bucket jetstream.KeyValue, keys map[string]uint64) (int, error) {
	purged, err := Purge(ctx, bucket, keys)
	if err != nil || purged == 0 {
		return purged, err
	}
	if err := bucket.PurgeDeletes(ctx, jetstream.DeleteMarkersOlderThan(-1)); err != nil {
		return purged, fmt.Errorf("remove the markers of what was removed: %w", err)
	}
	return purged, nil
}

func isWrongRevision(err error) bool {
	var answer *jetstream.APIError
	return errors.As(err, &answer) && answer.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence
}
