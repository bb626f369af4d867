// Package retry repeats what may be repeated: exponential backoff with jitter,
// ended by the caller's context. It does not know what is worth repeating;
// whoever calls decides that.
package retry

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"
)

// Backoff is how long to wait between attempts. The zero value waits not at
// all.
type Backoff struct {
	// Base is the wait after the first failure.
	Base time.Duration
	// Max is the longest wait.
	Max time.Duration
}

// Delay returns the wait after the given number of failures in a row, 1 or
// more: it doubles up to Max, and between half of it and all of it is chosen
// by chance, so that many who failed together do not come back together.
func (b Backoff) Delay(failures int) time.Duration {
	delay := b.Base
	for range failures - 1 {
		if delay >= b.Max {
			break
		}
		delay *= 2
	}
	delay = min(delay, b.Max)
	if delay <= 1 {
		return delay
	}
	return delay/2 + rand.N(delay/2) //nolint:gosec // jitter needs no secrecy
}

// attemptTime bounds one attempt of Do.
const attemptTime = 10 * time.Second

// Do calls f until it returns nil or a [Permanent] error, which is returned, or
// until ctx ends, whose error is returned then. Each call gets a context of its
// own that ends after ten seconds. The first failure and every tenth are logged
// with what was being done; one that lasts is told as [Reporting] says.
func Do(ctx context.Context, logger *slog.Logger, what string, f func(context.Context) error) error {
	backoff := Backoff{Base: 50 * time.Millisecond, Max: 5 * time.Second}
	trouble := troubleOf(ctx, what)
	defer trouble.over()
	for failures := 0; ; {
		attempt, cancel := context.WithTimeout(ctx, attemptTime)
		err := f(attempt)
		cancel()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if IsPermanent(err) {
			return err
		}
		trouble.failed(err)
		if failures%10 == 0 {
			logger.WarnContext(ctx, "the bus does not take it, trying again",
				slog.String("what", what), slog.Int("failures", failures+1), slog.Any("error", err))
		}
		failures++
		if err := Wait(ctx, backoff.Delay(failures)); err != nil {
			return err
		}
	}
}

// Wait returns nil after d, or ctx's error as soon as ctx ends.
func Wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
