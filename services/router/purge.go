package router

import (
	"context"
	"log/slog"
	"time"

	"github.com/signalbox-io/signalbox/services/router/ledger"
	"github.com/signalbox-io/signalbox/services/router/retry"
)

// purgeEvery is the time between two removals of old records.
const purgeEvery = time.Hour

// purge removes records of actions and leases that are over for so long that no
// event on the stream can ask for them again, and keeps the stop's.
func (r *Router) purge(ctx context.Context) {
	for retry.Wait(ctx, r.purgeEvery) == nil {
		r.stop.renew()
		before := time.Now().Add(-ledger.Retention)
		r.purged(ctx, "ledger", before, r.ledger.Purge)
		r.purged(ctx, "leases", before, r.leases.Purge)
		r.purged(ctx, "rules", time.Now().Add(-keepSetsFor), r.purgeRules)
	}
}

func (r *Router) purgeRules(ctx context.Context, before time.Time) (int, error) {
	rules, _, _ := r.status.running()
	return archive{r.opts.Bus}.purge(ctx, before, rules.Version())
}

func (r *Router) purged(
	ctx context.Context, bucket string, before time.Time, purge func(context.Context, time.Time) (int, error),
) {
	logger := r.opts.Logger.With(slog.String("bucket", bucket))
	purged, err := purge(ctx, before)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		logger.WarnContext(ctx, "old records could not be removed", slog.Any("error", err))
	case purged > 0:
		logger.InfoContext(ctx, "old records removed", slog.Int("count", purged))
	}
}
