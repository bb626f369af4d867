package action

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/ledger"
)

var (
	// ErrNotRetryable is returned for an action that has not failed and was not
	// refused, or not any more. The action comes with it as it stands.
	ErrNotRetryable = errors.New("the action is not tried again")
	// ErrOver is returned for an action whose time is over. The action comes with
	// it.
	ErrOver = errors.New("the time of the action is over")
)

// Retry has an action tried again that was given up or refused. As after an
// approval, nothing is asked of the vendor before [Executor.Release], and once the
// record is about to change, the end of ctx stops nothing. Of two people only one
// retries; the other gets ErrNotRetryable and the action as it stands.
func (x *Executor) Retry(ctx context.Context, id, by string) (*actionv1.Action, error) {
	r, err := x.ledger.Get(ctx, id)
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound) || errors.Is(err, jetstream.ErrInvalidKey):
		return nil, fmt.Errorf("%w: %.64q", ErrNoSuchAction, id)
	case err != nil:
		return nil, err
	case !ledger.IsRetryable(r.Action):
		return r.Action, ErrNotRetryable
	case x.isExpired(r.Action):
		return r.Action, ErrOver
	}
	ctx, cancel := carriedThrough(ctx)
	defer cancel()
	x.expect(id)
	moved, err := x.ledger.Retry(ctx, r, by)
	if err == nil {
		return moved.Action, nil
	}
	if !errors.Is(err, ledger.ErrConflict) {
		x.heard(id)
		return nil, err
	}
	if r, err = x.ledger.Get(ctx, id); err != nil {
		return nil, err
	}
	return r.Action, ErrNotRetryable
}

// Retries returns how often the action was tried again, 0 for one that cannot be
// read. The error is that ctx ends.
func (x *Executor) Retries(ctx context.Context, id string) (int32, error) {
	r, err := x.readApproved(ctx, id)
	return r.Action.GetRetries(), err
}
