package anomify

import (
	"context"
	"net/http"
	"slices"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
)

// The vendor documents no limit; these are the project's own, in calls a
// minute. Part of them is kept for actions. Pictures are drawn for each call,
// so they have a smaller limit besides.
const (
	budgetAll   = "all"
	budgetImage = "image"

	callsPerMinute  = 120
	callsReserved   = 12
	imagesPerMinute = 20
)

// inFlight is how many requests an organisation has under way at a time.
const inFlight = 8

// client calls one Anomify organisation.
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
		Budgets: []vendorhttp.Budget{
			{Name: budgetAll, Calls: callsPerMinute, Reserve: callsReserved},
			{Name: budgetImage, Calls: imagesPerMinute},
		},
	}
}

func newClient(source config.Source, h *vendorhttp.Client) *client {
	return &client{http: h, token: source.Credential}
}

// call makes a request whose answer is an envelope, and reads it once the
// envelope's own status agrees with the HTTP status.
func (c *client) call(ctx context.Context, req vendorhttp.Request, read func(envelope) *vendorhttp.Error) error {
	var e envelope
	req.Into = &e
	req.Check = func(answer vendorhttp.Answer) *vendorhttp.Error {
		if failure := e.failure(answer); failure != nil {
			return failure
		}
		return read(e)
	}
	return c.do(ctx, req)
}

// do makes a request with the organisation's token and nothing that a session
// could be taken from: a session would win over the token.
func (c *client) do(ctx context.Context, req vendorhttp.Request) error {
	if req.Header == nil {
		req.Header = http.Header{}
	}
	req.Header.Set("X-Auth-Token", c.token.Reveal())
	req.Budgets = append(slices.Clone(req.Budgets), budgetAll)
	_, err := c.http.Do(ctx, req)
	return err
}
