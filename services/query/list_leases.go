package query

import (
	"context"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
	"github.com/signalbox-io/signalbox/services/query/store"
)

// ListLeases returns one page of leases as they stand, newest first by when they were
// taken.
func (s *Server) ListLeases(
	ctx context.Context, req *queryv1.ListLeasesRequest,
) (*queryv1.ListLeasesResponse, error) {
	page, next, err := list(ctx, s, leaseRecords(), req)
	if err != nil {
		return nil, err
	}
	return &queryv1.ListLeasesResponse{Leases: page, NextPageToken: next}, nil
}

func leaseRecords() records[*actionv1.Lease] {
	return records[*actionv1.Lease]{
		table: store.Leases,
		empty: func() *actionv1.Lease { return &actionv1.Lease{} },
		filter: func(text string) (filter[*actionv1.Lease], error) {
			return messageFilter("lease", &actionv1.Lease{}, text)
		},
	}
}
