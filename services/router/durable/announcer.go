package durable

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/signalbox-io/signalbox/services/router/retry"
)

const (
	// firstTry bounds the attempt that Soon makes at once.
	firstTry = 2 * time.Second
	// maxOwed bounds the messages that wait. Those beyond it are published by
	// the next start.
	maxOwed = 10_000
)

// Message is what is to be published.
type Message struct {
	// What it is, for the log.
	What string
	// Publish sends it and returns nil once the stream has it.
	Publish func(ctx context.Context) error
}

// Announcer publishes the states that the records of one bucket reach. It is
// safe for concurrent use; the messages of one record must come one after the
// other.
type Announcer struct {
	bucket    func() jetstream.KeyValue
	logger    *slog.Logger
	discarded func(Discard)
	wake      chan struct{}

	mu   sync.Mutex
	owed []letter // the first may be on its way
	progress
}

// letter is a message that waits.
type letter struct {
	message Message
	step    *Step
}

// NewAnnouncer returns an announcer for the bucket, which need not be there yet.
// discarded is told of each message that the bus will never take.
func NewAnnouncer(bucket func() jetstream.KeyValue, logger *slog.Logger, discarded func(Discard)) *Announcer {
	return &Announcer{
		bucket: bucket, logger: logger, discarded: discarded, wake: make(chan struct{}, 1),
		progress: progress{open: map[*Step]struct{}{}},
	}
}

// Now publishes the message and returns when the stream has it, or when ctx
// ends. One that the stream never takes is logged and given up.
func (a *Announcer) Now(ctx context.Context, step *Step, m Message) error {
	err := retry.Do(ctx, a.logger, m.What, func(ctx context.Context) error { return permanent(m.Publish(ctx)) })
	if err != nil && !retry.IsPermanent(err) {
		return err
	}
	if err != nil {
		a.giveUp(ctx, m, err)
	}
	a.end(step)
	return nil
}

// Soon publishes the message, at once if the stream takes it, else later and
// after those that wait already. It blocks for two seconds at most.
func (a *Announcer) Soon(ctx context.Context, step *Step, m Message) {
	if a.Owed() == 0 {
		attempt, cancel := context.WithTimeout(ctx, firstTry)
		err := m.Publish(attempt)
		cancel()
		if err == nil {
			a.end(step)
			return
		}
		a.logger.WarnContext(ctx, "message is published later; its record is stored",
			slog.String("what", m.What), slog.Any("error", err))
	}
	a.keep(ctx, letter{m, step})
}

func (a *Announcer) keep(ctx context.Context, l letter) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.owed) >= maxOwed { // its step stays open, so that the mark stays before it
		a.logger.ErrorContext(ctx, "too many messages wait; this one is published after the next start, "+
			"make room on SIGNALBOX_ACTIONS", slog.String("what", l.message.What))
		return
	}
	a.owed = append(a.owed, l)
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// Owed returns how many messages wait.
func (a *Announcer) Owed() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.owed)
}

// Run publishes what waits, in its order, and keeps the mark, until ctx ends.
func (a *Announcer) Run(ctx context.Context) {
	ticker := time.NewTicker(saveEvery)
	defer ticker.Stop()
	for ctx.Err() == nil {
		if l, ok := a.first(); ok {
			if a.Now(ctx, l.step, l.message) == nil {
				a.drop()
			}
			continue
		}
		select {
		case <-ctx.Done():
		case <-a.wake:
		case <-ticker.C:
			a.save(ctx)
		}
	}
}

func (a *Announcer) first() (letter, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.owed) == 0 {
		return letter{}, false
	}
	return a.owed[0], true
}

func (a *Announcer) drop() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.owed[0] = letter{}
	if a.owed = a.owed[1:]; len(a.owed) == 0 {
		a.owed = nil
	}
}

func (a *Announcer) giveUp(ctx context.Context, m Message, err error) {
	a.discarded(MessageRefused)
	a.logger.ErrorContext(ctx, "message is not published, the bus will never take it; its record is stored",
		slog.String("what", m.What), slog.Any("error", err))
}

// permanent marks the errors that no repetition mends.
func permanent(err error) error {
	if IsRefused(err) {
		return retry.Permanent(err)
	}
	return err
}
