package anomify

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
)

const (
	budgetAll      = "all"
	callsPerMinute = 120
)

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
		Budgets:  []vendorhttp.Budget{{Name: budgetAll, Calls: callsPerMinute}},
	}
}

func newClient(source config.Source, h *vendorhttp.Client) *client {
	return &client{http: h, token: source.Credential}
}

// call makes a request whose answer is an envelope, and decodes its data into
// v once the envelope's own status agrees with the HTTP status.
func (c *client) call(ctx context.Context, req vendorhttp.Request, read func(json.RawMessage) *vendorhttp.Error) error {
	var e envelope
	req.Header = http.Header{"X-Auth-Token": {c.token.Reveal()}}
	req.Budgets = []string{budgetAll}
	req.Into = &e
	req.Check = func(answer vendorhttp.Answer) *vendorhttp.Error {
		if failure := e.failure(answer); failure != nil {
			return failure
		}
		return read(e.Data)
	}
	_, err := c.http.Do(ctx, req)
	return err
}

func (c *client) listAnomalies(ctx context.Context, from, until int64, metric string) ([]json.RawMessage, error) {
	var records []json.RawMessage
	err := c.call(ctx,
		vendorhttp.Request{
			Operation: "list_anomalies", Method: http.MethodGet, Path: "/anomalies",
			Query: anomaliesQuery(from, until, metric), Idempotent: true,
		},
		func(data json.RawMessage) *vendorhttp.Error {
			var failure *vendorhttp.Error
			records, failure = listIn(data, "anomalies")
			return failure
		})
	return records, err
}

func (c *client) listWatchers(ctx context.Context) ([]json.RawMessage, error) {
	var records []json.RawMessage
	err := c.call(ctx,
		vendorhttp.Request{
			Operation: "list_watchers", Method: http.MethodGet, Path: "/watchers/list", Idempotent: true,
		},
		func(data json.RawMessage) *vendorhttp.Error {
			var failure *vendorhttp.Error
			records, failure = listIn(data, "watchers")
			return failure
		})
	return records, err
}

func (c *client) createWatcher(
	ctx context.Context, name string, chips []string, alert bool,
) (*anomifyv1.Watcher, error) {
	var watcher *anomifyv1.Watcher
	err := c.call(ctx,
		vendorhttp.Request{
			Operation: "create_watcher", Method: http.MethodPost, Path: "/watcher/create",
			ContentType: "application/x-www-form-urlencoded",
			Body:        []byte(watcherForm(name, chips, alert).Encode()),
			Effect:      true,
		},
		func(data json.RawMessage) *vendorhttp.Error {
			created, err := createdWatcherOf(data)
			if err != nil {
				return vendorhttp.Errorf(vendorhttp.BadAnswer, "answer holds no watcher: %v", err)
			}
			watcher = created
			return nil
		})
	return watcher, err
}

// anomaliesQuery writes times in seconds, as all of the vendor's examples are.
func anomaliesQuery(from, until int64, metric string) url.Values {
	query := url.Values{
		"from_timestamp":  {strconv.FormatInt(from, 10)},
		"until_timestamp": {strconv.FormatInt(until, 10)},
	}
	if metric != "" {
		query.Set("metric", metric)
	}
	return query
}
