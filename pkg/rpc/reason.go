package rpc

import (
	"strconv"
	"time"

	"google.golang.org/grpc/codes"
)

// Reasons of the errors that adapters return, beside ReasonInvalidField. Who
// calls an adapter decides by them whether an effect may have happened and
// whether to call again.
const (
	ReasonUnknownSource     = "UNKNOWN_SOURCE"
	ReasonCredentialRefused = "CREDENTIAL_REFUSED" //nolint:gosec // a name, not a credential
	ReasonRateLimited       = "RATE_LIMITED"
	ReasonVendorUnavailable = "VENDOR_UNAVAILABLE"
	ReasonDeadlineExceeded  = "DEADLINE_EXCEEDED"
	ReasonNotFound          = "NOT_FOUND"
	ReasonRefusedByVendor   = "REFUSED_BY_VENDOR"
	ReasonBadAnswer         = "BAD_ANSWER"
	ReasonCircuitOpen       = "CIRCUIT_OPEN"
	ReasonOutcomeUnknown    = "OUTCOME_UNKNOWN"
	ReasonCancelled         = "CANCELLED"
)

// ReasonStopping is the reason of calls that end because the server does.
const ReasonStopping = "SERVER_STOPPING"

// Stopping is the error of a call that ends because the server does.
func Stopping() error {
	return Error(codes.Unavailable, ReasonStopping, nil, "the server is stopping; call again")
}

// metadataRetryAfter is the key under which an error says how many
// milliseconds to wait before the next call.
const metadataRetryAfter = "retry_after_ms"

// SetRetryAfter writes into the metadata of an error how long to wait before
// the next call, at least a millisecond.
func SetRetryAfter(metadata map[string]string, d time.Duration) {
	metadata[metadataRetryAfter] = strconv.FormatInt(max(d.Milliseconds(), 1), 10)
}

// RetryAfter returns how long err asks to wait before the next call, at most
// limit; 0 if it does not ask.
func RetryAfter(err error, limit time.Duration) time.Duration {
	ms, parseErr := strconv.ParseInt(Metadata(err)[metadataRetryAfter], 10, 64)
	if parseErr != nil || ms < 0 {
		return 0
	}
	return min(limit, time.Duration(min(ms, limit.Milliseconds()))*time.Millisecond)
}
