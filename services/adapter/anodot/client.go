package anodot

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"sync/atomic"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
)

// The documented limits, in calls a minute: 500 by default and over all alert
// calls, 50 for reading feedback, and for data streams 10 reads, 15 deletions
// and one change. Part of what both reads and actions use is kept for actions.
// Anomalies, firings and metrics have limits of their own by later pages of the
// vendor.
const (
	budgetAll          = "all"
	budgetFeedback     = "feedback"
	budgetStreamRead   = "stream_read"
	budgetStreamWrite  = "stream_write"
	budgetStreamDelete = "stream_delete"
	budgetMetrics      = "metrics"

	callsPerMinute        = 500
	callsReserved         = 25
	feedbackPerMinute     = 50
	streamReadPerMinute   = 10
	streamReadReserved    = 4
	streamDeletePerMinute = 15
	streamWritePerMinute  = 1
	metricsPerMinute      = 5000
)

// inFlight is how many requests an account has under way at a time: the vendor
// refuses too many (code 2002) and does not say how many those are.
const inFlight = 8

const contentType = "application/json"

// client calls one Anodot account.
type client struct {
	http *vendorhttp.Client
	// metrics calls the host that takes metrics; nil where none are sent.
	metrics  *vendorhttp.Client
	settings config.Anodot
	token    *tokenKeeper
	// oneAlertInV2 is set once the documented path of a single alert
	// (/api/alerts, without v2) was seen not to exist at this account.
	oneAlertInV2 atomic.Bool
}

func options(source config.Source) vendorhttp.Options {
	return vendorhttp.Options{
		Timeout:  source.Timeout,
		Redactor: vendorhttp.NewRedactor(source.Credential.Reveal(), source.Anodot.DataCollectionKey.Reveal()),
		Classify: classify,
		InFlight: inFlight,
		Budgets: []vendorhttp.Budget{
			{Name: budgetAll, Calls: callsPerMinute, Reserve: callsReserved},
			{Name: budgetFeedback, Calls: feedbackPerMinute},
			{Name: budgetStreamRead, Calls: streamReadPerMinute, Reserve: streamReadReserved},
			{Name: budgetStreamWrite, Calls: streamWritePerMinute},
			{Name: budgetStreamDelete, Calls: streamDeletePerMinute},
		},
	}
}

func newClient(source config.Source, h *vendorhttp.Client) *client {
	c := &client{http: h, settings: source.Anodot, token: newTokenKeeper(source.Credential, h)}
	if source.Anodot.DataCollectionKey.IsEmpty() {
		return c
	}
	// The configuration has checked the URL; one that is none sends no metrics.
	metrics, err := h.Sibling(budgetMetrics, cmp.Or(source.Anodot.MetricsURL, source.BaseURL),
		[]vendorhttp.Budget{{Name: budgetMetrics, Calls: metricsPerMinute}})
	if err == nil {
		c.metrics = metrics
	}
	return c
}

// call makes an authorized request. A refused access token is replaced and the
// request made once more: a 401 means that nothing was done, effects included.
func (c *client) call(ctx context.Context, req vendorhttp.Request) error {
	token, err := c.token.get(ctx, "")
	if err != nil {
		return err
	}
	if err = c.authorized(ctx, req, token); !vendorhttp.IsKind(err, vendorhttp.CredentialRefused) {
		return err
	}
	if token, err = c.token.get(ctx, token); err != nil {
		return err
	}
	return c.authorized(ctx, req, token)
}

func (c *client) authorized(ctx context.Context, req vendorhttp.Request, token string) error {
	req.Header = http.Header{"Authorization": {"Bearer " + token}}
	req.ContentType = contentType
	if !slices.Contains(req.Budgets, budgetAll) {
		req.Budgets = append(slices.Clone(req.Budgets), budgetAll)
	}
	_, err := c.http.Do(ctx, req)
	return err
}
