package query

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
	"github.com/signalbox-io/signalbox/services/query/store"
)

// GetEvent returns one event, or NotFound.
func (s *Server) GetEvent(ctx context.Context, req *queryv1.GetEventRequest) (*queryv1.GetEventResponse, error) {
	if req.GetId() == "" {
		return nil, rpc.FieldViolation("id", "is empty; give the id of an event, as ListEvents shows it")
	}
	data, err := s.store.Get(ctx, store.Events, req.GetId())
	if errors.Is(err, store.ErrNotFound) {
		id := cut(req.GetId(), maxNameRunes)
		return nil, rpc.Error(codes.NotFound, ReasonNotFound, map[string]string{"id": id},
			"no event %q; it never was, is not projected yet, or its retention is over", id)
	}
	if err != nil {
		return nil, s.unreadable(ctx, err)
	}
	event := &eventv1.Event{}
	if err := proto.Unmarshal(data, event); err != nil {
		return nil, s.unreadable(ctx, err)
	}
	return &queryv1.GetEventResponse{Event: event}, nil
}
