package analytics

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	analyticsv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/analytics/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// The documented limit: 100 calls a minute and key.
const (
	budgetAll      = "all"
	callsPerMinute = 100
)

// client calls one Analytics Platform account.
type client struct {
	http *vendorhttp.Client
	key  config.Secret
}

func options(source config.Source) vendorhttp.Options {
	return vendorhttp.Options{
		Timeout:  source.Timeout,
		Redactor: vendorhttp.NewRedactor(source.Credential.Reveal()),
		Observe:  quietUntil,
		Budgets:  []vendorhttp.Budget{{Name: budgetAll, Calls: callsPerMinute}},
	}
}

func newClient(source config.Source, h *vendorhttp.Client) *client {
	return &client{http: h, key: source.Credential}
}

func (c *client) get(ctx context.Context, req vendorhttp.Request) error {
	req.Method = http.MethodGet
	req.Header = http.Header{"Authorization": {"Bearer " + c.key.Reveal()}}
	req.Budgets, req.Idempotent = []string{budgetAll}, true
	_, err := c.http.Do(ctx, req)
	return err
}

func (c *client) listSites(ctx context.Context) ([]json.RawMessage, error) {
	var w wireSites
	err := c.get(ctx, vendorhttp.Request{
		Operation: "list_sites", Path: "/sites", Into: &w,
		Check: func(vendorhttp.Answer) *vendorhttp.Error {
			if w.Sites == nil {
				return vendorhttp.Errorf(vendorhttp.BadAnswer, "answer has no list of sites")
			}
			return nil
		},
	})
	return w.Sites, err
}

func (c *client) siteStats(ctx context.Context, siteID, span string) (*analyticsv1.GetSiteStatsResponse, error) {
	var w wireStats
	var stats *analyticsv1.GetSiteStatsResponse
	err := c.get(ctx, vendorhttp.Request{
		Operation: "get_site_stats", Path: sitePath(siteID, "stats"),
		Query: url.Values{"range": {span}}, Into: &w,
		Check: func(answer vendorhttp.Answer) *vendorhttp.Error {
			if w.Visitors == nil || w.Pageviews == nil {
				return vendorhttp.Errorf(vendorhttp.BadAnswer, "answer lacks visitors or pageviews")
			}
			stats = w.stats(adapter.Raw(answer.Body))
			return nil
		},
	})
	return stats, err
}

func (c *client) realtime(ctx context.Context, siteID string) (*wireRealtime, error) {
	var w wireRealtime
	err := c.get(ctx, vendorhttp.Request{
		Operation: "get_realtime", Path: sitePath(siteID, "realtime"), Into: &w,
		Check: func(answer vendorhttp.Answer) *vendorhttp.Error {
			if w.ActiveVisitors == nil {
				return vendorhttp.Errorf(vendorhttp.BadAnswer, "answer lacks activeVisitors")
			}
			w.raw = adapter.Raw(answer.Body)
			return nil
		},
	})
	return &w, err
}

func (c *client) events(ctx context.Context, siteID, span string) (*wireEvents, error) {
	var w wireEvents
	err := c.get(ctx, vendorhttp.Request{
		Operation: "list_events", Path: sitePath(siteID, "events"),
		Query: url.Values{"range": {span}}, Into: &w,
		Check: func(answer vendorhttp.Answer) *vendorhttp.Error {
			if w.Events == nil {
				return vendorhttp.Errorf(vendorhttp.BadAnswer, "answer has no list of events")
			}
			w.raw = adapter.Raw(answer.Body)
			return nil
		},
	})
	return &w, err
}

func (c *client) pageviews(ctx context.Context, siteID string, query url.Values) (*wirePageviews, error) {
	var w wirePageviews
	err := c.get(ctx, vendorhttp.Request{
		Operation: "get_pageviews", Path: sitePath(siteID, "pageviews"), Query: query, Into: &w,
		Check: func(answer vendorhttp.Answer) *vendorhttp.Error {
			if w.Total == nil || w.Unique == nil || w.Chart == nil {
				return vendorhttp.Errorf(vendorhttp.BadAnswer, "answer lacks total, unique or chart")
			}
			w.raw = adapter.Raw(answer.Body)
			return nil
		},
	})
	return &w, err
}

func sitePath(siteID, what string) string { return "/sites/" + url.PathEscape(siteID) + "/" + what }
