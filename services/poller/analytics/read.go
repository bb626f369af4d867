package analytics

import (
	"context"
	"fmt"

	"github.com/signalbox-io/signalbox/pkg/poll"
	analyticsv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/analytics/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

func (s *Source) realtime(ctx context.Context, site Site) (poll.Batch, error) {
	answer, err := s.client.GetRealtime(ctx, &analyticsv1.GetRealtimeRequest{Source: s.name, SiteId: site.ID})
	if err != nil {
		return poll.Batch{}, fmt.Errorf("get realtime of site %s: %w", site.ID, err)
	}
	batch := s.batch(ConvertRealtime(s.name, site, answer, s.now()))
	reject(&batch, site.ID+"/realtime", "realtime of site "+site.String()+", page", answer.GetRejected())
	return batch, nil
}

func (s *Source) stats(ctx context.Context, site Site) (poll.Batch, error) {
	answer, err := s.client.GetSiteStats(ctx, &analyticsv1.GetSiteStatsRequest{
		Source: s.name, SiteId: site.ID, Days: statsDays,
	})
	if err != nil {
		return poll.Batch{}, fmt.Errorf("get stats of site %s: %w", site.ID, err)
	}
	batch := s.batch(ConvertStats(s.name, site, answer, s.now()))
	reject(&batch, site.ID+"/stats", "stats of site "+site.String()+", figure", rejectedMeasures(answer.GetRejected()))
	return batch, nil
}

func (s *Source) pageviews(ctx context.Context, site Site, days int32) (poll.Batch, error) {
	answer, err := s.client.GetPageviews(ctx, &analyticsv1.GetPageviewsRequest{
		Source: s.name, SiteId: site.ID, Days: days,
	})
	if err != nil {
		return poll.Batch{}, fmt.Errorf("get pageviews of site %s: %w", site.ID, err)
	}
	batch := poll.Batch{Events: ConvertPageviews(s.name, site, answer, s.now())}
	for _, e := range batch.Events {
		s.returns.identify(e, e.GetNativeId()) // each day is a figure of its own
	}
	reject(&batch, site.ID+"/pageviews", "pageviews of site "+site.String()+", day", answer.GetRejected())
	return batch, nil
}

func (s *Source) events(ctx context.Context, site Site) (poll.Batch, error) {
	answer, err := s.client.ListEvents(ctx, &analyticsv1.ListEventsRequest{
		Source: s.name, SiteId: site.ID, Days: statsDays,
	})
	if err != nil {
		return poll.Batch{}, fmt.Errorf("list events of site %s: %w", site.ID, err)
	}
	batch := s.batch(ConvertEvents(s.name, site, answer, s.now())...)
	reject(&batch, site.ID+"/events", "events of site "+site.String()+", event", answer.GetRejected())
	return batch, nil
}

// batch identifies events whose native ids end in a time.
func (s *Source) batch(events ...*eventv1.Event) poll.Batch {
	for _, e := range events {
		s.returns.identify(e, figureOf(e.GetNativeId()))
	}
	return poll.Batch{Events: events}
}
