// Package anomify polls an Anomify organisation for anomalies and for matches of
// patterns. An anomaly becomes an event when it opens, when it changes and when it has
// ended; a match becomes one. It refuses to create or change anything at Anomify.
package anomify

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/poll"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
)

const (
	// maxWindow is the longest span of anomalies asked for at once.
	maxWindow = 6 * time.Hour
	// followOpen is how long the end of an anomaly is waited for. The vendor
	// selects by the time an anomaly began, so its end shows only in windows
	// that reach back to there. It is as long as maxWindow, so that waiting
	// costs no second request.
	followOpen = maxWindow
)

// Client is the part of the adapter that the poller calls.
type Client interface {
	ListAnomalies(ctx context.Context, in *anomifyv1.ListAnomaliesRequest, opts ...grpc.CallOption) (*anomifyv1.ListAnomaliesResponse, error)
	ListMostRecentlyMatchedMetrics(ctx context.Context, in *anomifyv1.ListMostRecentlyMatchedMetricsRequest, opts ...grpc.CallOption) (*anomifyv1.ListMostRecentlyMatchedMetricsResponse, error)
	ListMetricPatterns(ctx context.Context, in *anomifyv1.ListMetricPatternsRequest, opts ...grpc.CallOption) (*anomifyv1.ListMetricPatternsResponse, error)
	ListPatternMatches(ctx context.Context, in *anomifyv1.ListPatternMatchesRequest, opts ...grpc.CallOption) (*anomifyv1.ListPatternMatchesResponse, error)
}

// Source reads one organisation.
type Source struct {
	name    string
	timeout time.Duration
	client  Client
	now     func() time.Time
	turn    poll.Turn
	matched matches
}

// NewSource returns a source that reads through client.
func NewSource(source config.Source, client Client, now func() time.Time) *Source {
	return &Source{name: source.Name, timeout: poll.CallTimeout(source), client: client, now: now}
}

// part reads one kind of thing that the organisation has.
type part func(ctx context.Context, w poll.Window) (poll.Batch, error)

// Fetch returns what the organisation tells of the window, part by part: one that
// cannot be read costs only itself.
func (s *Source) Fetch(ctx context.Context, w poll.Window) (poll.Batch, error) {
	return poll.Gather(ctx, &s.turn, []part{s.anomalies, s.matches}, func(ctx context.Context, read part) (poll.Batch, error) {
		return read(ctx, w)
	})
}

// anomalies returns the anomalies that began in the window.
func (s *Source) anomalies(ctx context.Context, w poll.Window) (poll.Batch, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	answer, err := s.client.ListAnomalies(ctx, &anomifyv1.ListAnomaliesRequest{
		Source: s.name, FromTime: timestamppb.New(w.From), UntilTime: timestamppb.New(w.To),
	})
	if err != nil {
		return poll.Batch{}, fmt.Errorf("list anomalies: %w", err)
	}
	return Convert(s.name, answer, s.now()), nil
}
