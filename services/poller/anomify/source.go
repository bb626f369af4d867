// Package anomify polls an Anomify organisation for anomalies. An anomaly
// becomes an event when it opens and another one when it has ended, whenever
// it is first seen. It refuses to create or change anything at Anomify.
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
}

// Source reads one organisation.
type Source struct {
	name    string
	timeout time.Duration
	client  Client
	now     func() time.Time
}

// NewSource returns a source that reads through client.
func NewSource(source config.Source, client Client, now func() time.Time) *Source {
	return &Source{name: source.Name, timeout: poll.CallTimeout(source), client: client, now: now}
}

// Fetch returns the anomalies that began in the window.
func (s *Source) Fetch(ctx context.Context, w poll.Window) (poll.Batch, error) {
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
