package vendorhttp

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Kind says what a failed call means to the caller.
type Kind int

// The kinds of failure. The zero value is none of them.
const (
	// Unavailable: the vendor could not be reached or answered 5xx, and nothing
	// was changed.
	Unavailable Kind = iota + 1
	// CredentialRefused: the vendor does not take the account's credential.
	CredentialRefused
	// RateLimited: the vendor's limit or the account's own budget is used up.
	RateLimited
	// Deadline: no answer in time, and nothing was changed.
	Deadline
	// NotFound: the vendor does not know what was asked for.
	NotFound
	// Refused: the vendor refuses the request for good.
	Refused
	// BadAnswer: the answer cannot be read.
	BadAnswer
	// CircuitOpen: the vendor failed repeatedly and is not called for a while.
	CircuitOpen
	// OutcomeUnknown: an effect may or may not have been applied.
	OutcomeUnknown
	// Cancelled: the caller gave up, and nothing was changed.
	Cancelled
)

// String returns the kind as metrics write it.
func (k Kind) String() string {
	switch k {
	case Unavailable:
		return "unavailable"
	case CredentialRefused:
		return "credential_refused"
	case RateLimited:
		return "rate_limited"
	case Deadline:
		return "deadline"
	case NotFound:
		return "not_found"
	case Refused:
		return "refused"
	case BadAnswer:
		return "bad_answer"
	case CircuitOpen:
		return "circuit_open"
	case OutcomeUnknown:
		return "outcome_unknown"
	case Cancelled:
		return "cancelled"
	default:
		return "kind_" + strconv.Itoa(int(k))
	}
}

// Error is the only error a [Client] returns. Its text is scrubbed of the
// account's secrets and wraps nothing, so that nothing can leak through it.
type Error struct {
	// Kind says what the failure means.
	Kind Kind
	// Operation is what was being done.
	Operation string
	// Source is the account it was done at.
	Source string
	// Status is the vendor's HTTP status, 0 without an answer.
	Status int
	// Detail says what happened, in a few words.
	Detail string
	// RetryAfter is how long to wait at least before the next try; 0 if
	// nothing is known.
	RetryAfter time.Duration
}

// Errorf returns an Error of the kind whose detail is formatted. The client
// fills in operation and source, and scrubs the detail.
func Errorf(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Detail: fmt.Sprintf(format, args...)}
}

// Error returns what was being done, where, and what happened.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Operation != "" {
		b.WriteString(e.Operation + " at " + e.Source + ": ")
	}
	b.WriteString(e.Detail)
	if e.RetryAfter > 0 {
		b.WriteString("; try again in " + e.RetryAfter.Round(time.Millisecond).String())
	}
	return b.String()
}
