package securereporter

import (
	"context"
	"net/http"
	"net/url"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
)

const (
	budgetAll      = "all"
	callsPerMinute = 60
)

// client calls one Secure Reporter installation.
type client struct {
	http  *vendorhttp.Client
	token token
}

func options(source config.Source) vendorhttp.Options {
	return vendorhttp.Options{
		Timeout:  source.Timeout,
		Redactor: vendorhttp.NewRedactor(tokenOf(source.Credential).secrets()...),
		Classify: classify,
		Budgets:  []vendorhttp.Budget{{Name: budgetAll, Calls: callsPerMinute}},
	}
}

func newClient(source config.Source, h *vendorhttp.Client) *client {
	return &client{http: h, token: tokenOf(source.Credential)}
}

// callReport sends parameters in the query, as the document says; its sample
// code puts them in a body, which a GET does not have.
func (c *client) callReport(ctx context.Context, report string, parameters map[string]string) (*wireReport, error) {
	query := make(url.Values, len(parameters))
	for name, value := range parameters {
		query.Set(name, value)
	}
	var w wireReport
	_, err := c.http.Do(ctx, vendorhttp.Request{
		Operation: "call_report", Method: http.MethodGet,
		// The slash at the end belongs to the path.
		Path:    "/api/call/" + url.PathEscape(report) + "/",
		Query:   query,
		Header:  http.Header{"Authorization": {c.token.header()}},
		Budgets: []string{budgetAll}, Idempotent: true, Into: &w,
		Check: w.failure,
	})
	return &w, err
}
