package poll

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

const (
	// publishChunk is how many events one attempt publishes, so that an attempt
	// ends within its time on a slow bus too.
	publishChunk = 256

	firstBackoff = 100 * time.Millisecond
	maxBackoff   = 5 * time.Second
)

// insist does what needs the bus, again and again until it works. There is no
// limit but ctx: going on without the bus would lose events, and a source
// cannot be read anywhere else. Only an error that trying again does not mend
// ends it early.
func (l *Loop) insist(ctx context.Context, do func(context.Context) error) error {
	for tries := 0; ; tries++ {
		err := l.attempt(ctx, do)
		if err == nil || isPermanent(err) {
			return err
		}
		l.awaitBus(ctx, tries, err)
		if !wait(ctx, l.backoff(tries)) {
			return fmt.Errorf("stopped while waiting for the bus: %w", err)
		}
	}
}

// awaitBus tells that the bus is waited for, in the log once.
func (l *Loop) awaitBus(ctx context.Context, tries int, err error) {
	level := slog.LevelDebug
	if tries == 0 {
		level = slog.LevelWarn
	}
	l.logger.Log(ctx, level, "bus does not take it, waiting", slog.Any("error", err))
	l.deps.Health.Fail("waiting for the bus: " + err.Error())
	l.deps.Metrics.retries.WithLabelValues(l.cfg.Source).Inc()
}

func (l *Loop) attempt(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, l.cfg.BusTimeout)
	defer cancel()
	return do(ctx)
}

// backoff doubles from 100 ms to 5 s; half of it is jitter.
func (l *Loop) backoff(tries int) time.Duration {
	d := maxBackoff
	if tries < 6 { // beyond, the doubled value would exceed the maximum
		d = min(maxBackoff, firstBackoff<<tries)
	}
	return d/2 + time.Duration(l.cfg.Rand()*float64(d/2))
}
