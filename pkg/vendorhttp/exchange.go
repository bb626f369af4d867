package vendorhttp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"time"
)

const (
	maxHeaderBytes = 64 << 10
	ignoredBody    = 64 << 10
)

var errRedirect = errors.New("answered with a redirect, which is not followed; correct base_url")

func newTransport(opts Options) *http.Transport {
	return &http.Transport{
		DialContext:            opts.Dial,
		Proxy:                  http.ProxyFromEnvironment,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    10 * time.Second,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        30 * time.Second,
		MaxResponseHeaderBytes: maxHeaderBytes,
	}
}

// wire sees what becomes of one request on the network.
type wire struct {
	isConnected atomic.Bool
}

// reached reports whether the request had a connection, so that the vendor may
// have seen it. It errs towards yes.
func (w *wire) reached() bool { return w.isConnected.Load() }

// exchange sends the request once and reads the answer, whatever its status.
func (c *Client) exchange(ctx context.Context, req Request, w *wire) (Answer, error) {
	caller := ctx
	ctx, cancel := context.WithTimeout(ctx, c.opts.Timeout)
	defer cancel()
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { w.isConnected.Store(true) },
	})
	r, err := c.newRequest(traced, req)
	if err != nil {
		return Answer{}, err
	}
	client := http.Client{Transport: c.transport, CheckRedirect: refuseRedirect}
	response, err := client.Do(r)
	if err != nil {
		return Answer{}, c.sendError(caller, ctx, err)
	}
	defer response.Body.Close()
	body, err := c.readBody(req, response)
	if err != nil {
		return Answer{}, c.bodyError(caller, ctx, err)
	}
	return Answer{Status: response.StatusCode, Header: response.Header, Body: body}, nil
}

// refuseRedirect follows nothing: no vendor documents a redirect, each would be
// a call beyond the budget, and another host must not see the credential.
func refuseRedirect(*http.Request, []*http.Request) error { return errRedirect }

func (c *Client) readBody(req Request, response *http.Response) (string, error) {
	limit := c.opts.MaxAnswer
	ignore := req.IgnoreBody && isSuccess(response.StatusCode)
	if ignore {
		limit = ignoredBody
	}
	var b strings.Builder
	n, err := io.Copy(&b, io.LimitReader(response.Body, limit+1))
	switch {
	case ignore:
		return c.scrub(req, b.String()), nil
	case err != nil:
		return "", fmt.Errorf("answer broke off after %d bytes: %w", n, err)
	case n > limit:
		return "", Errorf(BadAnswer, "answer is longer than %d bytes", limit)
	case req.Binary && isSuccess(response.StatusCode):
		return b.String(), nil
	default:
		return c.scrub(req, b.String()), nil
	}
}

// scrub makes the answer valid UTF-8, which messages demand of their texts,
// and takes out what it echoes of the account's secrets.
func (c *Client) scrub(req Request, body string) string {
	body = strings.ToValidUTF8(body, "\uFFFD")
	if req.Credential {
		return body
	}
	return c.opts.Redactor.Body(body)
}

// sendError says what went wrong without the URL, whose query may hold more
// than a reader should see.
func (c *Client) sendError(caller, own context.Context, err error) *Error {
	err = withoutURL(err)
	switch {
	case errors.Is(err, errRedirect):
		return Errorf(BadAnswer, "%v", errRedirect)
	case caller.Err() != nil:
		return ContextError(caller, "waited for the answer")
	case own.Err() != nil || isTimeout(err):
		return Errorf(Deadline, "no answer within %s", c.opts.Timeout)
	default:
		return Errorf(Unavailable, "%v", err)
	}
}

func (c *Client) bodyError(caller, own context.Context, err error) *Error {
	if failure, ok := errors.AsType[*Error](err); ok {
		return failure
	}
	return c.sendError(caller, own, err)
}

func isTimeout(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.As(err, &timeout) && timeout.Timeout()
}

func isSuccess(status int) bool { return status >= 200 && status < 300 }
