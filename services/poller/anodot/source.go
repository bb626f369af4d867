// Package anodot polls an Anodot account for people's verdicts on alerts. One
// verdict on several alerts becomes a feedback event for each. It refuses to
// change anything at Anodot and to guess an alert that a link does not name.
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

// maxWindow is the longest span of verdicts asked for at once.
const maxWindow = 6 * time.Hour

// Client is the part of the adapter that the poller calls.
type Client interface {
	ListFeedback(ctx context.Context, in *anodotv1.ListFeedbackRequest, opts ...grpc.CallOption) (*anodotv1.ListFeedbackResponse, error)
}

// Source reads one account.
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

// Fetch returns the verdicts given in the window.
func (s *Source) Fetch(ctx context.Context, w poll.Window) (poll.Batch, error) {
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
