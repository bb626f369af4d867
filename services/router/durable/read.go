package durable

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// idle is how long the next value of a bucket may take.
const idle = 10 * time.Second

// errIdle is returned when the bus stops in the middle of a bucket.
var errIdle = errors.New("the bus sends no more values; is it overloaded or gone?")

// Read shows every value of the bucket. It ends with an error when the next one
// takes longer than ten seconds.
func Read(ctx context.Context, bucket jetstream.KeyValue, visit func(jetstream.KeyValueEntry)) error {
	return read(ctx, bucket, idle, visit)
}

func read(
	ctx context.Context, bucket jetstream.KeyValue, patience time.Duration, visit func(jetstream.KeyValueEntry),
) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	timer := time.AfterFunc(patience, func() { stop(errIdle) })
	defer timer.Stop()
	watcher, err := bucket.WatchAll(ctx, jetstream.IgnoreDeletes())
	if err != nil {
		return errors.Join(err, context.Cause(ctx))
	}
	defer func() { _ = watcher.Stop() }()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case entry, ok := <-watcher.Updates():
			switch {
			case !ok:
				return errors.Join(jetstream.ErrConsumerDeleted, context.Cause(ctx))
			case entry == nil: // everything that was there has come
				return nil
			case entry.Key() != markKey:
				visit(entry)
			}
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
