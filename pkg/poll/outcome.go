package poll

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/signalbox-io/signalbox/pkg/rpc"
)

const (
	outcomeOK          = "ok"
	outcomeUnreachable = "adapter_unreachable"
	outcomeTimeout     = "deadline_exceeded"
	outcomeContended   = "contended"
	outcomeTooMany     = "too_many_events"
	outcomeFailed      = "failed"
)

// adapterReasons are the reasons that become outcomes in lower case; any other
// word would let a vendor's answer make metrics of its own.
func adapterReasons() []string {
	return []string{
		rpc.ReasonCredentialRefused, rpc.ReasonRateLimited, rpc.ReasonVendorUnavailable, rpc.ReasonNotFound,
		rpc.ReasonRefusedByVendor, rpc.ReasonBadAnswer, rpc.ReasonCircuitOpen, rpc.ReasonUnknownSource,
	}
}

// outcome names how a poll went in one word.
func outcome(err error) string {
	if err == nil {
		return outcomeOK
	}
	if reason := rpc.Reason(err); slices.Contains(adapterReasons(), reason) {
		return strings.ToLower(reason)
	}
	switch {
	case errors.Is(err, ErrContended):
		return outcomeContended
	case errors.Is(err, errTooMany):
		return outcomeTooMany
	case errors.Is(err, context.DeadlineExceeded), status.Code(err) == codes.DeadlineExceeded:
		return outcomeTimeout
	case status.Code(err) == codes.Unavailable:
		return outcomeUnreachable
	default:
		return outcomeFailed
	}
}

const (
	// refusedPause is how long a refused credential is left alone: it stays
	// refused until somebody changes it.
	refusedPause = 5 * time.Minute
	// maxRetryAfter bounds what a vendor may ask for.
	maxRetryAfter = time.Hour
	// jitter is the share by which pauses vary, so that the pollers of many
	// sources spread out.
	jitter = 0.05
	// minShare is the share of the interval that lies between two polls, also
	// when polls take longer than the interval.
	minShare = 0.1
)

// pause returns how long to wait after a poll that took so long and ended with err,
// the given number of failures in a row, where the next one is due after interval.
func (l *Loop) pause(interval time.Duration, err error, failures int, took time.Duration) time.Duration {
	every := float64(interval)
	regular := time.Duration(every * (1 - jitter + 2*jitter*l.cfg.Rand()))
	next := max(regular-took, time.Duration(minShare*every))
	switch {
	case rpc.Reason(err) == rpc.ReasonCredentialRefused:
		return max(next, l.atLeast(refusedPause))
	case outcome(err) == outcomeUnreachable:
		// The adapter is another process that may just be starting; no vendor
		// is called, so there is no budget to spare.
		return min(next, l.backoff(failures))
	default:
		// A vendor's limit, its Retry-After, or a breaker that is open: to ask before
		// would bring nothing.
		return max(next, l.atLeast(rpc.RetryAfter(err, maxRetryAfter)))
	}
}

// atLeast adds jitter upwards.
func (l *Loop) atLeast(d time.Duration) time.Duration {
	return d + time.Duration(float64(d)*jitter*l.cfg.Rand())
}

// describe returns the error's text without the code that gRPC puts before
// it.
func describe(err error) string {
	var carrier interface{ GRPCStatus() *status.Status }
	if !errors.As(err, &carrier) {
		return err.Error()
	}
	return carrier.GRPCStatus().Message()
}
