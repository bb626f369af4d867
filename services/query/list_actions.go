package query

import (
	"context"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
	"github.com/signalbox-io/signalbox/services/query/store"
)

// ListActions returns one page of actions as they stand, newest first by when they
// were asked for.
func (s *Server) ListActions(
	ctx context.Context, req *queryv1.ListActionsRequest,
) (*queryv1.ListActionsResponse, error) {
	page, next, err := list(ctx, s, actionRecords(), req)
	if err != nil {
		return nil, err
	}
	return &queryv1.ListActionsResponse{Actions: page, NextPageToken: next}, nil
}

func actionRecords() records[*actionv1.Action] {
	return records[*actionv1.Action]{
		table: store.Actions,
		empty: func() *actionv1.Action { return &actionv1.Action{} },
		filter: func(text string) (filter[*actionv1.Action], error) {
			return messageFilter("action", &actionv1.Action{}, text)
		},
	}
}
