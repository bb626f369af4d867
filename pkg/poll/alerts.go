package poll

import (
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
	var err error
	if alerts.Err != nil {
		err = inventory.Fail(ctx, l.deps.Bus.Alerts(), l.cfg.Source, describe(alerts.Err))
	} else if err = inventory.Keep(ctx, l.deps.Bus.Alerts(), l.cfg.Source, alerts.List, alerts.At); err == nil {
		l.deps.Metrics.alerts.WithLabelValues(l.cfg.Source).Set(float64(len(alerts.List)))
		l.deps.Metrics.alertsAt.WithLabelValues(l.cfg.Source).Set(float64(alerts.At.Unix()))
	}
	if err != nil {
		l.logger.WarnContext(ctx, "what is known of the alerts could not be kept, the next reading is", slog.Any("error", err))
	}
}

// tellAlerts says once that the alerts cannot be read, and once that they can.
func (l *Loop) tellAlerts(ctx context.Context, alerts *Alerts) {
	was := l.state.alerts.Swap(alerts.Err != nil)
	switch {
	case alerts.Err != nil && !was:
		l.logger.WarnContext(ctx, "the alerts of the account cannot be read; safety goes by what is known of them",
			slog.String("error", describe(alerts.Err)))
	case alerts.Err == nil && was:
		l.logger.InfoContext(ctx, "the alerts of the account can be read again")
	}
}
