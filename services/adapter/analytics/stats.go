package analytics

import (
	"context"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	analyticsv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/analytics/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// GetSiteStats returns a site's totals over the last 7, 30 or 90 days. Of the
// figures beside visitors and page views, one that cannot be read is rejected.
func (s *Server) GetSiteStats(
	ctx context.Context, req *analyticsv1.GetSiteStatsRequest,
) (*analyticsv1.GetSiteStatsResponse, error) {
	span, err := rangeOf(req.GetDays())
	if err != nil {
		return nil, err
	}
	account, err := s.find(req.GetSource(), req.GetSiteId())
	if err != nil {
		return nil, err
	}
	stats, err := account.Client.siteStats(ctx, req.GetSiteId(), span)
	if err := account.Done(err); err != nil {
		return nil, err
	}
	return stats, nil
}

// rangeOf returns the vendor's word for a number of days.
func rangeOf(days int32) (string, error) {
	switch days {
	case 0, 7:
		return "7d", nil
	case 30:
		return "30d", nil
	case 90:
		return "90d", nil
	default:
		return "", rpc.FieldViolation("days", "%d is no range of the vendor's; ask for 7, 30 or 90", days)
	}
}

// find returns the account for a call about one site. An id that would lead
// the path elsewhere is refused here; nothing else is known of its form.
func (s *Server) find(source, siteID string) (*adapter.Account[*client], error) {
	if !adapter.IsPathPart(siteID) {
		return nil, rpc.FieldViolation("site_id", "is no id of a site")
	}
	return s.accounts.Find(source)
}
