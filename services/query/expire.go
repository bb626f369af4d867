package query

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/signalbox-io/signalbox/services/query/store"
)

const (
	// expireRows is how many rows of a table are deleted at once; the projection
	// writes in between.
	expireRows   = 500
	expireTime   = 30 * time.Second
	mostOften    = time.Second
	leastOften   = 10 * time.Minute
	roundsPerAge = 20
)

// expiry deletes what is older than the retention, again and again.
type expiry struct {
	store     *store.Store
	retention time.Duration
	metrics   *metrics
	logger    *slog.Logger

	cancel context.CancelFunc
	loop   sync.WaitGroup
}

func newExpiry(s *store.Store, retention time.Duration, m *metrics, logger *slog.Logger) *expiry {
	return &expiry{store: s, retention: retention, metrics: m, logger: logger}
}

// start runs the loop until stop.
func (e *expiry) start(ctx context.Context) {
	ctx, e.cancel = context.WithCancel(context.WithoutCancel(ctx))
	e.loop.Go(func() { e.run(ctx) })
}

// stop ends the loop and waits for it until ctx ends. It is harmless without
// start.
func (e *expiry) stop(ctx context.Context) error {
	if e.cancel == nil {
		return nil
	}
	e.cancel()
	ended := make(chan struct{})
	go func() {
		e.loop.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for the expiry to end: %w", ctx.Err())
	}
}

// run makes a round at once and then about twenty in the time of the
// retention, but never more than one a second or less than one in ten minutes.
func (e *expiry) run(ctx context.Context) {
	ticker := time.NewTicker(min(max(e.retention/roundsPerAge, mostOften), leastOften))
	defer ticker.Stop()
	for {
		deleted, err := e.round(ctx, time.Now())
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			e.logger.WarnContext(ctx, "expired records were not all deleted, trying again", slog.Any("error", err))
		case deleted > 0:
			e.logger.InfoContext(ctx, "expired records deleted", slog.Int("count", deleted))
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// round deletes everything that is older than the retention and returns how
// much that was.
func (e *expiry) round(ctx context.Context, now time.Time) (int, error) {
	total := 0
	for {
		deleted, err := e.batch(ctx, now.Add(-e.retention))
		total += deleted
		e.metrics.expired.Add(float64(deleted))
		if err != nil || deleted == 0 {
			return total, err
		}
	}
}

func (e *expiry) batch(ctx context.Context, before time.Time) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, expireTime)
	defer cancel()
	deleted, err := e.store.Expire(ctx, before, expireRows)
	if errors.Is(err, store.ErrNotOpen) {
		return deleted, nil // the file is being replaced; an empty one expires nothing
	}
	return deleted, err
}
