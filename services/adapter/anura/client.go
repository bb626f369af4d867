package anura

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

const (
	budgetAll      = "all"
	callsPerMinute = 30
	// inFlight keeps a vendor that needs minutes from being asked twice at once.
	inFlight = 1
	// pageSize is the longest page that the vendor gives.
	pageSize = 1000
	maxPages = 20
)

// client calls one Anura account.
type client struct {
	http  *vendorhttp.Client
	token config.Secret
}

func options(source config.Source) vendorhttp.Options {
	return vendorhttp.Options{
		Timeout:  source.Timeout,
		Redactor: vendorhttp.NewRedactor(source.Credential.Reveal()),
		Classify: classify,
		InFlight: inFlight,
		Budgets:  []vendorhttp.Budget{{Name: budgetAll, Calls: callsPerMinute}},
	}
}

func newClient(source config.Source, h *vendorhttp.Client) *client {
	return &client{http: h, token: source.Credential}
}

// call posts the body as JSON. Every call is a read, whatever its method says.
func (c *client) call(ctx context.Context, req vendorhttp.Request, body any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req.Method, req.ContentType, req.Body = http.MethodPost, "application/json", encoded
	req.Budgets, req.Idempotent = []string{budgetAll}, true
	_, err = c.http.Do(ctx, req)
	return err
}

func (c *client) listInstances(ctx context.Context) ([]json.RawMessage, error) {
	var all []json.RawMessage
	for page := 1; ; page++ {
		records, pages, err := c.instancesPage(ctx, page)
		if err != nil {
			return nil, err
		}
		all = append(all, records...)
		if page >= pages || len(records) == 0 {
			return all, nil
		}
	}
}

// instancesPage returns one page and how many there are. The call depends on
// nothing but the token, so a 400 is about the token.
func (c *client) instancesPage(ctx context.Context, page int) (records []json.RawMessage, pages int, err error) {
	var w wireInstances
	err = c.call(ctx,
		vendorhttp.Request{
			Operation: "list_instances", Path: "/interface/instances", Into: &w,
			Check: func(vendorhttp.Answer) *vendorhttp.Error {
				pages = w.pages()
				return w.fault(pages)
			},
		},
		instancesRequest{Token: c.encodedToken(), Page: page, Limit: pageSize})
	return w.Instances, pages, aboutToken(err)
}

// getOverview reads counts. A 400 may be about the parameters or about the
// token; one call that has no parameters tells which.
func (c *client) getOverview(ctx context.Context, req *anurav1.GetOverviewRequest) (*overview, error) {
	var w wireOverview
	var got *overview
	err := c.call(ctx,
		vendorhttp.Request{
			Operation: "get_overview", Path: "/direct/overview", Into: &w,
			Check: func(answer vendorhttp.Answer) *vendorhttp.Error {
				var failure *vendorhttp.Error
				if got, failure = w.overview(req.GetStart(), req.GetEnd()); failure == nil {
					got.raw = adapter.Raw(answer.Body)
				}
				return failure
			},
		},
		c.overviewRequest(req))
	if isBadRequest(err) {
		if _, _, tokenErr := c.instancesPage(ctx, 1); vendorhttp.IsKind(tokenErr, vendorhttp.CredentialRefused) {
			return nil, tokenErr
		}
	}
	return got, err
}

func (c *client) overviewRequest(req *anurav1.GetOverviewRequest) overviewRequest {
	return overviewRequest{
		Token: c.encodedToken(), Start: req.GetStart(), End: req.GetEnd(),
		Instance: instanceParameter(req.GetInstance()),
		Campaign: url.QueryEscape(req.GetCampaign()),
		Chart:    true,
	}
}

// encodedToken returns the token as the vendor takes texts: URL-encoded.
func (c *client) encodedToken() string { return url.QueryEscape(c.token.Reveal()) }
