package anura

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
)

const (
	budgetAll = "all"
	// budgetTables keeps long lists from using up what the counts of the day
	// are read with: a poller reads those each minute.
	budgetTables = "tables"

	callsPerMinute  = 30
	tablesPerMinute = 20
	// inFlight keeps a vendor that needs minutes from being asked twice at once.
	inFlight = 1
)

// client calls one Anura account.
type client struct {
	http  *vendorhttp.Client
	token config.Secret
}

// options makes the token known in its URL-encoded form too, in which the
// vendor's texts would have parts of it.
func options(source config.Source) vendorhttp.Options {
	token := source.Credential.Reveal()
	return vendorhttp.Options{
		Timeout:  source.Timeout,
		Redactor: vendorhttp.NewRedactor(token, url.QueryEscape(token)),
		Classify: classify,
		InFlight: inFlight,
		Budgets: []vendorhttp.Budget{
			{Name: budgetAll, Calls: callsPerMinute}, {Name: budgetTables, Calls: tablesPerMinute},
		},
	}
}

func newClient(source config.Source, h *vendorhttp.Client) *client {
	return &client{http: h, token: source.Credential}
}

// read returns the request of a call that changes nothing, although it is a
// POST like every other.
func read(operation, path string, budgets ...string) vendorhttp.Request {
	return vendorhttp.Request{Operation: operation, Path: path, Budgets: budgets, Idempotent: true}
}

// ask makes a call with parameters. A 400 may be about them or about the token;
// one call that has no parameters tells which.
func (c *client) ask(ctx context.Context, req vendorhttp.Request, body any) error {
	err := c.post(ctx, req, body)
	if !isBadRequest(err) {
		return err
	}
	if _, _, tokenErr := c.instancesPage(ctx, instancesRequest{paging: paging{Page: 1, Limit: 1}}); vendorhttp.IsKind(tokenErr, vendorhttp.CredentialRefused) {
		return tokenErr
	}
	return err
}

// post sends the body as JSON, the token in it.
func (c *client) post(ctx context.Context, req vendorhttp.Request, body any) error {
	encoded, err := c.encode(body)
	if err != nil {
		return err
	}
	req.Method, req.ContentType, req.Body = http.MethodPost, "application/json", encoded
	req.Budgets = append([]string{budgetAll}, req.Budgets...)
	_, err = c.http.Do(ctx, req)
	return err
}

// encode writes the body with the token, which the vendor takes as it takes
// every text: URL-encoded.
func (c *client) encode(body any) ([]byte, error) {
	encoded, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(encoded, &fields); err != nil {
		return nil, err
	}
	token, err := json.Marshal(url.QueryEscape(c.token.Reveal()))
	if err != nil {
		return nil, err
	}
	fields["token"] = token
	return json.Marshal(fields)
}
