package adaptertest

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/signalbox-io/signalbox/pkg/rpc"
)

// Failure is what an error must say. It is written out here and not taken from
// the adapter, so that a change there shows.
type Failure struct {
	// Code is the gRPC code.
	Code codes.Code
	// Reason is the ErrorInfo's.
	Reason string
	// Retryable is whether the same call may succeed later.
	Retryable bool
}

// BadAnswer is an answer that cannot be read.
func BadAnswer() Failure { return Failure{codes.Internal, "BAD_ANSWER", true} }

// CredentialRefused is an account whose credential the vendor does not take.
func CredentialRefused() Failure {
	return Failure{codes.Unauthenticated, "CREDENTIAL_REFUSED", false}
}

// Refused is a request that the vendor refuses for good.
func Refused() Failure { return Failure{codes.InvalidArgument, "REFUSED_BY_VENDOR", false} }

// NotFound is something that the vendor does not know.
func NotFound() Failure { return Failure{codes.NotFound, "NOT_FOUND", false} }

// RateLimited is a rate limit or budget that is used up.
func RateLimited() Failure { return Failure{codes.ResourceExhausted, "RATE_LIMITED", true} }

// Unavailable is a vendor that fails or cannot be reached.
func Unavailable() Failure { return Failure{codes.Unavailable, "VENDOR_UNAVAILABLE", true} }

// DeadlineExceeded is a read without an answer in time.
func DeadlineExceeded() Failure {
	return Failure{codes.DeadlineExceeded, "DEADLINE_EXCEEDED", true}
}

// OutcomeUnknown is an effect that may or may not have been applied.
func OutcomeUnknown() Failure { return Failure{codes.Unknown, "OUTCOME_UNKNOWN", false} }

// Expect requires that err, with which a call at the bench ended, says what it
// must and shows no secret to anybody.
func (b *Bench) Expect(t *testing.T, err error, want Failure, secrets ...string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, want.Reason, rpc.Reason(err), "%v", err)
	require.Equal(t, want.Code, status.Code(err))
	require.Equal(t, Source, rpc.Metadata(err)["source"])
	require.NotEmpty(t, rpc.Metadata(err)["vendor"])
	require.Equal(t, strconv.FormatBool(want.Retryable), rpc.Metadata(err)["retryable"])
	require.Less(t, len(status.Convert(err).Message()), 600)
	require.NotEmpty(t, b.spans.GetSpans(), "it is in no trace")
	for _, secret := range secrets {
		require.NotContains(t, b.Seen(err), secret)
	}
}

// ExpectInvalid requires that err refuses the field of a request, and that the
// vendor was asked nothing.
func (b *Bench) ExpectInvalid(t *testing.T, err error, field string) {
	t.Helper()
	require.Equal(t, codes.InvalidArgument, status.Code(err), "%v", err)
	require.Equal(t, rpc.ReasonInvalidField, rpc.Reason(err))
	require.Equal(t, field, rpc.Metadata(err)["field"])
	require.Empty(t, b.Requests())
}
