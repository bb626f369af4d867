package ledger

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
)

// IsRetryable reports whether an action may be tried again after its end: it was
// given up, or refused. One that ends a lease is not: its lease has ended with it.
func IsRetryable(a *actionv1.Action) bool {
	switch a.GetState() {
	case actionv1.State_STATE_FAILED, actionv1.State_STATE_REFUSED:
		return !EndsLease(a)
	default:
		return false
	}
}

// IsUnheard reports whether a person has asked for the action, by approving it or
// by having it tried again, and nothing was attempted since: whether safety lets it
// pass may not be known yet.
func IsUnheard(a *actionv1.Action) bool {
	switch {
	case a.GetState() != actionv1.State_STATE_PENDING:
		return false
	case a.GetRetries() > 0:
		return a.GetAttempts() == a.GetAttemptsBeforeRetry()
	default:
		return a.GetDecidedBy() != "" && a.GetAttempts() == 0
	}
}

// Retry takes an action that has ended back to PENDING, for whoever asks, and
// publishes the state. It returns ErrTransition for one that is not retryable, and
// ErrConflict if the record is not r any more: of two who retry, one does.
func (l *Ledger) Retry(ctx context.Context, r Record, by string) (Record, error) {
	if !IsRetryable(r.Action) {
		return r, fmt.Errorf("try action %s again, which is %s: %w", r.Action.GetId(), r.State(), ErrTransition)
	}
	next := proto.CloneOf(r.Action)
	next.State, next.Detail, next.NextAttemptAt = actionv1.State_STATE_PENDING, "tried again by "+by, nil
	next.Retries++
	next.AttemptsBeforeRetry = next.GetAttempts()
	next.UpdatedAt = timestamppb.New(l.now())
	next.RetriedBy, next.RetriedAt = by, next.GetUpdatedAt()
	moved, err := l.update(ctx, r, next)
	if err != nil {
		return r, fmt.Errorf("try action %s again: %w", next.GetId(), err)
	}
	l.messages.Seen(moved.revision)
	return moved, l.announce(ctx, nil, next)
}
