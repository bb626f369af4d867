package vendorhttp

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"net/url"
)

// Request is one call of a vendor.
type Request struct {
	// Operation names the call in errors and metrics: `list feedback`.
	Operation string
	// Method is the HTTP method.
	Method string
	// Path follows the base URL, its parts escaped.
	Path string
	// Query is the query string.
	Query url.Values
	// Header holds further headers, the credential among them. JSON is asked for
	// where it has no Accept.
	Header http.Header
	// ContentType of the body, sent also with an empty one; "" for none.
	ContentType string
	// Body is sent with any method.
	Body []byte
	// Budgets are the names of the budgets that the call counts in.
	Budgets []string
	// Idempotent marks a call that may be repeated.
	Idempotent bool
	// Effect marks a call that changes something at the vendor.
	Effect bool
	// Urgent marks a call that must not wait behind others: an action, or a
	// read that an action waits for. It may use what budgets reserve, and goes
	// first where calls wait for the same budget.
	Urgent bool
	// IgnoreBody marks a call whose 2xx status says everything: a body that is
	// long, broken or missing changes nothing.
	IgnoreBody bool
	// Credential marks a call whose answer is a credential: it is neither
	// scrubbed nor quoted.
	Credential bool
	// Binary marks a call whose 2xx answer is bytes and no text: it is left as it
	// came, neither made valid UTF-8 nor scrubbed. Check judges what it holds.
	Binary bool
	// Into takes the decoded JSON of a 2xx answer; nil decodes nothing.
	Into any
	// Check judges a decoded 2xx answer; nil takes every one.
	Check func(Answer) *Error
}

// priority is how metrics write whether a request is urgent.
func (r Request) priority() string {
	if r.Urgent {
		return "urgent"
	}
	return "normal"
}

// Answer is what a vendor answered.
type Answer struct {
	// Status is the HTTP status.
	Status int
	// Header holds the answer's headers.
	Header http.Header
	// Body is the answer, valid UTF-8, scrubbed of the account's secrets, unless
	// the request was for bytes.
	Body string
}

// sendOnce keeps the transport from repeating a GET by itself where a kept
// connection breaks under it: the vendor may have counted the first one, and
// each repetition must ask the budget. A body that cannot be read again does.
func sendOnce(r *http.Request) {
	r.GetBody = nil
	if r.Body == nil {
		r.Body = emptyBody{}
	}
}

// emptyBody is no http.NoBody, which could be read again.
type emptyBody struct{}

func (emptyBody) Read([]byte) (int, error) { return 0, io.EOF }
func (emptyBody) Close() error             { return nil }

func (c *Client) newRequest(ctx context.Context, req Request) (*http.Request, error) {
	target, err := url.Parse(c.opts.BaseURL + req.Path)
	if err != nil {
		return nil, Errorf(Refused, "the path of the request is no URL")
	}
	target.RawQuery = req.Query.Encode()
	var body io.Reader
	if len(req.Body) > 0 {
		body = bytes.NewReader(req.Body)
	}
	r, err := http.NewRequestWithContext(ctx, req.Method, target.String(), body)
	if err != nil {
		return nil, Errorf(Refused, "the request cannot be made")
	}
	sendOnce(r)
	r.Header.Set("Accept", "application/json")
	maps.Copy(r.Header, req.Header)
	r.Header.Set("User-Agent", "signalbox")
	if req.ContentType != "" {
		r.Header.Set("Content-Type", req.ContentType)
	}
	return r, nil
}
