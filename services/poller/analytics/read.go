package analytics

import (
	"context"
	"fmt"
	"slices"

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
	var batch poll.Batch
	batch.Events = once(&batch, site.ID+"/pageviews", ConvertPageviews(s.name, site, answer, s.now()))
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
	var batch poll.Batch
	counted := once(&batch, site.ID+"/events", ConvertEvents(s.name, site, answer, s.now()))
	batch.Append(s.batch(counted...))
	reject(&batch, site.ID+"/events", "events of site "+site.String()+", event", answer.GetRejected())
	return batch, nil
}

// once keeps the first of each figure of an answer and rejects the others: nobody
// knows which of two is right, and telling both would tell a change at each poll.
func once(batch *poll.Batch, part string, events []*eventv1.Event) []*eventv1.Event {
	told := make(map[string]bool, len(events))
	return slices.DeleteFunc(events, func(e *eventv1.Event) bool {
		id := e.GetNativeId()
		if told[id] {
			batch.RejectOf(part, "unreadable", id+" is in the answer twice", id)
			return true
		}
		told[id] = true
		return false
	})
}

// batch identifies events whose native ids end in a time.
func (s *Source) batch(events ...*eventv1.Event) poll.Batch {
	for _, e := range events {
		s.returns.identify(e, figureOf(e.GetNativeId()))
	}
	return poll.Batch{Events: events}
}
