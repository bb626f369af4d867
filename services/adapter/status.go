package adapter

import (
	"strconv"

	"google.golang.org/grpc/codes"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
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
		return meaning{codes.Unauthenticated, rpc.ReasonCredentialRefused, false, "; check the source's credential"}
	case vendorhttp.RateLimited:
		return meaning{codes.ResourceExhausted, rpc.ReasonRateLimited, true, ""}
	case vendorhttp.Deadline:
		return meaning{codes.DeadlineExceeded, rpc.ReasonDeadlineExceeded, true, ""}
	case vendorhttp.NotFound:
		return meaning{codes.NotFound, rpc.ReasonNotFound, false, ""}
	case vendorhttp.Refused:
		return meaning{codes.InvalidArgument, rpc.ReasonRefusedByVendor, false, ""}
	case vendorhttp.BadAnswer:
		return meaning{codes.Internal, rpc.ReasonBadAnswer, true, ""}
	case vendorhttp.CircuitOpen:
		return meaning{codes.Unavailable, rpc.ReasonCircuitOpen, true, ""}
	case vendorhttp.OutcomeUnknown:
		return meaning{codes.Unknown, rpc.ReasonOutcomeUnknown, false, "; read the state back before trying again"}
	case vendorhttp.Cancelled:
		return meaning{codes.Canceled, rpc.ReasonCancelled, true, ""}
	default:
		return meaning{codes.Unavailable, rpc.ReasonVendorUnavailable, true, ""}
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
		rpc.SetRetryAfter(metadata, failure.RetryAfter)
	}
	return rpc.Error(m.code, m.reason, metadata, "%s%s", failure.Error(), m.remedy)
}
