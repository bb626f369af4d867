package poll

import (
	"context"
	"log/slog"
	"time"

	"github.com/signalbox-io/signalbox/pkg/bus"
	sourcev1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/source/v1"
)

// refillSpan is how far back is read again what the stream has lost. More is for
// `signalbox backfill`.
const refillSpan = 24 * time.Hour

// checked returns the cursor, moved back where the stream has lost events: they
// are read from the vendor again, with the ids that they had. Of a vendor that
// tells only the present, that is published again.
func (l *Loop) checked(ctx context.Context, cur cursor) (cursor, error) {
	now, isPart, err := l.extent(ctx, cur.stream)
	if err != nil {
		return cur, err
	}
	if !isPart {
		l.tellLoss(ctx, cur, now)
		cur.seen = map[string]mark{}
		if !cur.position.IsZero() { // without one, poll.look_back is read anyway
			cur.position = earlier(cur.position, l.cfg.Now()).Add(-refillSpan)
		}
	}
	cur.stream = now
	return cur, nil
}

// tellLoss tells of a loss once, however often it is met before the vendor answers.
func (l *Loop) tellLoss(ctx context.Context, cur cursor, now bus.Extent) {
	if l.state.lost == cur.stream {
		return
	}
	l.state.lost = cur.stream
	l.deps.Metrics.refills.WithLabelValues(l.cfg.Source).Inc()
	l.logger.WarnContext(ctx, "the stream has lost events, the last day of this source is read again",
		slog.Time("cursor", cur.position), slog.Uint64("published_up_to", cur.stream.Last), slog.Uint64("stream_ends_at", now.Last))
}

// reached returns the stream with what has just been published on it. Of one
// that lost events since the poll began, it returns what was known before, so
// that the next poll notices.
func (l *Loop) reached(ctx context.Context, before bus.Extent) (bus.Extent, error) {
	now, isPart, err := l.extent(ctx, before)
	if err != nil || !isPart {
		return before, err
	}
	return now, nil
}

func (l *Loop) extent(ctx context.Context, before bus.Extent) (now bus.Extent, isPart bool, err error) {
	err = l.insist(ctx, func(ctx context.Context) (err error) {
		now, isPart, err = l.deps.Bus.EventsExtent(ctx, before)
		return err
	})
	return now, isPart, err
}

func decodeExtent(stored *sourcev1.Extent) bus.Extent {
	return bus.Extent{
		Created: timeOf(stored.GetCreated()), Last: stored.GetLast(), LastTime: timeOf(stored.GetLastTime()),
	}
}

func encodeExtent(e bus.Extent) *sourcev1.Extent {
	if e.Created.IsZero() {
		return nil
	}
	return &sourcev1.Extent{Created: timestampOf(e.Created), Last: e.Last, LastTime: timestampOf(e.LastTime)}
}
