package adapter

import (
	"strconv"

	"google.golang.org/grpc/codes"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
)

// Reasons of an adapter's errors, beside those of package rpc.
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

// meaning is what a kind of failure becomes on gRPC.
type meaning struct {
	code      codes.Code
	reason    string
	retryable bool
	remedy    string
}

// meaningOf returns the kind's meaning. Retryable means that the same call may
// succeed later without anybody's doing; an effect of unknown outcome is not,
// because it must be read back first.
func meaningOf(kind vendorhttp.Kind) meaning {
	switch kind {
	case vendorhttp.CredentialRefused:
		return meaning{codes.Unauthenticated, ReasonCredentialRefused, false, "; check the source's credential"}
	case vendorhttp.RateLimited:
		return meaning{codes.ResourceExhausted, ReasonRateLimited, true, ""}
	case vendorhttp.Deadline:
		return meaning{codes.DeadlineExceeded, ReasonDeadlineExceeded, true, ""}
	case vendorhttp.NotFound:
		return meaning{codes.NotFound, ReasonNotFound, false, ""}
	case vendorhttp.Refused:
		return meaning{codes.InvalidArgument, ReasonRefusedByVendor, false, ""}
	case vendorhttp.BadAnswer:
		return meaning{codes.Internal, ReasonBadAnswer, true, ""}
	case vendorhttp.CircuitOpen:
		return meaning{codes.Unavailable, ReasonCircuitOpen, true, ""}
	case vendorhttp.OutcomeUnknown:
		return meaning{codes.Unknown, ReasonOutcomeUnknown, false, "; read the state back before trying again"}
	case vendorhttp.Cancelled:
		return meaning{codes.Canceled, ReasonCancelled, true, ""}
	default:
		return meaning{codes.Unavailable, ReasonVendorUnavailable, true, ""}
	}
}

func statusOf(vendor, source string, failure *vendorhttp.Error) error {
	m := meaningOf(failure.Kind)
	metadata := map[string]string{
		"vendor": vendor, "source": source, "retryable": strconv.FormatBool(m.retryable),
	}
	if failure.Status != 0 {
		metadata["http_status"] = strconv.Itoa(failure.Status)
	}
	if failure.RetryAfter > 0 {
		metadata["retry_after_ms"] = strconv.FormatInt(max(failure.RetryAfter.Milliseconds(), 1), 10)
	}
	return rpc.Error(m.code, m.reason, metadata, "%s%s", failure.Error(), m.remedy)
}
