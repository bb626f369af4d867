package action

import (
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/signalbox-io/signalbox/pkg/rpc"
)

// outcome is what a call for an effect came to.
type outcome int

const (
	effected  outcome = iota // it happened
	unknown                  // it may have happened
	untouched                // it did not happen; later it may
	refused                  // it did not happen and will not
)

// outcomeOf judges the error of a call of an adapter. Only reasons that rule an
// effect out count as such; everything else, also a connection that broke, may
// hide one.
func outcomeOf(err error) outcome {
	if err == nil {
		return effected
	}
	switch rpc.Reason(err) {
	case rpc.ReasonRateLimited, rpc.ReasonCredentialRefused, rpc.ReasonCircuitOpen, rpc.ReasonUnknownSource:
		return untouched
	case rpc.ReasonNotFound, rpc.ReasonRefusedByVendor, rpc.ReasonInvalidField:
		return refused
	}
	if code := status.Code(err); code == codes.Unimplemented || code == codes.NotFound {
		return refused
	}
	return unknown
}

// isGone reports whether the target does not exist at the vendor.
func isGone(err error) bool {
	return err != nil && (rpc.Reason(err) == rpc.ReasonNotFound || status.Code(err) == codes.NotFound)
}

// longestRetryAfter bounds what a vendor may ask us to wait.
const longestRetryAfter = 15 * time.Minute

// longestDetail bounds what is kept of an answer.
const longestDetail = 300

// describe returns the error for people. Adapters redact what they return.
func describe(err error) string {
	text := err.Error()
	if s, ok := status.FromError(err); ok {
		text = s.Message()
		if text == "" {
			text = s.Code().String()
		}
	}
	text = strings.ToValidUTF8(text, "\uFFFD") // records hold nothing else
	if runes := []rune(text); len(runes) > longestDetail {
		text = string(runes[:longestDetail]) + "…"
	}
	return text
}
