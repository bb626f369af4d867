package anodot_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/poll"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	"github.com/signalbox-io/signalbox/services/poller/anodot"
	"github.com/signalbox-io/signalbox/services/poller/pollertest"
)

// streams is an account with data streams and no feedback.
type streams struct {
	anodot.Client

	totals  map[string]int64
	names   []string
	listErr error
	// slow is what counting answers in the place of a total.
	slow  error
	calls int
}

func (s *streams) ListFeedback(
	context.Context, *anodotv1.ListFeedbackRequest, ...grpc.CallOption,
) (*anodotv1.ListFeedbackResponse, error) {
	return &anodotv1.ListFeedbackResponse{}, nil
}

func (s *streams) ListAlerts(
	context.Context, *anodotv1.ListAlertsRequest, ...grpc.CallOption,
) (*anodotv1.ListAlertsResponse, error) {
	return &anodotv1.ListAlertsResponse{}, nil
}

func (s *streams) ListDataStreams(
	context.Context, *anodotv1.ListDataStreamsRequest, ...grpc.CallOption,
) (*anodotv1.ListDataStreamsResponse, error) {
	s.calls++
	if s.listErr != nil {
		return nil, s.listErr
	}
	answer := &anodotv1.ListDataStreamsResponse{}
	for _, name := range s.names {
		answer.DataStreams = append(answer.DataStreams, &anodotv1.DataStream{Id: &name, Type: anodotv1.DataSourceType_DATA_SOURCE_TYPE_S3.Enum()})
	}
	return answer, nil
}

func (s *streams) CountDataStreamMetrics(
	_ context.Context, in *anodotv1.CountDataStreamMetricsRequest, _ ...grpc.CallOption,
) (*anodotv1.CountDataStreamMetricsResponse, error) {
	s.calls++
	if s.slow != nil {
		return nil, s.slow
	}
	total, ok := s.totals[in.GetDataStreamId()]
	if !ok {
		return nil, rpc.Error(codes.NotFound, rpc.ReasonNotFound, nil, "gone")
	}
	return &anodotv1.CountDataStreamMetricsResponse{Total: total}, nil
}

// fetcher returns what polls the account, as of the clock.
func (s *streams) fetcher(clock *pollertest.Clock) func(t *testing.T) poll.Batch {
	source := anodot.NewSource(config.Source{Name: account, Timeout: time.Minute}, s, clock.Now)
	return func(t *testing.T) poll.Batch {
		t.Helper()
		batch, err := source.Fetch(t.Context(), poll.Window{From: clock.Now().Add(-time.Hour), To: clock.Now()})
		require.NoError(t, err)
		return batch
	}
}

func titles(batch poll.Batch) []string {
	var list []string
	for _, e := range batch.Events {
		list = append(list, e.GetTitle())
	}
	return list
}

func TestTotals_Golden(t *testing.T) {
	t.Parallel()
	stream := &anodotv1.DataStream{Id: new("5f0c1d52"), Name: new("Orders"), Type: anodotv1.DataSourceType_DATA_SOURCE_TYPE_S3.Enum()}
	pollertest.Golden(t, "total", poll.Batch{Events: events(anodot.ConvertTotal(account, stream, 1840, observed()))})
}

func TestTotals_AFewDataStreamsAreCountedAtATimeAndAllAreTold(t *testing.T) {
	t.Parallel()
	clock := pollertest.NewClock(observed())
	s := &streams{names: []string{"a", "b", "c", "d"}, totals: map[string]int64{"a": 1, "b": 2, "c": 3, "d": 4}}
	fetch := s.fetcher(clock)
	require.Len(t, fetch(t).Events, 3)
	require.Equal(t, 4, s.calls)
	require.Len(t, fetch(t).Events, 3, "what is known is told again, for the cursor to remember")
	require.Equal(t, 4, s.calls, "within the minute nothing is asked for")

	clock.Move(time.Minute)
	first := fetch(t)
	require.Equal(t, []string{"a: 1 metrics in a day", "b: 2 metrics in a day", "c: 3 metrics in a day", "d: 4 metrics in a day"}, titles(first))
	s.totals["b"] = 20
	delete(s.totals, "c")
	clock.Move(time.Minute)
	second := fetch(t)
	require.Equal(t, []string{"a: 1 metrics in a day", "b: 20 metrics in a day", "d: 4 metrics in a day"}, titles(second))
	require.Equal(t, first.Events[0].GetId(), second.Events[0].GetId())
	require.NotEqual(t, first.Events[1].GetId(), second.Events[1].GetId())
	require.Equal(t, first.Events[1].GetNativeId(), second.Events[1].GetNativeId())
	clock.Move(24 * time.Hour)
	fetch(t) // ends the round that was under way
	clock.Move(time.Minute)
	require.NotEqual(t, first.Events[0].GetId(), fetch(t).Events[0].GetId(), "an unchanged total is told once a day")
}

func TestTotals_WithoutTimeOrBudgetWaitForTheNextLook(t *testing.T) {
	t.Parallel()
	for _, slow := range []error{
		rpc.Error(codes.ResourceExhausted, rpc.ReasonRateLimited, nil, "wait"), status.FromContextError(context.DeadlineExceeded).Err(),
	} {
		clock := pollertest.NewClock(observed())
		s := &streams{names: []string{"a", "b"}, totals: map[string]int64{"a": 1, "b": 2}, slow: slow}
		fetch := s.fetcher(clock)
		require.Equal(t, map[string]int{"data_streams": 1}, fetch(t).Omitted)
		s.slow = nil
		clock.Move(time.Minute)
		require.Equal(t, []string{"a: 1 metrics in a day", "b: 2 metrics in a day"}, titles(fetch(t)))
		require.Equal(t, 4, s.calls, "it goes on where it ended")
	}
}

func TestTotals_AnAccountThatShowsNoneIsReadAllTheSame(t *testing.T) {
	t.Parallel()
	clock := pollertest.NewClock(observed())
	s := &streams{listErr: rpc.Error(codes.PermissionDenied, rpc.ReasonCredentialRefused, nil, "not yours")}
	fetch := s.fetcher(clock)
	require.Equal(t, map[string]int{"data_streams": 1}, fetch(t).Omitted)
	clock.Move(59 * time.Minute)
	require.Empty(t, fetch(t).Omitted)
	require.Equal(t, 1, s.calls, "a refusal is not asked for again for an hour")
	clock.Move(time.Minute)
	s.listErr = rpc.Error(codes.Unavailable, rpc.ReasonVendorUnavailable, nil, "away")
	source := anodot.NewSource(config.Source{Name: account}, s, clock.Now)
	_, err := source.Fetch(t.Context(), poll.Window{From: clock.Now().Add(-time.Hour), To: clock.Now()})
	require.ErrorContains(t, err, "list data streams: ")
}

func TestTotals_OfThePastAreNotAskedFor(t *testing.T) {
	t.Parallel()
	s := &streams{names: []string{"a"}}
	source := anodot.NewSource(config.Source{Name: account}, s, observed)
	_, err := source.Fetch(t.Context(), poll.Window{From: observed().Add(-2 * time.Hour), To: observed().Add(-time.Hour)})
	require.NoError(t, err)
	require.Zero(t, s.calls)
}
