package query

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
	"github.com/signalbox-io/signalbox/services/query/store"
)

// GetEvent returns one event, or NotFound.
func (s *Server) GetEvent(ctx context.Context, req *queryv1.GetEventRequest) (*queryv1.GetEventResponse, error) {
	event := &eventv1.Event{}
	if err := s.get(ctx, store.Events, "event", req.GetId(), event); err != nil {
		return nil, err
	}
	return &queryv1.GetEventResponse{Event: event}, nil
}

// GetDecision returns one decision, or NotFound.
func (s *Server) GetDecision(
	ctx context.Context, req *queryv1.GetDecisionRequest,
) (*queryv1.GetDecisionResponse, error) {
	decision := &decisionv1.Decision{}
	if err := s.get(ctx, store.Decisions, "decision", req.GetId(), decision); err != nil {
		return nil, err
	}
	return &queryv1.GetDecisionResponse{Decision: decision}, nil
}

// GetAction returns one action as it stands, or NotFound.
func (s *Server) GetAction(ctx context.Context, req *queryv1.GetActionRequest) (*queryv1.GetActionResponse, error) {
	action := &actionv1.Action{}
	if err := s.get(ctx, store.Actions, "action", req.GetId(), action); err != nil {
		return nil, err
	}
	return &queryv1.GetActionResponse{Action: action}, nil
}

// get reads the record of the table that has the id; noun is what errors call
// it.
func (s *Server) get(ctx context.Context, table store.Table, noun, id string, record proto.Message) error {
	if id == "" {
		return noID(noun)
	}
	data, err := s.store.Get(ctx, table, id)
	if errors.Is(err, store.ErrNotFound) {
		return notFound(noun, id, "it never was, is not projected yet, or its retention is over")
	}
	if err == nil {
		err = proto.Unmarshal(data, record)
	}
	if err != nil {
		return s.unreadable(ctx, err)
	}
	return nil
}

func noID(noun string) error {
	return rpc.FieldViolation("id", "is empty; give the id of one %s, as the list of them shows it", noun)
}

func notFound(noun, id, why string) error {
	id = cut(id, maxNameRunes)
	return rpc.Error(codes.NotFound, ReasonNotFound, map[string]string{"id": id}, "no %s %q; %s", noun, id, why)
}
