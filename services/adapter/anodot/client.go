package anodot

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"sync/atomic"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
)

// The documented limits: 500 calls a minute by default and over all alert
// calls, 50 for reading feedback.
const (
	budgetAll        = "all"
	budgetFeedback   = "feedback"
	callsPerMinute   = 500
	feedbackPerMinut = 50
)

const contentType = "application/json"

// client calls one Anodot account.
type client struct {
	http  *vendorhttp.Client
	token *tokenKeeper
	// oneAlertInV2 is set once the documented path of a single alert
	// (/api/alerts, without v2) was seen not to exist at this account.
	oneAlertInV2 atomic.Bool
}

func options(source config.Source) vendorhttp.Options {
	return vendorhttp.Options{
		Timeout:  source.Timeout,
		Redactor: vendorhttp.NewRedactor(source.Credential.Reveal()),
		Classify: classify,
		Budgets: []vendorhttp.Budget{
			{Name: budgetAll, Calls: callsPerMinute},
			{Name: budgetFeedback, Calls: feedbackPerMinut},
		},
	}
}

func newClient(source config.Source, h *vendorhttp.Client) *client {
	return &client{http: h, token: newTokenKeeper(source.Credential, h)}
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
	if len(req.Budgets) == 0 {
		req.Budgets = []string{budgetAll}
	}
	_, err := c.http.Do(ctx, req)
	return err
}

func (c *client) listAlerts(ctx context.Context) ([]json.RawMessage, error) {
	var records []json.RawMessage
	err := c.call(ctx, vendorhttp.Request{
		Operation: "list_alerts", Method: http.MethodGet, Path: "/api/v2/alerts",
		Idempotent: true, Into: &records,
		Check: func(vendorhttp.Answer) *vendorhttp.Error {
			if records == nil {
				return vendorhttp.Errorf(vendorhttp.BadAnswer, "answer is no list of alerts")
			}
			return nil
		},
	})
	return records, err
}

// getAlert reads one alert where the document puts it. The vendor's other
// calls are all under /api/v2, so a 404 there is believed only if the list of
// alerts does not show the id.
func (c *client) getAlert(ctx context.Context, id string) (*anodotv1.Alert, error) {
	if c.oneAlertInV2.Load() {
		return c.getAlertAt(ctx, "/api/v2/alerts/", id)
	}
	alert, err := c.getAlertAt(ctx, "/api/alerts/", id)
	if !vendorhttp.IsKind(err, vendorhttp.NotFound) {
		return alert, err
	}
	listed, listErr := c.listAlerts(ctx)
	if listErr != nil {
		return nil, listErr
	}
	if !containsAlert(listed, id) {
		return nil, err
	}
	if alert, err = c.getAlertAt(ctx, "/api/v2/alerts/", id); err == nil {
		c.oneAlertInV2.Store(true)
	}
	return alert, err
}

func containsAlert(records []json.RawMessage, id string) bool {
	for _, record := range records {
		if alert, err := alertOf(record); err == nil && alert.GetId() == id {
			return true
		}
	}
	return false
}

func (c *client) getAlertAt(ctx context.Context, prefix, id string) (*anodotv1.Alert, error) {
	var record json.RawMessage
	var alert *anodotv1.Alert
	err := c.call(ctx, vendorhttp.Request{
		Operation: "get_alert", Method: http.MethodGet, Path: prefix + url.PathEscape(id),
		Idempotent: true, Into: &record,
		Check: func(vendorhttp.Answer) *vendorhttp.Error {
			var err error
			if alert, err = alertOf(record); err != nil {
				return vendorhttp.Errorf(vendorhttp.BadAnswer, "answer is no alert: %v", err)
			}
			return nil
		},
	})
	return alert, err
}

// setState pauses or resumes. The document gives neither body nor answer, so
// nothing is sent and any 2xx is a success, unless it lists errors.
func (c *client) setState(ctx context.Context, id, verb string) error {
	err := c.call(ctx, vendorhttp.Request{
		Operation: verb + "_alert", Method: http.MethodPost,
		Path:   "/api/v2/alerts/" + url.PathEscape(id) + "/" + verb,
		Effect: true, IgnoreBody: true, Check: partial,
	})
	return err
}

// listFeedback sends the window in the body of a GET, as the document shows.
func (c *client) listFeedback(ctx context.Context, window feedbackWindow) ([]json.RawMessage, error) {
	body, err := json.Marshal(window)
	if err != nil {
		return nil, err
	}
	var list feedbackList
	err = c.call(ctx, vendorhttp.Request{
		Operation: "list_feedback", Method: http.MethodGet, Path: "/api/v2/feedbacks", Body: body,
		Budgets: []string{budgetFeedback, budgetAll}, Idempotent: true, Into: &list,
		Check: func(answer vendorhttp.Answer) *vendorhttp.Error {
			if list.Feedbacks == nil {
				return orElse(partial(answer), "answer has no list of feedbacks")
			}
			return partial(answer)
		},
	})
	return list.Feedbacks, err
}

func orElse(failure *vendorhttp.Error, text string) *vendorhttp.Error {
	if failure != nil {
		return failure
	}
	return vendorhttp.Errorf(vendorhttp.BadAnswer, "%s", text)
}
