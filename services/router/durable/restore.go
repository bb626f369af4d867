package durable

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Restorer brings back what a bucket of records has lost, from the messages that
// tell of the states that the records reached.
type Restorer struct {
	// Bucket holds the records.
	Bucket jetstream.KeyValue
	// Stream holds their messages below Subject.
	Stream  jetstream.Stream
	Subject string
	// IsIntact reports whether a value is the record of its key.
	IsIntact func(key string, value []byte) bool
	// Record returns the record that a message tells of, as the bucket holds it.
	Record func(header nats.Header, data []byte) (key string, value []byte, err error)
}

// Restored says what a bucket had lost.
type Restored struct {
	// Records are how many were written again.
	Records int
	// Lost are the keys of damaged records of which no message tells any more.
	Lost []string
	// All tells that the bucket was empty.
	All bool
}

// Restore writes every record again if the bucket is empty, and those that are
// damaged otherwise, each in the last state that a message tells of. It is done
// before anybody else uses the bucket, and harmless when it is cut off. A message
// that holds no record is passed over.
func (r Restorer) Restore(ctx context.Context) (Restored, error) {
	damaged, count, err := r.inspect(ctx)
	if err != nil || count > 0 && len(damaged) == 0 {
		return Restored{}, err
	}
	done := Restored{All: count == 0}
	records, err := r.read(ctx, damaged)
	if err != nil {
		return Restored{}, fmt.Errorf("read the messages of %s: %w", r.Subject, err)
	}
	var last uint64
	for _, key := range slices.Sorted(maps.Keys(records)) {
		if last, err = r.Bucket.Put(ctx, key, records[key]); err != nil {
			return done, fmt.Errorf("restore %s: %w", key, err)
		}
		delete(damaged, key)
		done.Records++
	}
	done.Lost = slices.Sorted(maps.Keys(damaged))
	if done.All && last > 0 { // what was read on the stream need not be published there again
		_, err = r.Bucket.PutString(ctx, markKey, strconv.FormatUint(last, 10))
	}
	return done, err
}

// inspect returns the keys of damaged records and how many records there are.
func (r Restorer) inspect(ctx context.Context) (damaged map[string]bool, count int, err error) {
	damaged = map[string]bool{}
	err = Read(ctx, r.Bucket, func(entry jetstream.KeyValueEntry) {
		count++
		if !r.IsIntact(entry.Key(), entry.Value()) {
			damaged[entry.Key()] = true
		}
	})
	return damaged, count, err
}

// read returns the last state of each record that is wanted, of all if none is
// named.
func (r Restorer) read(ctx context.Context, wanted map[string]bool) (map[string][]byte, error) {
	info, err := r.Stream.Info(ctx, jetstream.WithSubjectFilter(r.Subject))
	if err != nil || len(info.State.Subjects) == 0 {
		return nil, err
	}
	consumer, err := r.Stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{FilterSubjects: []string{r.Subject}})
	if err != nil {
		return nil, err
	}
	records := map[string][]byte{}
	for {
		msg, err := next(consumer)
		if err != nil {
			return nil, err
		}
		if key, value, err := r.Record(msg.Headers(), msg.Data()); err == nil && (len(wanted) == 0 || wanted[key]) {
			records[key] = value
		}
		meta, err := msg.Metadata()
		if err != nil || meta.NumPending == 0 || ctx.Err() != nil {
			return records, errors.Join(err, ctx.Err())
		}
	}
}

// next waits for one message, as long as for a value of a bucket.
func next(consumer jetstream.Consumer) (jetstream.Msg, error) {
	msg, err := consumer.Next(jetstream.FetchMaxWait(idle))
	if errors.Is(err, nats.ErrTimeout) {
		return nil, fmt.Errorf("%w (none within %s)", errIdle, idle.Round(time.Second))
	}
	return msg, err
}
