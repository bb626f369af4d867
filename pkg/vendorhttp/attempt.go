package vendorhttp

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/sony/gobreaker/v2"
)

const (
	breakerFailures = 5
	breakerPause    = 30 * time.Second
)

// attempt is one try: budget, breaker, exchange, judgement.
func (c *Client) attempt(ctx context.Context, req Request) (Answer, error) {
	if c.breaker.State() == gobreaker.StateOpen {
		return Answer{}, c.count(req, c.openError())
	}
	began := time.Now()
	p, err := c.limiter.acquireFor(ctx, &caller{names: req.Budgets, urgent: req.Urgent})
	c.opts.Metrics.budgetWait.WithLabelValues(c.opts.Vendor, c.opts.Source, req.priority()).Observe(time.Since(began).Seconds())
	if err != nil {
		return Answer{}, c.count(req, err)
	}
	if c.opts.Left != nil {
		c.opts.Left(ctx, c.limiter.left(req.Budgets))
	}
	var w wire
	defer func() { p.done(w.reached()) }()
	answer, err := c.breaker.Execute(func() (Answer, error) { return c.judged(ctx, req, &w) })
	if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
		err = c.openError()
	} else if failure, ok := errors.AsType[*Error](err); ok && isFailure(failure) {
		c.lastFailure.Store(failure)
	}
	return answer, c.count(req, err)
}

// openError tells why the breaker is open: whoever looks now has not seen the
// failures that opened it.
func (c *Client) openError() *Error {
	detail := "the vendor failed repeatedly and is left alone for a while"
	if last := c.lastFailure.Load(); last != nil {
		detail += "; the last time: " + last.Detail
	}
	return &Error{Kind: CircuitOpen, RetryAfter: breakerPause, Detail: detail}
}

// isFailure reports whether the breaker counts it.
func isFailure(err error) bool { return IsKind(err, Unavailable, Deadline, OutcomeUnknown) }

// judged makes the exchange and turns every answer that is no success into an
// error.
func (c *Client) judged(ctx context.Context, req Request, w *wire) (Answer, error) {
	began := time.Now()
	answer, err := c.exchange(ctx, req, w)
	c.opts.Metrics.duration.WithLabelValues(c.opts.Vendor, c.opts.Source, req.Operation).
		Observe(time.Since(began).Seconds())
	if err == nil {
		err = c.judge(req, answer)
	}
	if err == nil {
		return answer, nil
	}
	if failure, ok := errors.AsType[*Error](err); ok {
		failure.Status = cmp.Or(failure.Status, answer.Status)
		return Answer{}, settle(req, failure, w.reached())
	}
	return Answer{}, err
}

func (c *Client) judge(req Request, answer Answer) error {
	if c.opts.Observe != nil {
		c.limiter.hold(c.opts.Observe(answer))
	}
	failure := c.verdict(req, answer)
	if failure == nil {
		return nil
	}
	if failure.RetryAfter > 0 {
		c.limiter.hold(time.Now().Add(failure.RetryAfter))
	}
	return failure
}

func (c *Client) verdict(req Request, answer Answer) *Error {
	if !isSuccess(answer.Status) {
		failure := c.opts.Classify(answer)
		if req.Credential {
			failure.Detail = answeredText(answer.Status)
		}
		return failure
	}
	if req.Into != nil {
		if failure := DecodeJSON(answer.Body, req.Into); failure != nil {
			return failure
		}
	}
	if req.Check != nil {
		return req.Check(answer)
	}
	return nil
}

// settle says of a failed effect whether it may have been applied. A clear
// refusal and 503 mean that it was not; silence, a reset, another 5xx or an
// answer that cannot be read leave it open.
func settle(req Request, failure *Error, reached bool) *Error {
	if !req.Effect || !reached {
		return failure
	}
	refused := IsKind(failure, CredentialRefused, RateLimited, NotFound, Refused)
	unserved := failure.Status == http.StatusServiceUnavailable || failure.Status == http.StatusRequestTimeout
	if refused || unserved {
		return failure
	}
	failure.Kind = OutcomeUnknown
	failure.Detail = "it may have been applied: " + failure.Detail
	return failure
}

func (c *Client) count(req Request, err error) error {
	outcome := "ok"
	if failure, ok := errors.AsType[*Error](err); ok {
		outcome = failure.Kind.String()
	}
	c.opts.Metrics.requests.WithLabelValues(c.opts.Vendor, c.opts.Source, req.Operation, outcome).Inc()
	return err
}

// newBreaker opens after five failures in a row and lets one call through
// after half a minute. What the vendor answers clearly, a 429 or a 4xx, is no
// failure of it; a caller that gave up proves nothing.
func (c *Client) newBreaker() *gobreaker.CircuitBreaker[Answer] {
	gauge := c.opts.Metrics.breaker.WithLabelValues(c.opts.Vendor, c.host)
	return gobreaker.NewCircuitBreaker[Answer](gobreaker.Settings{
		Name:        c.host,
		Timeout:     breakerPause,
		ReadyToTrip: func(n gobreaker.Counts) bool { return n.ConsecutiveFailures >= breakerFailures },
		IsSuccessful: func(err error) bool {
			return !isFailure(err)
		},
		IsExcluded: func(err error) bool { return IsKind(err, Cancelled) },
		OnStateChange: func(_ string, _, to gobreaker.State) {
			gauge.Set(float64(to))
			c.opts.Logger.Warn("vendor circuit breaker changed", "source", c.host, "state", to.String())
		},
	})
}

// IsKind reports whether err is an [*Error] of one of the kinds.
func IsKind(err error, kinds ...Kind) bool {
	failure, ok := errors.AsType[*Error](err)
	return ok && slices.Contains(kinds, failure.Kind)
}
