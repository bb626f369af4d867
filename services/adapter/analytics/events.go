package analytics

import (
	"context"
	"net/url"

	analyticsv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/analytics/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// ListEvents returns how often each of a site's custom events happened over the
// last 7, 30 or 90 days. One that cannot be read is rejected.
func (s *Server) ListEvents(
	ctx context.Context, req *analyticsv1.ListEventsRequest,
) (*analyticsv1.ListEventsResponse, error) {
	span, err := rangeOf(req.GetDays())
	if err != nil {
		return nil, err
	}
	account, err := s.find(req.GetSource(), req.GetSiteId())
	if err != nil {
		return nil, err
	}
	answer, err := account.Client.events(ctx, req.GetSiteId(), span)
	if err := account.Done(err); err != nil {
		return nil, err
	}
	events, rejected := adapter.ReadEach(answer.Events, countOf)
	return &analyticsv1.ListEventsResponse{Events: events, Raw: answer.raw, Rejected: rejectedRecords(rejected)}, nil
}

// GetPageviews returns a site's page views over the last 7, 30 or 90 days, of
// all pages or of one. A day that cannot be read is rejected.
func (s *Server) GetPageviews(
	ctx context.Context, req *analyticsv1.GetPageviewsRequest,
) (*analyticsv1.GetPageviewsResponse, error) {
	span, err := rangeOf(req.GetDays())
	if err != nil {
		return nil, err
	}
	account, err := s.find(req.GetSource(), req.GetSiteId())
	if err != nil {
		return nil, err
	}
	query := url.Values{"range": {span}}
	if req.GetPathname() != "" {
		query.Set("pathname", req.GetPathname())
	}
	answer, err := account.Client.pageviews(ctx, req.GetSiteId(), query)
	if err := account.Done(err); err != nil {
		return nil, err
	}
	chart, rejected := adapter.ReadEach(answer.Chart, dayOf)
	return &analyticsv1.GetPageviewsResponse{
		Total: float64(*answer.Total), Unique: float64(*answer.Unique), Chart: chart,
		Raw: answer.raw, Rejected: rejectedRecords(rejected),
	}, nil
}
