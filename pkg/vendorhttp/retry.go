package vendorhttp

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/cenkalti/backoff/v5"
)

const (
	maxTries     = 3
	firstBackoff = 250 * time.Millisecond
	maxBackoff   = 5 * time.Second
)

// retry repeats an idempotent request that found the vendor unavailable or its
// limit used up, while the caller's deadline leaves room for it. Longer waits
// belong to the caller, who can keep them over a restart.
func (c *Client) retry(ctx context.Context, req Request) (Answer, error) {
	tries := uint(1)
	if req.Idempotent {
		tries = maxTries
	}
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.MaxInterval = firstBackoff, maxBackoff
	var last error
	answer, err := backoff.Retry(ctx,
		func() (Answer, error) {
			answer, err := c.attempt(ctx, req)
			last = err
			return answer, repeatable(ctx, err)
		},
		backoff.WithBackOff(wait), backoff.WithMaxTries(tries), backoff.WithMaxElapsedTime(0),
		backoff.WithNotify(func(_ error, d time.Duration) {
			c.opts.Logger.DebugContext(ctx, "vendor call is repeated",
				"source", c.opts.Source, "operation", req.Operation, "wait", d)
		}),
	)
	if err == nil {
		return answer, nil
	}
	return Answer{}, last
}

// repeatable tells the backoff what an error allows. The wait that a vendor
// asked for is lengthened by up to a tenth, so that callers do not return all
// at once, and never shortened.
func repeatable(ctx context.Context, err error) error {
	failure, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	switch {
	case failure.Kind != Unavailable && failure.Kind != RateLimited:
		return backoff.Permanent(err)
	case failure.RetryAfter <= 0:
		return err
	default:
		wait := failure.RetryAfter + rand.N(failure.RetryAfter/10+time.Millisecond) //nolint:gosec // jitter
		if deadline, ok := ctx.Deadline(); ok && time.Now().Add(wait).After(deadline) {
			return backoff.Permanent(err)
		}
		return errors.Join(err, &backoff.RetryAfterError{Duration: wait})
	}
}
