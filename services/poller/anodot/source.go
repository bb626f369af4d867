// Package anodot polls an Anodot account: people's verdicts on alerts, firings
// of alerts and anomalies where the account lists them, and how many metrics
// its data streams make. It also keeps what is known of the account's alerts up to
// date, for safety and for whoever lists them. One verdict on several alerts becomes a feedback event
// for each; a firing becomes an event when it begins, changes and ends. Package
// webhook takes what the account pushes, package firing makes both the same.
//
// It refuses to change anything at Anodot and to guess an alert that a link
// does not name.
package anodot

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/poll"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
)

const (
	// maxWindow is the longest span asked for at once.
	maxWindow = 6 * time.Hour
	// followOpen is how long the end of a firing or an anomaly is waited for.
	// The vendor selects by the time at which it began, so its end shows only in
	// windows that reach back to there. Each maxWindow of it costs a request.
	followOpen = 24 * time.Hour
	// pages is how many calls' time a list may take that comes in pages.
	pages = 4
)

// Client is the part of the adapter that the poller calls.
type Client interface {
	ListAlerts(ctx context.Context, in *anodotv1.ListAlertsRequest, opts ...grpc.CallOption) (*anodotv1.ListAlertsResponse, error)
	ListFeedback(ctx context.Context, in *anodotv1.ListFeedbackRequest, opts ...grpc.CallOption) (*anodotv1.ListFeedbackResponse, error)
	ListTriggeredAlerts(ctx context.Context, in *anodotv1.ListTriggeredAlertsRequest, opts ...grpc.CallOption) (grpc.ServerStreamingClient[anodotv1.ListTriggeredAlertsResponse], error)
	ListAnomalies(ctx context.Context, in *anodotv1.ListAnomaliesRequest, opts ...grpc.CallOption) (grpc.ServerStreamingClient[anodotv1.ListAnomaliesResponse], error)
	ListDataStreams(ctx context.Context, in *anodotv1.ListDataStreamsRequest, opts ...grpc.CallOption) (*anodotv1.ListDataStreamsResponse, error)
	CountDataStreamMetrics(ctx context.Context, in *anodotv1.CountDataStreamMetricsRequest, opts ...grpc.CallOption) (*anodotv1.CountDataStreamMetricsResponse, error)
}

// Source reads one account.
type Source struct {
	name    string
	timeout time.Duration
	client  Client
	now     func() time.Time
	parts   []part
	turn    poll.Turn
	totals  totals
	// alertsDue is when to read the alerts again.
	alertsDue time.Time
}

// part reads one kind of thing that the account has.
type part func(ctx context.Context, w poll.Window) (poll.Batch, error)

// NewSource returns a source that reads through client what its configuration
// says that the account has.
func NewSource(source config.Source, client Client, now func() time.Time) *Source {
	s := &Source{name: source.Name, timeout: poll.CallTimeout(source), client: client, now: now}
	s.parts = []part{s.feedback}
	if shape := source.Anodot.TriggeredAlerts; shape == config.TriggeredLean || shape == config.TriggeredGroups {
		s.parts = append(s.parts, s.firings)
	}
	if source.Anodot.Anomalies {
		s.parts = append(s.parts, s.anomalies)
	}
	s.parts = append(s.parts, s.streamTotals)
	return s
}

// Fetch returns what the account tells of the window, part by part: one that
// cannot be read costs only itself.
func (s *Source) Fetch(ctx context.Context, w poll.Window) (poll.Batch, error) {
	batch, err := poll.Gather(ctx, &s.turn, s.parts, func(ctx context.Context, read part) (poll.Batch, error) {
		return read(ctx, w)
	})
	batch.Alerts = s.alerts(ctx, err)
	return batch, err
}

// feedback returns the verdicts given in the window.
func (s *Source) feedback(ctx context.Context, w poll.Window) (poll.Batch, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	answer, err := s.client.ListFeedback(ctx, &anodotv1.ListFeedbackRequest{
		Source: s.name, StartTime: timestamppb.New(w.From), EndTime: timestamppb.New(w.To),
	})
	if err != nil {
		return poll.Batch{}, fmt.Errorf("list feedback: %w", err)
	}
	return Convert(s.name, answer, s.now()), nil
}

// isPresent reports whether the window reaches up to now, and is not a piece of
// the past.
func (s *Source) isPresent(w poll.Window) bool { return w.To.After(s.now().Add(-time.Minute)) }
