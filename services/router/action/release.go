package action

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/nats-io/nats.go/jetstream"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/ledger"
)

// expect keeps in mind that the router has to hear of an approval.
func (x *Executor) expect(id string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.words[id] == nil {
		x.words[id] = make(chan struct{})
	}
}

// heard tells those who wait that the router has heard of an approval.
func (x *Executor) heard(id string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if word := x.words[id]; word != nil {
		close(word)
		delete(x.words, id)
	}
}

// Await returns an approved action as it stands once the router has taken the
// approval: released, or refused by safety. The error is that ctx or the executor
// ends before that, or that the ledger cannot be read.
func (x *Executor) Await(ctx context.Context, id string) (*actionv1.Action, error) {
	x.mu.Lock()
	word := x.words[id]
	x.mu.Unlock()
	if word != nil {
		select {
		case <-word:
		case <-ctx.Done():
			return nil, fmt.Errorf("wait until approval of action %s is taken: %w", id, ctx.Err())
		case <-x.quit:
			return nil, fmt.Errorf("wait until approval of action %s is taken: %w", id, ErrStopping)
		}
	}
	r, err := x.ledger.Get(ctx, id)
	return r.Action, err
}

// Release has an approved action done. One that is under way or over already, or
// that the ledger does not hold, stays as it is. The error is that ctx or the
// executor ends.
func (x *Executor) Release(ctx context.Context, id string) error {
	defer x.heard(id)
	r, err := x.readApproved(ctx, id)
	if err != nil || r.State() != pending {
		return err
	}
	return x.Submit(ctx, r.Action)
}

// Refuse ends an approved action that safety does not let pass; why is its detail.
// What was attempted already stays as it is. One whose record the bus will never
// take stays PENDING and is not done, with a word in the log: the next process asks
// again. The error is that ctx ends.
func (x *Executor) Refuse(ctx context.Context, id, why string) error {
	defer x.heard(id)
	r, err := x.readApproved(ctx, id)
	if err != nil || !ledger.IsUnheard(r.Action) {
		return err
	}
	_, err = x.end(ctx, r, forbidden, why)
	switch {
	case err == nil || errors.Is(err, ledger.ErrConflict): // or it is under way
		return nil
	case ctx.Err() != nil:
		return err
	}
	x.logger.ErrorContext(ctx, "an action that safety refuses cannot be ended; it is not done",
		slog.String("action_id", id), slog.String("why", why), slog.Any("error", err))
	return nil
}

// readApproved reads an action; one that cannot be read however often it is tried
// is none, with a word in the log.
func (x *Executor) readApproved(ctx context.Context, id string) (ledger.Record, error) {
	r, err := x.read(ctx, id)
	if err == nil || ctx.Err() != nil {
		return r, err
	}
	if !errors.Is(err, jetstream.ErrKeyNotFound) {
		x.logger.ErrorContext(ctx, "an approved action cannot be read and is not done",
			slog.String("action_id", id), slog.Any("error", err))
	}
	return ledger.Record{}, nil
}
