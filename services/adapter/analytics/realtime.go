package analytics

import (
	"context"

	analyticsv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/analytics/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// GetRealtime returns a site's visitors of the last five minutes. A page that
// cannot be read is rejected.
func (s *Server) GetRealtime(
	ctx context.Context, req *analyticsv1.GetRealtimeRequest,
) (*analyticsv1.GetRealtimeResponse, error) {
	account, err := s.find(req.GetSource(), req.GetSiteId())
	if err != nil {
		return nil, err
	}
	now, err := account.Client.realtime(ctx, req.GetSiteId())
	if err := account.Done(err); err != nil {
		return nil, err
	}
	pages, rejected := adapter.ReadEach(now.ActivePages, pageOf)
	return &analyticsv1.GetRealtimeResponse{
		ActiveVisitors: float64(*now.ActiveVisitors), Pages: pages, Raw: now.raw, Rejected: rejectedRecords(rejected),
	}, nil
}
