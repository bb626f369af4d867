package query

import (
	"context"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
	"github.com/signalbox-io/signalbox/services/query/store"
)

// ListEvents returns one page of events, newest first by event time.
func (s *Server) ListEvents(
	ctx context.Context, req *queryv1.ListEventsRequest,
) (*queryv1.ListEventsResponse, error) {
	page, next, err := list(ctx, s, eventRecords(), req)
	if err != nil {
		return nil, err
	}
	return &queryv1.ListEventsResponse{Events: page, NextPageToken: next}, nil
}

func eventRecords() records[*eventv1.Event] {
	return records[*eventv1.Event]{
		table:  store.Events,
		empty:  func() *eventv1.Event { return &eventv1.Event{} },
		filter: eventFilter,
	}
}
