package durable

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	// markKey holds the mark. No key of a record looks like it.
	markKey = "published-up-to"
	// saveEvery is the time between two writes of the mark.
	saveEvery = 10 * time.Second
	// saveTime bounds one of them.
	saveTime = 5 * time.Second
)

// Step is one change of a record whose message must not be lost.
type Step struct{ after uint64 }

// progress is up to which revision every message is on the stream.
type progress struct {
	open    map[*Step]struct{} // steps whose message is not on the stream
	highest uint64             // revision seen
	saved   uint64
}

// Begin is called before a record is changed that stands at the revision. The
// mark stays before the change until the step's message is published, or the
// step is void. A step that is never ended only makes the next start publish
// more than it has to.
func (a *Announcer) Begin(revision uint64) *Step {
	a.mu.Lock()
	defer a.mu.Unlock()
	step := &Step{after: revision}
	a.open[step] = struct{}{}
	return step
}

// Void ends a step whose change was certainly not made.
func (a *Announcer) Void(step *Step) { a.end(step) }

func (a *Announcer) end(step *Step) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.open, step)
}

// Seen takes note of a revision of the bucket.
func (a *Announcer) Seen(revision uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.highest = max(a.highest, revision)
}

// Mark reads the mark: the messages of all changes up to this revision are on
// the stream. Without one it is 0.
func (a *Announcer) Mark(ctx context.Context) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, saveTime)
	defer cancel()
	entry, err := a.bucket().Get(ctx, markKey)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read up to where everything is published: %w", err)
	}
	mark, err := strconv.ParseUint(string(entry.Value()), 10, 64)
	if err != nil || mark > entry.Revision() {
		a.logger.WarnContext(ctx, "mark of what is published is damaged; final states are published again",
			slog.String("key", markKey))
		return 0, nil
	}
	return mark, nil
}

// save stores the mark if it has moved.
func (a *Announcer) save(ctx context.Context) {
	mark := a.mark()
	if mark <= a.saved {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, saveTime)
	defer cancel()
	if _, err := a.bucket().PutString(ctx, markKey, strconv.FormatUint(mark, 10)); err != nil {
		a.logger.DebugContext(ctx, "mark of what is published could not be stored", slog.Any("error", err))
		return
	}
	a.saved = mark
}

func (a *Announcer) mark() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	mark := a.highest
	for step := range a.open {
		mark = min(mark, step.after)
	}
	return mark
}
