package poll

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/signalbox-io/signalbox/pkg/rpc"
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
	// Incomplete counts the pieces of which a part could not be read.
	Incomplete int
}

// Backfill reads the span, in whole seconds, and publishes everything that it
// holds, piece by piece, beside the polls; tell is called after each piece. The
// cursor neither moves nor hides anything, because the stream may have lost what
// the cursor has seen. A part that the vendor refuses costs only itself: the rest
// is read to the end, and the error tells of it then. After another error
// everything up to the last word of tell is published.
func (l *Loop) Backfill(ctx context.Context, span Window, tell func(Progress) error) error {
	if !l.cfg.HasPast {
		return ErrNoPast
	}
	if !l.backfilling.TryLock() {
		return ErrBackfilling
	}
	defer l.backfilling.Unlock()
	done := Progress{ReadTo: span.From.Truncate(time.Second)}
	var gaps gaps
	for longest := l.cfg.MaxWindow; done.ReadTo.Before(span.To); {
		piece := Window{From: done.ReadTo, To: span.To}
		if longest > 0 && piece.To.Sub(piece.From) > longest {
			piece.To = piece.From.Add(longest)
		}
		result, err := l.fill(ctx, piece)
		if err != nil && (ctx.Err() != nil || !isGap(err, result)) {
			return fmt.Errorf("backfill %s from %s on: %w", l.cfg.Source, clock(piece.From), err)
		}
		gaps.note(piece, err)
		done.ReadTo, done.Incomplete = piece.To, gaps.pieces
		done.Result.add(result)
		if err := tell(done); err != nil {
			return err
		}
	}
	return gaps.err()
}

// gaps are the pieces of a backfill of which a part could not be read. The zero
// value is none.
type gaps struct {
	pieces int
	whole  Window // from the first to the last
	first  error
}

// note counts a piece where err tells that it is incomplete.
func (g *gaps) note(piece Window, err error) {
	if err == nil {
		return
	}
	if g.first == nil {
		g.first, g.whole.From = err, piece.From
	}
	g.pieces++
	g.whole.To = piece.To
}

func (g *gaps) err() error {
	if g.first == nil {
		return nil
	}
	return &IncompleteError{Pieces: g.pieces, Span: g.whole, First: g.first}
}

// IncompleteError says that a backfill came to its end, and that the vendor refused
// a part of some pieces.
type IncompleteError struct {
	// Pieces of which a part is missing, and the span from the first to the last.
	Pieces int
	Span   Window
	// First is why the first of them is incomplete.
	First error
}

// Error says what to read again.
func (e *IncompleteError) Error() string {
	return fmt.Sprintf("a part could not be read in %d pieces between %s and %s, all else is published; "+
		"mend what follows and read that span again: %s", e.Pieces, clock(e.Span.From), clock(e.Span.To), describe(e.First))
}

// Unwrap returns why the first piece is incomplete.
func (e *IncompleteError) Unwrap() error { return e.First }

// isGap reports whether an error is of one part of a piece, and is likely to leave
// the others and the pieces that follow readable. A vendor of whom nothing came and
// who seems to be away is waited for by whoever asks again.
func isGap(err error, result Result) bool {
	if result.Returned+result.Rejected > 0 {
		return isOfOnePart(err)
	}
	switch rpc.Reason(err) {
	case rpc.ReasonNotFound, rpc.ReasonRefusedByVendor, rpc.ReasonBadAnswer:
		return true
	default:
		return false
	}
}

func clock(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// fill reads one piece and publishes what it holds, also where a part of it
// cannot be read, of which the error tells.
func (l *Loop) fill(ctx context.Context, w Window) (Result, error) {
	batch, fetchErr := l.read(ctx, w)
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
	found.repeated[repeatedOnStream] += len(found.events) - result.Published
	l.count(ctx, found, batch, result)
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
