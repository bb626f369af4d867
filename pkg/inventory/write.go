package inventory

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	sourcev1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/source/v1"
)

const (
	// maxAlertBytes bounds an entry. Of a longer alert only the id and whether it is
	// paused are kept: what else it says is read before it is touched.
	maxAlertBytes = 64 << 10
	// writers is how many entries are written at a time.
	writers = 16
)

// Keep replaces what is known of the alerts of a source by what was read of them
// at a time. Only what has changed is written. Of two alerts of one id the last
// one counts; one without an id is left out. After an error a part is written, and
// the reading is not told of. One of which it
// is not known whether it is paused stays as it was known, and counts as paused where
// it was not.
func Keep(ctx context.Context, bucket jetstream.KeyValue, source string, alerts []*sourcev1.Alert, at time.Time) error {
	return keep(ctx, bucket, source, alerts, &sourcev1.AlertReading{ReadAt: timestamppb.New(at)})
}

// KeepPart is Keep for a reading of which some alerts could not be read, and why,
// redacted. Which ones is not known: what the reading does not show stays as it
// was known, deleted alerts among it, until all can be read again.
func KeepPart(
	ctx context.Context, bucket jetstream.KeyValue, source string, alerts []*sourcev1.Alert, at time.Time, why string,
) error {
	return keep(ctx, bucket, source, alerts, &sourcev1.AlertReading{ReadAt: timestamppb.New(at), Error: why})
}

// keep writes what was read, then the reading. One with an error shows no more than
// a part.
func keep(
	ctx context.Context, bucket jetstream.KeyValue, source string, alerts []*sourcev1.Alert, reading *sourcev1.AlertReading,
) error {
	before, err := entriesOf(ctx, bucket, source+".*")
	if err != nil {
		return err
	}
	next, err := encode(source, alerts, before)
	if err != nil {
		return err
	}
	var changes []change
	for key, data := range next {
		if entry := before[key]; entry == nil || string(entry.Value()) != string(data) {
			changes = append(changes, change{key, data})
		}
	}
	known := len(next)
	for key := range before {
		switch {
		case next[key] != nil:
		case reading.GetError() != "":
			known++
		default:
			changes = append(changes, change{key, nil})
		}
	}
	if err := write(ctx, bucket, changes); err != nil {
		return err
	}
	reading.Alerts = int32(known)
	return tell(ctx, bucket, source, reading)
}

// Fail tells that the alerts of a source cannot be read, and why, redacted. What
// is known of them stays.
func Fail(ctx context.Context, bucket jetstream.KeyValue, source, why string) error {
	reading, err := Reading(ctx, bucket, source)
	if err != nil {
		return err
	}
	if reading == nil {
		reading = &sourcev1.AlertReading{}
	}
	if reading.GetError() == why {
		return nil
	}
	reading.Error = why
	return tell(ctx, bucket, source, reading)
}

func tell(ctx context.Context, bucket jetstream.KeyValue, source string, reading *sourcev1.AlertReading) error {
	data, err := proto.Marshal(reading)
	if err != nil {
		return fmt.Errorf("encode how the alerts of %s were read: %w", source, err)
	}
	return put(ctx, bucket, change{source, data})
}

// encode returns the entries of the alerts by key, each the same for the same
// alert with the same entry before.
func encode(
	source string, alerts []*sourcev1.Alert, before map[string]jetstream.KeyValueEntry,
) (map[string][]byte, error) {
	entries := make(map[string][]byte, len(alerts))
	for _, alert := range alerts {
		if alert.GetId() == "" {
			continue
		}
		key := keyOf(source, alert.GetId())
		alert = proto.CloneOf(alert)
		alert.Source = source
		if alert.GetPausedUnknown() {
			alert.Paused = wasPaused(before[key])
		}
		if proto.Size(alert) > maxAlertBytes {
			alert = &sourcev1.Alert{
				Source: source, Id: alert.GetId(), Paused: alert.GetPaused(), PausedUnknown: alert.GetPausedUnknown(),
			}
		}
		data, err := proto.MarshalOptions{Deterministic: true}.Marshal(alert)
		if err != nil {
			return nil, fmt.Errorf("encode alert %.64q: %w", alert.GetId(), err)
		}
		entries[key] = data
	}
	return entries, nil
}

// wasPaused tells how an alert was known of which nobody can say how it stands. One
// that was never known counts as paused: a limit of how many are paused must not be
// passed because one cannot be read.
func wasPaused(entry jetstream.KeyValueEntry) bool {
	known := &sourcev1.Alert{}
	return entry == nil || proto.Unmarshal(entry.Value(), known) != nil || known.GetPaused()
}

// change is one entry to write; no data deletes it.
type change struct {
	key  string
	data []byte
}

// write writes the changes, some at a time, in no order. It ends with the first
// error.
func write(ctx context.Context, bucket jetstream.KeyValue, changes []change) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue := make(chan change)
	var writing sync.WaitGroup
	for range min(writers, len(changes)) {
		writing.Go(func() {
			for c := range queue {
				if err := put(ctx, bucket, c); err != nil {
					cancel(err)
				}
			}
		})
	}
	for _, c := range changes {
		if ctx.Err() != nil {
			break
		}
		queue <- c
	}
	close(queue)
	writing.Wait()
	return context.Cause(ctx)
}

func put(ctx context.Context, bucket jetstream.KeyValue, c change) (err error) {
	if c.data == nil {
		if err = bucket.Purge(ctx, c.key); errors.Is(err, jetstream.ErrKeyNotFound) {
			return nil
		}
	} else {
		_, err = bucket.Put(ctx, c.key, c.data)
	}
	if err != nil {
		return fmt.Errorf("write %s in bucket %s: %w", c.key, bucket.Bucket(), err)
	}
	return nil
}
