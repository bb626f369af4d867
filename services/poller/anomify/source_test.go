package anomify_test

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
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
	"github.com/signalbox-io/signalbox/services/poller/anomify"
)

type fake struct {
	anomify.Client

	answer   *anomifyv1.ListAnomaliesResponse
	err      error
	asked    *anomifyv1.ListAnomaliesRequest
	deadline bool
}

func (f *fake) ListAnomalies(
	ctx context.Context, in *anomifyv1.ListAnomaliesRequest, _ ...grpc.CallOption,
) (*anomifyv1.ListAnomaliesResponse, error) {
	_, f.deadline = ctx.Deadline()
	f.asked = in
	return f.answer, f.err
}

func (f *fake) ListMostRecentlyMatchedMetrics(
	context.Context, *anomifyv1.ListMostRecentlyMatchedMetricsRequest, ...grpc.CallOption,
) (*anomifyv1.ListMostRecentlyMatchedMetricsResponse, error) {
	return &anomifyv1.ListMostRecentlyMatchedMetricsResponse{}, nil
}

func TestFetch_AsksForTheWindow(t *testing.T) {
	t.Parallel()
	f := &fake{answer: answer(t)}
	s := anomify.NewSource(config.Source{Name: account, Timeout: time.Minute}, f, observed)
	batch, err := s.Fetch(t.Context(), poll.Window{From: observed().Add(-time.Hour), To: observed()})
	require.NoError(t, err)
	require.Equal(t, anomify.Convert(account, answer(t), observed()), batch)
	require.True(t, f.deadline)
	require.Equal(t, account, f.asked.GetSource())
	require.Equal(t, observed().Add(-time.Hour), f.asked.GetFromTime().AsTime())
	require.Equal(t, observed(), f.asked.GetUntilTime().AsTime())

	f.err = rpc.Error(codes.Internal, "BAD_ANSWER", nil, "half a JSON")
	batch, err = s.Fetch(t.Context(), poll.Window{})
	require.ErrorContains(t, err, "list anomalies: ")
	require.Equal(t, "BAD_ANSWER", rpc.Reason(err))
	require.Empty(t, batch)
}
