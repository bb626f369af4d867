package query

import (
	"context"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
)

// eventStream is where a watch sends to.
type eventStream = grpc.ServerStreamingServer[queryv1.WatchEventsResponse]

// WatchEvents streams the events that arrive from now on and pass the filter.
// The header is sent as soon as the watch is on, so that a caller who has it
// misses nothing. A caller that falls behind gets ResourceExhausted.
func (s *Server) WatchEvents(req *queryv1.WatchEventsRequest, stream eventStream) error {
	condition, err := eventFilter(strings.TrimSpace(req.GetFilter()))
	if err != nil {
		return err
	}
	member, err := s.watchers.join()
	if err != nil {
		return err
	}
	defer s.watchers.leave(member)
	if err := stream.SendHeader(metadata.MD{}); err != nil {
		return err
	}
	// Send blocks while the caller does not read, and only the end of the call
	// frees it. So another goroutine sends, which ends with the call at the
	// latest: a watch can then be ended while a send hangs.
	sent := make(chan error, 1)
	go func() { sent <- forward(stream.Context(), member, condition, stream) }()
	select {
	case err := <-sent:
		return err
	case <-member.ended:
		return member.err
	case <-stream.Context().Done():
		return status.FromContextError(stream.Context().Err()).Err()
	}
}

// forward sends until the stream breaks or ctx ends.
func forward(ctx context.Context, member *watcher, condition filter[*eventv1.Event], stream eventStream) error {
	for {
		select {
		case <-ctx.Done():
			return status.FromContextError(ctx.Err()).Err()
		case event := <-member.events:
			if !condition.holds(event) {
				continue
			}
			if err := stream.Send(&queryv1.WatchEventsResponse{Event: event}); err != nil {
				return err
			}
		}
	}
}
