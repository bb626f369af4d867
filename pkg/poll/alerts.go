package poll

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"github.com/signalbox-io/signalbox/pkg/inventory"
)

// alertsTimeout bounds one attempt to write what is known of the alerts: many are
// written one by one.
const alertsTimeout = time.Minute

// read asks for one window and keeps what was told of the alerts beside it.
func (l *Loop) read(ctx context.Context, w Window) (Batch, error) {
	batch, fetchErr := l.fetch(ctx, w)
	if batch.Alerts != nil {
		l.keepAlerts(ctx, batch.Alerts)
	}
	return batch, fetchErr
}

// keepAlerts makes what was read of the alerts known to the router and the query
// service. A bus that is away is no fault of the poll: the next one has them again.
func (l *Loop) keepAlerts(ctx context.Context, alerts *Alerts) {
	ctx, cancel := context.WithTimeout(ctx, alertsTimeout)
	defer cancel()
	l.tellAlerts(ctx, alerts)
	err := l.writeAlerts(ctx, alerts)
	if err != nil {
		l.logger.WarnContext(ctx, "what is known of the alerts could not be kept, the next reading is", slog.Any("error", err))
	} else if alerts.Err == nil && alerts.Unread == nil {
		l.deps.Metrics.alerts.WithLabelValues(l.cfg.Source).Set(float64(len(alerts.List)))
		l.deps.Metrics.alertsAt.WithLabelValues(l.cfg.Source).Set(float64(alerts.At.Unix()))
	}
}

func (l *Loop) writeAlerts(ctx context.Context, alerts *Alerts) error {
	switch bucket, source := l.deps.Bus.Alerts(), l.cfg.Source; {
	case alerts.Err != nil:
		return inventory.Fail(ctx, bucket, source, describe(alerts.Err))
	case alerts.Unread != nil:
		return inventory.KeepPart(ctx, bucket, source, alerts.List, alerts.At, describe(alerts.Unread))
	default:
		return inventory.Keep(ctx, bucket, source, alerts.List, alerts.At)
	}
}

// tellAlerts says once that the alerts, or some of them, cannot be read, and once
// that they can; of their states likewise.
func (l *Loop) tellAlerts(ctx context.Context, alerts *Alerts) {
	err := cmp.Or(alerts.Err, alerts.Unread)
	switch was := l.state.alerts.Swap(err != nil); {
	case err != nil && !was:
		l.logger.WarnContext(ctx, "the alerts of the account cannot be read; safety goes by what is known of them",
			slog.String("error", describe(err)))
	case err == nil && was:
		l.logger.InfoContext(ctx, "the alerts of the account can be read again")
	}
	if alerts.Err != nil {
		return // it tells nothing of their states
	}
	switch was := l.state.unsure.Swap(alerts.Unsure != nil); {
	case alerts.Unsure != nil && !was:
		l.logger.WarnContext(ctx, "it is not known whether some alerts of the account are paused; they stay as they were known, "+
			"count as paused where they were not, and are neither paused nor resumed", slog.String("error", describe(alerts.Unsure)))
	case alerts.Unsure == nil && was:
		l.logger.InfoContext(ctx, "of every alert of the account it is known again whether it is paused")
	}
}
