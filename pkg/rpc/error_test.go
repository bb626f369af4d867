package rpc_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/signalbox-io/signalbox/pkg/rpc"
)

func TestError_CarriesReasonAndMetadataThroughWrapping(t *testing.T) {
	t.Parallel()
	metadata := map[string]string{"retry_after_ms": "1500"}
	err := rpc.Error(codes.ResourceExhausted, "RATE_LIMITED", metadata, "%s asks for a pause of %d s", "anura", 2)
	metadata["retry_after_ms"] = "0"
	wrapped := fmt.Errorf("poll anura-main: %w", err)

	require.Equal(t, codes.ResourceExhausted, status.Code(wrapped))
	require.Equal(t, "RATE_LIMITED", rpc.Reason(wrapped))
	require.Equal(t, map[string]string{"retry_after_ms": "1500"}, rpc.Metadata(wrapped))
	require.ErrorContains(t, err, "anura asks for a pause of 2 s")
}

func TestReason_OfOtherErrorsIsEmpty(t *testing.T) {
	t.Parallel()
	foreign, err := status.New(codes.Internal, "x").WithDetails(&errdetails.ErrorInfo{Reason: "X", Domain: "example.com"})
	require.NoError(t, err)
	for name, err := range map[string]error{
		"nil":     nil,
		"plain":   errors.New("x"),
		"status":  status.Error(codes.Internal, "x"),
		"foreign": foreign.Err(),
	} {
		require.Empty(t, rpc.Reason(err), name)
		require.Nil(t, rpc.Metadata(err), name)
	}
}

func TestError_WithCodeOKIsStillAnError(t *testing.T) {
	t.Parallel()
	require.Equal(t, codes.Unknown, status.Code(rpc.Error(codes.OK, "X", nil, "x")))
}

func TestFieldViolation_NamesTheField(t *testing.T) {
	t.Parallel()
	err := rpc.FieldViolation("page_token", "made for filter %q", "a")
	require.Equal(t, codes.InvalidArgument, status.Code(err))
	require.Equal(t, rpc.ReasonInvalidField, rpc.Reason(err))
	require.ErrorContains(t, err, `page_token: made for filter "a"`)
	s, _ := status.FromError(err)
	var fields []string
	for _, detail := range s.Details() {
		if request, ok := detail.(*errdetails.BadRequest); ok {
			fields = append(fields, request.GetFieldViolations()[0].GetField())
		}
	}
	require.Equal(t, []string{"page_token"}, fields)
}
