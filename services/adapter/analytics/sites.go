package analytics

import (
	"context"

	analyticsv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/analytics/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// ListSites returns the sites that the key can see. A record without an id is
// rejected.
func (s *Server) ListSites(
	ctx context.Context, req *analyticsv1.ListSitesRequest,
) (*analyticsv1.ListSitesResponse, error) {
	account, err := s.accounts.Find(req.GetSource())
	if err != nil {
		return nil, err
	}
	records, err := account.Client.listSites(ctx)
	if err := account.Done(err); err != nil {
		return nil, err
	}
	sites, rejected := adapter.ReadEach(records, siteOf)
	return &analyticsv1.ListSitesResponse{Sites: sites, Rejected: rejectedRecords(rejected)}, nil
}

// rejectedRecords returns the rejections as the API has them.
func rejectedRecords(rejected []adapter.Rejection) []*analyticsv1.RejectedRecord {
	records := make([]*analyticsv1.RejectedRecord, 0, len(rejected))
	for _, r := range rejected {
		records = append(records, &analyticsv1.RejectedRecord{Index: r.Index, Reason: r.Reason, Raw: r.Raw})
	}
	return records
}
