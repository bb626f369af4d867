package query

import (
	"context"

	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
	"github.com/signalbox-io/signalbox/services/query/store"
)

// ListDecisions returns one page of decisions, newest first by event time.
func (s *Server) ListDecisions(
	ctx context.Context, req *queryv1.ListDecisionsRequest,
) (*queryv1.ListDecisionsResponse, error) {
	page, next, err := list(ctx, s, decisionRecords(), req)
	if err != nil {
		return nil, err
	}
	return &queryv1.ListDecisionsResponse{Decisions: page, NextPageToken: next}, nil
}

func decisionRecords() records[*decisionv1.Decision] {
	return records[*decisionv1.Decision]{
		table: store.Decisions,
		empty: func() *decisionv1.Decision { return &decisionv1.Decision{} },
		filter: func(text string) (filter[*decisionv1.Decision], error) {
			return messageFilter("decision", &decisionv1.Decision{}, text)
		},
	}
}
