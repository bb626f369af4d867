package durable

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/signalbox-io/signalbox/services/router/retry"
)

// idle is how long the next value of a bucket may take.
const idle = 10 * time.Second

// errIdle is returned when the bus stops in the middle of a bucket.
var errIdle = errors.New("the bus sends no more values; is it overloaded or gone?")

// errLags is returned when no copy of the bucket shows what was written before.
var errLags = errors.New("the copies of the bucket that answer do not show what was written last; is a node catching up?")

const (
	// lagWait is the time between two looks at a bucket whose copy lags.
	lagWait = 100 * time.Millisecond
	// maxLooks bounds them, and after patientLooks something is written to look for.
	maxLooks, patientLooks = 300, 5
	// barrierKey is written then, and is there while the bucket is read. No key of a
	// record looks like it.
	barrierKey = "read-up-to-here"
)

// Read shows every value that was in the bucket when it was called. Of several
// copies one that lags may answer, so what it shows must reach as far as the leader
// says; else it is asked again. What was last may have been removed meanwhile, so
// after a while something is written that must come. Read ends with an error when
// the next value takes longer than ten seconds.
func Read(ctx context.Context, bucket jetstream.KeyValue, visit func(jetstream.KeyValueEntry)) error {
	last, err := lastOf(ctx, bucket)
	for look := 0; err == nil && look < maxLooks; look++ {
		var entries []jetstream.KeyValueEntry
		entries, err = collect(ctx, bucket, idle)
		if err == nil && reaches(entries, last) {
			show(entries, visit)
			return nil
		}
		if err == nil && look == patientLooks {
			last, err = bucket.PutString(ctx, barrierKey, "")
			defer func() { _ = bucket.Delete(ctx, barrierKey) }() // one that stays does no harm
		}
		if err == nil {
			err = retry.Wait(ctx, lagWait)
		}
	}
	if err == nil {
		err = errLags
	}
	return fmt.Errorf("read bucket %s: %w", bucket.Bucket(), err)
}

// lastOf returns the last revision as the bucket's leader knows it.
func lastOf(ctx context.Context, bucket jetstream.KeyValue) (uint64, error) {
	status, err := bucket.Status(ctx)
	if err != nil {
		return 0, err
	}
	stream, ok := status.(interface{ StreamInfo() *jetstream.StreamInfo })
	if !ok {
		return 0, fmt.Errorf("a bucket on %s has no last revision", status.BackingStore())
	}
	return stream.StreamInfo().State.LastSeq, nil
}

func reaches(entries []jetstream.KeyValueEntry, revision uint64) bool {
	return revision == 0 || len(entries) > 0 && entries[len(entries)-1].Revision() >= revision
}

// show shows the values that are records.
func show(entries []jetstream.KeyValueEntry, visit func(jetstream.KeyValueEntry)) {
	for _, entry := range entries {
		if entry.Operation() == jetstream.KeyValuePut && entry.Key() != markKey && entry.Key() != barrierKey {
			visit(entry)
		}
	}
}

// collect returns what a copy of the bucket shows, in the order of the revisions,
// with what was deleted.
func collect(ctx context.Context, bucket jetstream.KeyValue, patience time.Duration) ([]jetstream.KeyValueEntry, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	timer := time.AfterFunc(patience, func() { stop(errIdle) })
	defer timer.Stop()
	watcher, err := bucket.WatchAll(ctx)
	if err != nil {
		return nil, errors.Join(err, context.Cause(ctx))
	}
	defer func() { _ = watcher.Stop() }()
	var entries []jetstream.KeyValueEntry
	for {
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case entry, ok := <-watcher.Updates():
			switch {
			case !ok:
				return nil, errors.Join(jetstream.ErrConsumerDeleted, context.Cause(ctx))
			case entry == nil: // everything that was there has come
				return entries, nil
			}
			entries = append(entries, entry)
			timer.Reset(patience)
		}
	}
}

// tooLarge is the server's code for a message beyond the limit of a stream.
const tooLarge jetstream.ErrorCode = 10054

// IsRefused reports whether the bus will not take this value or message however
// often it is sent.
func IsRefused(err error) bool {
	var answer *jetstream.APIError
	return errors.Is(err, nats.ErrMaxPayload) || errors.Is(err, jetstream.ErrInvalidKey) ||
		errors.As(err, &answer) && answer.ErrorCode == tooLarge
}
