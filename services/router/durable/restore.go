package durable

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"

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
	// Discarded is told of each message that holds no record; nil for nobody. It must
	// not block.
	Discarded func(Discard)
	// Logger names each of them; nil names none.
	Logger *slog.Logger
}

// Restored says what a bucket had lost.
type Restored struct {
	// Records are how many were written again.
	Records int
	// Lost are the keys of damaged records of which no message tells any more.
	Lost []string
	// All tells that the bucket was new or lost.
	All bool
}

// Restore writes again what is missing if the bucket is new or was lost, and what is
// damaged in any case, each record in the last state that a message tells of. What
// somebody else has written meanwhile stays, so it is harmless when it is cut off or
// done twice. A message that holds no record is passed over, told and named.
func (r Restorer) Restore(ctx context.Context) (Restored, error) {
	damaged, err := r.inspect(ctx)
	if err != nil {
		return Restored{}, err
	}
	isNew, err := r.isNew(ctx)
	if err != nil || !isNew && len(damaged) == 0 {
		return Restored{}, err
	}
	records, err := r.read(ctx, isNew, damaged)
	if err != nil {
		return Restored{}, fmt.Errorf("read the messages of %s: %w", r.Subject, err)
	}
	done, last, err := r.write(ctx, records, damaged)
	done.All = isNew
	if err == nil && isNew && last > 0 { // what was read on the stream need not be published there again
		_, err = r.Bucket.PutString(ctx, markKey, strconv.FormatUint(last, 10))
	}
	return done, err
}

// isNew reports whether the bucket has never had a mark, which a bucket in use gets
// within seconds, and one that is restored at the end.
func (r Restorer) isNew(ctx context.Context) (bool, error) {
	_, err := r.Bucket.Get(ctx, markKey)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return true, nil
	}
	return false, err
}

// write writes the records that are missing or damaged, and returns the last
// revision.
func (r Restorer) write(
	ctx context.Context, records map[string][]byte, damaged map[string]uint64,
) (done Restored, last uint64, err error) {
	for _, key := range slices.Sorted(maps.Keys(records)) {
		revision, isDamaged := damaged[key]
		if isDamaged {
			revision, err = r.Bucket.Update(ctx, key, records[key], revision)
		} else {
			revision, err = r.Bucket.Create(ctx, key, records[key])
		}
		delete(damaged, key)
		switch {
		case errors.Is(err, jetstream.ErrKeyExists), errors.Is(err, jetstream.ErrKeyRevisionMismatch), isWrongRevision(err): // it is there
			continue
		case err != nil:
			return done, last, fmt.Errorf("restore %s: %w", key, err)
		}
		last = revision
		done.Records++
	}
	done.Lost = slices.Sorted(maps.Keys(damaged))
	return done, last, nil
}

// inspect returns the keys of damaged records, and at which revision they are.
func (r Restorer) inspect(ctx context.Context) (damaged map[string]uint64, err error) {
	damaged = map[string]uint64{}
	err = Read(ctx, r.Bucket, func(entry jetstream.KeyValueEntry) {
		if !r.IsIntact(entry.Key(), entry.Value()) {
			damaged[entry.Key()] = entry.Revision()
		}
	})
	return damaged, err
}

// read returns the last state of every record, or of the damaged ones. It asks for
// one message after the other: a consumer that loses its connection would go on in
// its own way, and this is done once in a bucket's life.
func (r Restorer) read(ctx context.Context, all bool, damaged map[string]uint64) (map[string][]byte, error) {
	records := map[string][]byte{}
	for from := uint64(1); ; {
		msg, err := r.next(ctx, from)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return records, nil
		}
		if err != nil {
			return nil, err
		}
		key, value, err := r.Record(msg.Header, msg.Data)
		if err != nil {
			r.passOver(ctx, msg, err)
		}
		if _, isDamaged := damaged[key]; err == nil && (all || isDamaged) {
			records[key] = value
		}
		from = msg.Sequence + 1
	}
}

func (r Restorer) passOver(ctx context.Context, msg *jetstream.RawStreamMsg, why error) {
	if r.Discarded != nil {
		r.Discarded(UndecodableState)
	}
	if r.Logger != nil {
		r.Logger.ErrorContext(ctx, "message of a state holds no record and is passed over",
			slog.String("subject", msg.Subject), slog.Uint64("sequence", msg.Sequence), slog.Any("error", why))
	}
}

// next returns the first message below the subject from the sequence on.
func (r Restorer) next(ctx context.Context, from uint64) (*jetstream.RawStreamMsg, error) {
	ctx, cancel := context.WithTimeout(ctx, idle)
	defer cancel()
	return r.Stream.GetMsg(ctx, from, jetstream.WithGetMsgSubject(r.Subject))
}
