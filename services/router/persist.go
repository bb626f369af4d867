package router

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// snapshot stores what has been decided, when everything it covers is on the
// bus. One that cannot be stored is tried again later: until then a restart
// only decides more again.
func (l *loop) snapshot(ctx context.Context) {
	l.pulse.beginLong(l.position.Sequence, storeTime+stuckAfter)
	defer l.pulse.end()
	began := time.Now()
	size, err := l.storeSnapshot(ctx)
	took := time.Since(began)
	l.nextSnapshot = time.Now().Add(max(snapshotEvery, snapshotShare*took))
	if err != nil {
		if ctx.Err() == nil || errors.Is(err, context.DeadlineExceeded) {
			l.metrics.snapshotFailures.Inc()
			l.logger.WarnContext(ctx, "snapshot could not be stored",
				slog.Uint64("sequence", l.position.Sequence), slog.Any("error", err))
		}
		return
	}
	l.changed, l.snapshotSize = false, size
	l.noteJudged(ctx)
	l.metrics.snapshotTime.Observe(took.Seconds())
	l.metrics.snapshotBytes.Set(float64(size))
	l.metrics.snapshotAt.Set(float64(time.Now().UnixMilli()) / 1e3)
	l.status.stored(time.Now())
}

const (
	// snapshotEvery is the shortest time between two snapshots.
	snapshotEvery = time.Second
	// snapshotShare is how many times as long as a snapshot took pass before
	// the next one, so that they take at most a twentieth of the loop's time.
	snapshotShare = 20
	// largeSnapshot is from what length on, in bytes, there is none at the end.
	largeSnapshot = 16 << 20
)

func (l *loop) storeSnapshot(ctx context.Context) (int, error) {
	if err := l.outbox.settle(ctx, 0); err != nil {
		return 0, err
	}
	state, err := l.engine.Snapshot()
	if err != nil {
		return 0, err
	}
	return storeSnapshot(ctx, l.bus.Snapshots(), snapshot{
		Events: l.position, Decisions: l.outbox.end, Inputs: l.recorded.position,
		RuleSet: l.rules.Version(), Doubt: l.doubt, Engine: state,
	})
}
