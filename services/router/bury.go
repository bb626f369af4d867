package router

import (
	"context"
	"log/slog"

	"github.com/signalbox-io/signalbox/pkg/bus"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/ledger"
)

// bury keeps a dead letter of an action that was given up, each time that it was.
func (b listening) bury(ctx context.Context, a *actionv1.Action) error {
	if a.GetState() != actionv1.State_STATE_FAILED || ledger.EndsLease(a) {
		return nil
	}
	err := b.PublishDead(ctx, failedLetter(a))
	if bus.IsRefused(err) {
		b.metrics.lostLetters.Inc()
		b.logger.ErrorContext(ctx, "dead letter of an action is refused; the action is in the ledger",
			slog.String("action_id", a.GetId()), slog.String("error", brief(err)))
		return nil
	}
	return err
}
