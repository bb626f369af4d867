// Package analytics polls an Analytics Platform account for the figures of its
// sites: the visitors of the last five minutes, the totals and custom events of
// the last seven days, and the page views of each day. The vendor gives none of
// them a time, so a figure becomes an event when it differs from what it was,
// and is stamped with when it was seen; only a day that is over has an end of
// its own. It refuses to work out what lay between two looks.
package analytics

import (
	"context"
	"fmt"
	"slices"
	"time"

	"google.golang.org/grpc"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/poll"
	analyticsv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/analytics/v1"
)

// everything stands for all sites, in the configuration.
const everything = "all"

// Client is the part of the adapter that the poller calls.
type Client interface {
	ListSites(ctx context.Context, in *analyticsv1.ListSitesRequest, opts ...grpc.CallOption) (*analyticsv1.ListSitesResponse, error)
	GetSiteStats(ctx context.Context, in *analyticsv1.GetSiteStatsRequest, opts ...grpc.CallOption) (*analyticsv1.GetSiteStatsResponse, error)
	GetRealtime(ctx context.Context, in *analyticsv1.GetRealtimeRequest, opts ...grpc.CallOption) (*analyticsv1.GetRealtimeResponse, error)
	ListEvents(ctx context.Context, in *analyticsv1.ListEventsRequest, opts ...grpc.CallOption) (*analyticsv1.ListEventsResponse, error)
	GetPageviews(ctx context.Context, in *analyticsv1.GetPageviewsRequest, opts ...grpc.CallOption) (*analyticsv1.GetPageviewsResponse, error)
}

// Source reads one account.
type Source struct {
	name    string
	timeout time.Duration
	sites   []string
	client  Client
	now     func() time.Time
	returns returns
	turn    poll.Turn
}

// NewSource returns a source that reads through client.
func NewSource(source config.Source, client Client, now func() time.Time) *Source {
	return &Source{
		name: source.Name, timeout: poll.CallTimeout(source), sites: source.Sites,
		client: client, now: now, returns: returns{},
	}
}

// Fetch returns the present figures, whatever the window, and the page views of
// at least its days.
func (s *Source) Fetch(ctx context.Context, w poll.Window) (poll.Batch, error) {
	s.returns.forget(s.now().Add(-rememberedFor))
	sites, batch, err := s.listSites(ctx)
	if err != nil {
		return poll.Batch{}, err
	}
	figures, err := poll.Gather(ctx, &s.turn, s.figures(sites, rangeSince(w.From, s.now())), func(ctx context.Context, read figure) (poll.Batch, error) {
		ctx, cancel := context.WithTimeout(ctx, s.timeout)
		defer cancel()
		return read(ctx)
	})
	batch.Append(figures)
	return batch, err
}

// figure reads one figure of one site.
type figure func(context.Context) (poll.Batch, error)

// figures has what changes most first.
func (s *Source) figures(sites []Site, days int32) []figure {
	figures := make([]figure, 0, 4*len(sites))
	for _, site := range sites {
		figures = append(figures,
			func(ctx context.Context) (poll.Batch, error) { return s.realtime(ctx, site) },
			func(ctx context.Context) (poll.Batch, error) { return s.stats(ctx, site) },
			func(ctx context.Context) (poll.Batch, error) { return s.pageviews(ctx, site, days) },
			func(ctx context.Context) (poll.Batch, error) { return s.events(ctx, site) })
	}
	return figures
}

// listSites returns the configured sites, or those that are tracked, and what
// of the list cannot be read.
func (s *Source) listSites(ctx context.Context) (sites []Site, batch poll.Batch, err error) {
	if !slices.Contains(s.sites, everything) {
		for _, id := range s.sites {
			sites = append(sites, Site{ID: id})
		}
		return sites, batch, nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	answer, err := s.client.ListSites(ctx, &analyticsv1.ListSitesRequest{Source: s.name})
	if err != nil {
		return nil, batch, fmt.Errorf("list sites: %w", err)
	}
	for _, site := range answer.GetSites() {
		if site.GetId() != "" && site.GetActive() {
			sites = append(sites, Site{ID: site.GetId(), Name: site.GetName(), Domain: site.GetDomain()})
		}
	}
	reject(&batch, "sites", "site", answer.GetRejected())
	return sites, batch, nil
}
