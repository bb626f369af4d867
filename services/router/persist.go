package router

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// storing is a snapshot on its way to the bus.
type storing struct {
	began time.Time
	stood time.Duration // how long events waited for it
	took  time.Duration
	size  int
	err   error
	done  chan struct{} // closed when the fields above are set
}

// snapshot lets what has been decided be stored, when everything it covers is on
// the bus. It waits for that, but not for the snapshot: events would wait as well.
// One that cannot be stored is tried again later: until then a restart only decides
// more again.
func (l *loop) snapshot(ctx context.Context) {
	l.pulse.begin(l.position.Sequence)
	defer l.pulse.end()
	s := &storing{began: time.Now(), done: make(chan struct{})}
	l.nextSnapshot = s.began.Add(snapshotEvery)
	taken, err := l.capture(ctx)
	if err != nil {
		l.notStored(ctx, err)
		return
	}
	l.noteJudged(ctx)
	s.stood = time.Since(s.began)
	l.changed, l.storing = false, s
	go func() {
		defer close(s.done)
		s.size, s.err = storeSnapshot(ctx, l.bus.Snapshots(), taken)
		s.took = time.Since(s.began)
		signal(l.inputs.wake)
	}()
}

// stored takes note of a snapshot that has been stored, or could not be. With wait
// it waits for it.
func (l *loop) stored(ctx context.Context, wait bool) {
	s := l.storing
	if s == nil {
		return
	}
	if !wait {
		select {
		case <-s.done:
		default:
			return
		}
	}
	<-s.done // storing has a limit of its own
	l.storing = nil
	l.nextSnapshot = time.Now().Add(max(snapshotEvery, snapshotShare*s.took, standShare*s.stood))
	if s.err != nil {
		l.changed = true
		l.notStored(ctx, s.err)
		return
	}
	l.snapshotSize = s.size
	l.metrics.snapshotTime.Observe(s.took.Seconds())
	l.metrics.snapshotBytes.Set(float64(s.size))
	l.metrics.snapshotAt.Set(float64(time.Now().UnixMilli()) / 1e3)
	l.status.stored(time.Now())
}

func (l *loop) notStored(ctx context.Context, err error) {
	if ctx.Err() != nil && !errors.Is(err, context.DeadlineExceeded) {
		return
	}
	l.metrics.snapshotFailures.Inc()
	l.logger.WarnContext(ctx, "snapshot could not be stored",
		slog.Uint64("sequence", l.position.Sequence), slog.Any("error", err))
}

const (
	// snapshotEvery is the shortest time between two snapshots.
	snapshotEvery = time.Second
	// snapshotShare is how many times as long as a snapshot took pass before
	// the next one, so that they take at most a twentieth of the time.
	snapshotShare = 20
	// standShare is the same of the part for which events wait: fewer than one in
	// a hundred shall notice.
	standShare = 250
	// largeSnapshot is from what length on, in bytes, there is none at the end.
	largeSnapshot = 16 << 20
)

// capture returns what has been decided, once all of it is on the bus.
func (l *loop) capture(ctx context.Context) (snapshot, error) {
	if err := l.outbox.settle(ctx, 0); err != nil {
		return snapshot{}, err
	}
	state, err := l.engine.Snapshot()
	return snapshot{
		Events: l.position, Decisions: l.outbox.end, Inputs: l.recorded.position,
		RuleSet: l.rules.Version(), Doubt: l.doubt, Engine: state,
	}, err
}
