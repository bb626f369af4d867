package poll

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"go.opentelemetry.io/otel/trace"
)

const (
	// minWindow is the shortest piece into which a window is split.
	minWindow = time.Minute
	// maxRounds is how often a poll begins again because another poller moved
	// the cursor meanwhile.
	maxRounds = 5
)

// ErrContended is returned by RunOnce when other pollers kept moving the
// cursor. What was read is on the bus all the same.
var ErrContended = errors.New("other pollers of this source keep moving its cursor; run one poller per source")

// errTooMany is returned when the cursor would carry too many ids.
var errTooMany = errors.New("too many events at once")

// Result counts what a poll did.
type Result struct {
	// Windows is how many pieces the window was fetched in.
	Windows int
	// Returned is how many events the vendor returned, known ones included.
	Returned int
	// Published is how many of them were new and are on the stream.
	Published int
	// Rejected is how many records became dead letters that were none before.
	Rejected int
}

func (r *Result) add(other Result) {
	r.Windows += other.Windows
	r.Returned += other.Returned
	r.Published += other.Published
	r.Rejected += other.Rejected
}

// RunOnce polls once, tells metrics, health, log and the sources' bucket how
// it went, and returns what it did. It waits for a bus that is away until ctx
// ends. After an error the next call reads the same window again.
func (l *Loop) RunOnce(ctx context.Context) (Result, error) {
	ctx, span := l.tracer.Start(ctx, "poll "+l.cfg.Source, trace.WithNewRoot())
	defer span.End()
	began := l.cfg.Now()
	result, err := l.safely(ctx)
	if ctx.Err() != nil {
		return result, err
	}
	l.report(ctx, l.cfg.Now().Sub(began), result, err)
	return result, err
}

// safely fails the poll where a fault of this program would end the process,
// and with it every other source.
func (l *Loop) safely(ctx context.Context) (result Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			l.logger.ErrorContext(ctx, "panic in a poll", slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
			err = fmt.Errorf("a fault of this program ended the poll: %v", p)
		}
	}()
	return l.rounds(ctx)
}

// rounds goes round until the cursor moved by our own hand.
func (l *Loop) rounds(ctx context.Context) (Result, error) {
	var total Result
	for range maxRounds {
		result, err := l.round(ctx)
		total.add(result)
		if !errors.Is(err, errCursorMoved) {
			return total, err
		}
		l.logger.DebugContext(ctx, "another poller moved the cursor, reading again")
	}
	return total, ErrContended
}

// round reads the cursor and fetches, piece by piece, up to the present.
func (l *Loop) round(ctx context.Context) (Result, error) {
	var total Result
	cur, err := l.load(ctx)
	if err == nil {
		cur, err = l.checked(ctx, cur)
	}
	if err != nil {
		return total, err
	}
	whole := cur.window(l.cfg, l.cfg.Now())
	history := l.newHistory(whole)
	for from, longest := whole.From, l.cfg.MaxWindow; ; {
		piece := Window{From: from, To: whole.To}
		if longest > 0 && piece.To.Sub(piece.From) > longest {
			piece.To = piece.From.Add(longest)
		}
		next, result, err := l.step(ctx, cur, piece, false)
		total.add(result)
		half := (piece.To.Sub(piece.From) / 2).Truncate(time.Second)
		switch {
		case errors.Is(err, errTooMany) && longest > 0 && half >= minWindow:
			longest = half
			continue
		case isOfOnePart(err) && piece.To.Before(whole.To):
			result, present := l.present(ctx, next, whole, longest)
			total.add(result)
			if errors.Is(present, errCursorMoved) {
				err = present
			}
			return total, err
		case err != nil:
			return total, err
		}
		cur, from = next, piece.To
		if !from.Before(whole.To) {
			return total, nil
		}
		history.tell(ctx, from, total)
	}
}

// present reads the last piece of a window of which a part cannot be read: that
// part holds the position, and must not keep the others from being read on.
func (l *Loop) present(ctx context.Context, cur cursor, whole Window, longest time.Duration) (Result, error) {
	last := Window{From: later(whole.From, whole.To.Add(-longest)), To: whole.To}
	_, result, err := l.step(ctx, cur, last, true)
	return result, err
}

// step fetches one window, publishes what is new and moves the cursor; its
// position only where all could be read, and is not held.
func (l *Loop) step(ctx context.Context, cur cursor, w Window, isHeld bool) (cursor, Result, error) {
	batch, fetchErr := l.read(ctx, w)
	if fetchErr != nil && batch.isEmpty() {
		return cur, Result{}, fetchErr
	}
	found := l.sift(cur, w, batch)
	result := Result{Windows: 1, Returned: len(batch.Events)}
	next, err := l.nextCursor(cur, w, found, isHeld || fetchErr != nil)
	if err != nil {
		return cur, Result{}, err
	}
	if _, err := l.publish(ctx, found.events); err != nil {
		return cur, result, err
	}
	if err := l.bury(ctx, found.letters); err != nil {
		return cur, result, err
	}
	if len(found.events) > 0 {
		if next.stream, err = l.reached(ctx, cur.stream); err != nil {
			return cur, result, err
		}
	}
	if next, err = l.save(ctx, next); err != nil {
		return cur, result, err
	}
	result.Published, result.Rejected = len(found.events), len(found.letters)
	l.count(ctx, found, batch, result)
	return next, result, fetchErr
}

func (l *Loop) nextCursor(cur cursor, w Window, found sifted, isPartial bool) (cursor, error) {
	var next cursor
	if isPartial {
		next = cur.remember(found.returned)
		next.forgetOldest(l.cfg.MaxSeen)
	} else {
		next = cur.advance(l.cfg, w, found)
		next.forgetReplaced(found.returned, l.cfg.MaxSeen)
	}
	if n := len(next.seen); n > l.cfg.MaxSeen {
		return cur, fmt.Errorf("%w: the window from %s to %s and its overlap hold %d, a cursor carries %d; "+
			"make poll.overlap shorter or let the source return less; while a thing is followed that is open, "+
			"all since it began counts", errTooMany,
			w.From.UTC().Format(time.RFC3339), w.To.UTC().Format(time.RFC3339), n, l.cfg.MaxSeen)
	}
	next.published += uint64(len(found.events))
	next.rejected += uint64(len(found.letters))
	return next, nil
}

// fetch asks for one window. A poll and a backfill take turns, because a fetcher
// answers one at a time.
func (l *Loop) fetch(ctx context.Context, w Window) (Batch, error) {
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return Batch{}, ctx.Err()
	}
	ctx, cancel := context.WithTimeout(ctx, l.cfg.FetchTimeout)
	defer cancel()
	return l.fetcher.Fetch(ctx, w)
}

func (l *Loop) load(ctx context.Context) (cursor, error) {
	var cur cursor
	err := l.insist(ctx, func(ctx context.Context) (err error) {
		cur, err = loadCursor(ctx, l.deps.Bus.Cursors(), l.cfg.Source)
		return err
	})
	if err == nil {
		l.state.moved(cur)
	}
	return cur, err
}

func (l *Loop) save(ctx context.Context, next cursor) (cursor, error) {
	err := l.insist(ctx, func(ctx context.Context) (err error) {
		next.revision, err = next.save(ctx, l.deps.Bus.Cursors(), l.cfg.Source)
		return err
	})
	if err == nil {
		l.state.moved(next)
	}
	return next, err
}
