package adapter_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
)

func readWithin(t *testing.T, c caller, limit time.Duration) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	_, err := c.http.Do(ctx, vendorhttp.Request{
		Operation: "read", Method: http.MethodGet, Path: "/", Budgets: []string{"all"}, Idempotent: true,
	})
	return err
}

func TestDone_EveryKindHasItsMeaning(t *testing.T) {
	t.Parallel()
	account, err := started(t, newBase(t, sourceAt("here", "http://127.0.0.1:1"))).Find("here")
	require.NoError(t, err)
	for kind, want := range map[vendorhttp.Kind]struct {
		code      codes.Code
		reason    string
		retryable string
	}{
		vendorhttp.Unavailable:       {codes.Unavailable, "VENDOR_UNAVAILABLE", "true"},
		vendorhttp.CredentialRefused: {codes.Unauthenticated, "CREDENTIAL_REFUSED", "false"},
		vendorhttp.RateLimited:       {codes.ResourceExhausted, "RATE_LIMITED", "true"},
		vendorhttp.Deadline:          {codes.DeadlineExceeded, "DEADLINE_EXCEEDED", "true"},
		vendorhttp.NotFound:          {codes.NotFound, "NOT_FOUND", "false"},
		vendorhttp.Refused:           {codes.InvalidArgument, "REFUSED_BY_VENDOR", "false"},
		vendorhttp.BadAnswer:         {codes.Internal, "BAD_ANSWER", "true"},
		vendorhttp.CircuitOpen:       {codes.Unavailable, "CIRCUIT_OPEN", "true"},
		vendorhttp.OutcomeUnknown:    {codes.Unknown, "OUTCOME_UNKNOWN", "false"},
		vendorhttp.Cancelled:         {codes.Canceled, "CANCELLED", "true"},
		vendorhttp.Kind(0):           {codes.Unavailable, "VENDOR_UNAVAILABLE", "true"},
	} {
		err := account.Done(&vendorhttp.Error{Kind: kind, Operation: "read", Source: "here", Detail: "so it is"})
		require.Equal(t, want.code, status.Code(err), kind)
		require.Equal(t, want.reason, rpc.Reason(err), kind)
		require.Contains(t, err.Error(), "read at here: so it is")
		require.Equal(t, map[string]string{"vendor": "anura", "source": "here", "retryable": want.retryable}, rpc.Metadata(err))
	}
}

func TestDone_TellsStatusAndWaitToPrograms(t *testing.T) {
	t.Parallel()
	account, err := started(t, newBase(t, sourceAt("here", "http://127.0.0.1:1"))).Find("here")
	require.NoError(t, err)
	for wait, want := range map[time.Duration]string{
		2 * time.Minute: "120000", time.Microsecond: "1", 0: "",
	} {
		err := account.Done(&vendorhttp.Error{Kind: vendorhttp.RateLimited, Status: 429, RetryAfter: wait})
		require.Equal(t, want, rpc.Metadata(err)["retry_after_ms"])
		require.Equal(t, "429", rpc.Metadata(err)["http_status"])
	}
}

func TestDone_AVendorThatDoesNotAnswerInTime(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	t.Cleanup(server.Close)
	source := sourceAt("here", server.URL)
	source.Timeout = 50 * time.Millisecond
	account, err := started(t, newBase(t, source)).Find("here")
	require.NoError(t, err)
	err = account.Done(readWithin(t, account.Client, 10*time.Second))
	require.Equal(t, rpc.ReasonDeadlineExceeded, rpc.Reason(err), "%v", err)
}
