package analytics

import (
	"context"

	analyticsv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/analytics/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// ListSites returns the sites that the key can see. A record without an id is
// left out and logged.
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
	for _, r := range rejected {
		s.logger.WarnContext(ctx, "site cannot be read",
			"source", req.GetSource(), "index", r.Index, "reason", r.Reason)
	}
	return &analyticsv1.ListSitesResponse{Sites: sites}, nil
}
