package securereporter

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"time"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
)

// No limit is documented; these are this project's own. A report is a query on
// somebody's database, so few run at a time, and mails are few.
const (
	budgetAll  = "all"
	budgetMail = "mail"

	callsPerMinute = 60
	callsReserved  = 4
	mailsPerMinute = 6

	// inFlight is how many calls are under way at a time, one of them a mail.
	inFlight = 4
)

// client calls one Secure Reporter installation.
type client struct {
	http  *vendorhttp.Client
	token token
	// zones are the configured time zones by report.
	zones map[string]*time.Location
}

func options(source config.Source) vendorhttp.Options {
	return vendorhttp.Options{
		Timeout:  source.Timeout,
		Redactor: vendorhttp.NewRedactor(tokenOf(source.Credential).secrets()...),
		Classify: classify,
		InFlight: inFlight,
		Budgets: []vendorhttp.Budget{
			{Name: budgetAll, Calls: callsPerMinute, Reserve: callsReserved},
			{Name: budgetMail, Calls: mailsPerMinute},
		},
	}
}

func newClient(source config.Source, h *vendorhttp.Client) *client {
	zones := make(map[string]*time.Location, len(source.Reports))
	for _, report := range source.Reports {
		zones[report.Name] = report.Location
	}
	return &client{http: h, token: tokenOf(source.Credential), zones: zones}
}

// read makes a call that changes nothing.
func (c *client) read(ctx context.Context, req vendorhttp.Request) error {
	req.Method, req.Idempotent = http.MethodGet, true
	return c.do(ctx, req)
}

// do adds what every call has.
func (c *client) do(ctx context.Context, req vendorhttp.Request) error {
	header := http.Header{"Authorization": {c.token.header()}}
	maps.Copy(header, req.Header)
	req.Header, req.Budgets = header, append(req.Budgets, budgetAll)
	_, err := c.http.Do(ctx, req)
	return err
}

// callReport sends parameters in the query, as the document says; its sample
// code puts them in a body, which a GET does not have.
func (c *client) callReport(ctx context.Context, report string, parameters map[string]string) (*wireReport, error) {
	var w wireReport
	err := c.read(ctx, vendorhttp.Request{
		Operation: "call_report", Path: "/api/call/" + reportPath(report),
		Query: valuesOf(parameters), Into: &w, Check: w.failure,
	})
	return &w, err
}

// reportPath ends in a slash, which belongs to the path.
func reportPath(report string) string { return url.PathEscape(report) + "/" }

func valuesOf(parameters map[string]string) url.Values {
	values := make(url.Values, len(parameters))
	for name, value := range parameters {
		values.Set(name, value)
	}
	return values
}
