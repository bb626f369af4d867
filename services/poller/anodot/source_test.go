package anodot_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/poll"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	"github.com/signalbox-io/signalbox/services/poller/anodot"
)

type fake struct {
	anodot.Client // nothing but feedback and data streams is asked for

	answer   *anodotv1.ListFeedbackResponse
	err      error
	asked    *anodotv1.ListFeedbackRequest
	deadline bool
}

func (f *fake) ListFeedback(
	ctx context.Context, in *anodotv1.ListFeedbackRequest, _ ...grpc.CallOption,
) (*anodotv1.ListFeedbackResponse, error) {
	_, f.deadline = ctx.Deadline()
	f.asked = in
	return f.answer, f.err
}

func (f *fake) ListDataStreams(
	context.Context, *anodotv1.ListDataStreamsRequest, ...grpc.CallOption,
) (*anodotv1.ListDataStreamsResponse, error) {
	return &anodotv1.ListDataStreamsResponse{}, nil
}

func TestFetch_AsksForTheWindow(t *testing.T) {
	t.Parallel()
	f := &fake{answer: answer(t)}
	s := anodot.NewSource(config.Source{Name: account, Timeout: time.Minute}, f, observed)
	batch, err := s.Fetch(t.Context(), poll.Window{From: observed().Add(-time.Hour), To: observed()})
	require.NoError(t, err)
	require.Equal(t, anodot.Convert(account, answer(t), observed()), batch)
	require.True(t, f.deadline)
	require.Equal(t, account, f.asked.GetSource())
	require.Equal(t, observed().Add(-time.Hour), f.asked.GetStartTime().AsTime())
	require.Equal(t, observed(), f.asked.GetEndTime().AsTime())

	f.err = rpc.Error(codes.Unauthenticated, "CREDENTIAL_REFUSED", nil, "Token Mismatch")
	batch, err = s.Fetch(t.Context(), poll.Window{})
	require.ErrorContains(t, err, "list feedback: ")
	require.Equal(t, "CREDENTIAL_REFUSED", rpc.Reason(err))
	require.Empty(t, batch)
}
