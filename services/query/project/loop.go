package project

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/query/store"
)

const (
	shortestPause = 250 * time.Millisecond
	longestPause  = 10 * time.Second
	requestTime   = 5 * time.Second
)

// loop follows one stream.
type loop struct {
	source  source
	js      jetstream.JetStream
	store   Store
	watch   func([]*eventv1.Event)
	metrics streamMetrics
	status  *status
	logger  *slog.Logger

	// position is the checkpoint of this pass.
	position store.Checkpoint
	// live is the last sequence that was on the stream before this process
	// followed it: what comes after is news to watchers.
	live    uint64
	started bool
	// progressed reports whether this pass has caught up once.
	progressed bool
}

// run makes one pass after the other until ctx ends. Pauses between them grow
// while passes achieve nothing.
func (l *loop) run(ctx context.Context) {
	for pause := shortestPause; ; pause = min(2*pause, longestPause) {
		l.progressed = false
		err := l.pass(ctx)
		if ctx.Err() != nil {
			return
		}
		if l.progressed {
			pause = shortestPause
		}
		wait := pause/2 + rand.N(pause) //nolint:gosec // jitter needs no secrecy
		l.status.fail(l.source.stream, err)
		l.logger.WarnContext(ctx, "projection interrupted, going on from the checkpoint",
			slog.Any("error", err), slog.Duration("wait", wait))
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// pass follows the stream until something breaks, which it returns.
func (l *loop) pass(ctx context.Context) error {
	if _, err := l.store.Repair(ctx); err != nil {
		return err
	}
	if err := l.resume(ctx); err != nil {
		return err
	}
	r, err := openReader(ctx, l.js, l.source.stream, l.position.Sequence+1)
	if err != nil {
		return err
	}
	defer r.close(ctx)
	l.note(r.pendingAtStart)
	for idle := 0; ; {
		batch, err := r.batch()
		if err != nil {
			return err
		}
		if len(batch) > 0 {
			idle = 0
			if err := l.apply(ctx, batch); err != nil {
				return err
			}
			continue
		}
		if idle, err = l.check(ctx, r, idle); err != nil {
			return err
		}
	}
}

// apply brings one batch in and tells the watchers.
func (l *loop) apply(ctx context.Context, batch []jetstream.Msg) error {
	last, err := batch[len(batch)-1].Metadata()
	if err != nil {
		return fmt.Errorf("read metadata of a message: %w", err)
	}
	list, skipped, err := l.decode(ctx, batch)
	if err != nil {
		return err
	}
	to := store.Checkpoint{Sequence: last.Sequence.Stream, Stored: last.Timestamp, Created: l.position.Created}
	records := make([]store.Record, len(list))
	for i := range list {
		records[i] = list[i].record
	}
	changed, err := l.store.Apply(ctx, store.Batch{
		Stream: l.source.stream, After: l.position.Sequence, To: to, Records: records,
	})
	if err != nil {
		return err
	}
	l.position = to
	l.metrics.projected.Add(float64(len(list)))
	l.metrics.undecodable.Add(float64(skipped))
	l.note(last.NumPending)
	l.tell(list, changed)
	return nil
}

// decode returns the rows of the batch and how many messages had to be
// skipped.
func (l *loop) decode(ctx context.Context, batch []jetstream.Msg) (list []decoded, skipped int, err error) {
	list = make([]decoded, 0, len(batch))
	var first error
	for _, msg := range batch {
		metadata, err := msg.Metadata()
		if err != nil {
			return nil, 0, fmt.Errorf("read metadata of a message: %w", err)
		}
		row, err := l.source.decode(message{subject: msg.Subject(), header: msg.Headers(), data: msg.Data()})
		if err != nil {
			if first == nil {
				first = fmt.Errorf("message %d: %w", metadata.Sequence.Stream, err)
			}
			skipped++
			continue
		}
		row.record.Sequence, row.record.Stored = metadata.Sequence.Stream, metadata.Timestamp
		list = append(list, row)
	}
	if first != nil {
		l.logger.WarnContext(ctx, "messages skipped", slog.Int("count", skipped), slog.String("first", brief(first)))
	}
	return list, skipped, nil
}

// maxLogged is how much of what a foreign message says gets into the log.
const maxLogged = 300

func brief(err error) string {
	text := err.Error()
	if len(text) > maxLogged {
		text = strings.ToValidUTF8(text[:maxLogged], "") + "…"
	}
	return text
}

// tell hands the events that are new, to the store and since the process
// follows the stream, to the watchers.
func (l *loop) tell(list []decoded, changed []bool) {
	var events []*eventv1.Event
	for i, row := range list {
		if row.event != nil && changed[i] && row.record.Sequence > l.live {
			events = append(events, row.event)
		}
	}
	if len(events) > 0 {
		l.watch(events)
	}
}

// note keeps the account of how far behind the stream's end the loop is.
func (l *loop) note(pending uint64) {
	l.metrics.lag.Set(float64(pending))
	switch {
	case pending == 0:
		l.progressed = true
		l.status.ok(l.source.stream)
	case !l.progressed:
		l.status.catchingUp(l.source.stream)
	}
}

// stallTicks is how many checks in a row may find messages that do not come.
const stallTicks = 2

var (
	errStalled = errors.New("messages are on the stream but do not arrive")
	errEmptied = errors.New("the read model was emptied")
)

// check looks after a loop to which nothing came for a while: whether the
// consumer lives and has nothing to deliver, and whether the read model is
// still the one that was filled. It returns the new count of idle checks.
func (l *loop) check(ctx context.Context, r *reader, idle int) (int, error) {
	if _, err := l.store.Repair(ctx); err != nil {
		return idle, err
	}
	checkpoint, err := l.store.Checkpoint(ctx, l.source.stream)
	if err != nil {
		return idle, err
	}
	if checkpoint.Sequence != l.position.Sequence {
		return idle, errEmptied
	}
	pending, err := r.outstanding(ctx)
	if err != nil {
		return idle, err
	}
	if pending == 0 {
		l.note(0)
		return 0, nil
	}
	if idle++; idle >= stallTicks {
		return idle, fmt.Errorf("%w (%d of them)", errStalled, pending)
	}
	return idle, nil
}
