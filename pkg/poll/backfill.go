package poll

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

var (
	// ErrNoPast is returned by Backfill for a source whose vendor tells only the
	// present.
	ErrNoPast = errors.New("the vendor tells only how things stand now, so there is nothing to read again")
	// ErrBackfilling is returned by Backfill while another one of the source
	// runs.
	ErrBackfilling = errors.New("a backfill of this source runs already; wait until it has ended")
)

// Progress is how far a backfill is.
type Progress struct {
	// ReadTo is up to where everything has been published.
	ReadTo time.Time
	// Result is what was done until there. Published are the events that the
	// stream did not know.
	Result Result
}

// Backfill reads the span, in whole seconds, and publishes everything that it
// holds, piece by piece, beside the polls; tell is called after each piece. The
// cursor neither moves nor hides anything, because the stream may have lost what
// the cursor has seen. After an error everything up to the last word of tell is
// published.
func (l *Loop) Backfill(ctx context.Context, span Window, tell func(Progress) error) error {
	if !l.cfg.HasPast {
		return ErrNoPast
	}
	if !l.backfilling.TryLock() {
		return ErrBackfilling
	}
	defer l.backfilling.Unlock()
	done := Progress{ReadTo: span.From.Truncate(time.Second)}
	for longest := l.cfg.MaxWindow; done.ReadTo.Before(span.To); {
		piece := Window{From: done.ReadTo, To: span.To}
		if longest > 0 && piece.To.Sub(piece.From) > longest {
			piece.To = piece.From.Add(longest)
		}
		result, err := l.fill(ctx, piece)
		if err != nil {
			return fmt.Errorf("backfill %s from %s on: %w", l.cfg.Source, piece.From.UTC().Format(time.RFC3339), err)
		}
		done.ReadTo = piece.To
		done.Result.add(result)
		if err := tell(done); err != nil {
			return err
		}
	}
	return nil
}

// fill reads one piece and publishes what it holds, also where a part of it
// cannot be read, of which the error tells.
func (l *Loop) fill(ctx context.Context, w Window) (Result, error) {
	batch, fetchErr := l.fetch(ctx, w)
	if fetchErr != nil && batch.isEmpty() {
		return Result{}, fetchErr
	}
	found := l.sift(cursor{}, w, batch)
	result := Result{Windows: 1, Returned: len(batch.Events), Rejected: len(found.letters)}
	var err error
	if result.Published, err = l.publish(ctx, found.events); err != nil {
		return result, err
	}
	if err := l.bury(ctx, found.letters); err != nil {
		return result, err
	}
	l.count(found, batch.Omitted, result)
	return result, fetchErr
}

// publish returns how many of the events were not on the stream.
func (l *Loop) publish(ctx context.Context, events []*eventv1.Event) (published int, err error) {
	for chunk := range slices.Chunk(events, publishChunk) {
		err := l.insist(ctx, func(ctx context.Context) error {
			result, err := l.deps.Bus.PublishEvents(ctx, chunk)
			published += result.Published
			return err
		})
		if err != nil {
			return published, err
		}
	}
	return published, nil
}
