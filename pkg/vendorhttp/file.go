package vendorhttp

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

const (
	// partBytes is how much of a file is handed on at a time.
	partBytes = 64 << 10
	// longestFetch bounds a file whose host sends a little now and then.
	longestFetch = time.Hour
)

// File is a file at whatever host a vendor's link leads to.
type File struct {
	// Operation names the call in errors and metrics.
	Operation string
	// Link is where the file is. Whoever has it can read the file, so it is in no
	// error, log or trace.
	Link string
	// MaxBytes is the longest file that is read.
	MaxBytes int64
}

// Part is a piece of a file, never empty.
type Part struct {
	// ContentType is what the host says that the file is, "" if it does not say.
	ContentType string
	// Size of the whole file in bytes, -1 if the host does not say.
	Size int64
	// Content is the piece. It is the receiver's to keep.
	Content []byte
}

// Fetch reads a file and hands it to take, part by part, so that one of any
// length costs little memory. The request has no credential, counts in no budget
// and is not repeated; trouble at the file's host opens no breaker. The timeout of
// a request bounds each wait for the next part, and an account reads one file at a
// time. The error is an [*Error], or what take returned if that is another.
func (c *Client) Fetch(ctx context.Context, f File, take func(Part) error) error {
	ctx, span := c.tracer(ctx).Start(ctx, "vendor "+f.Operation, trace.WithSpanKind(trace.SpanKindClient), c.asSpan())
	defer span.End()
	began := time.Now()
	err := c.fetch(ctx, f, take)
	c.opts.Metrics.duration.WithLabelValues(c.opts.Vendor, c.opts.Source, f.Operation).Observe(time.Since(began).Seconds())
	if taker, ok := errors.AsType[*takerError](err); ok {
		return taker.error
	}
	req := Request{Operation: f.Operation}
	if err != nil {
		failure := c.finishError(req, err)
		span.SetStatus(codes.Error, failure.Kind.String())
		err = failure
	}
	return c.count(req, err)
}

// takerError is what the taker of a file did not go on for: no failure of the
// vendor's.
type takerError struct{ error }

func (c *Client) fetch(ctx context.Context, f File, take func(Part) error) error {
	caller := ctx
	ctx, cancel := context.WithTimeout(ctx, longestFetch)
	defer cancel()
	if err := c.takeSlot(ctx, c.files); err != nil {
		return err
	}
	defer func() { <-c.files }()
	patience := time.AfterFunc(c.opts.Timeout, cancel)
	defer patience.Stop()
	response, err := c.openFile(ctx, f.Link)
	if err != nil {
		return c.fileError(caller, ctx, err)
	}
	defer response.Body.Close()
	if failure := refusedFile(response, f.MaxBytes); failure != nil {
		return failure
	}
	err = readParts(response.Body, f.MaxBytes, func(content []byte) error {
		patience.Stop() // a taker that is slow is not the host
		defer patience.Reset(c.opts.Timeout)
		return take(Part{response.Header.Get("Content-Type"), response.ContentLength, content})
	})
	return c.fileError(caller, ctx, err)
}

// readParts hands the parts on until the file ends. A file of nothing is none.
func readParts(body io.Reader, maxBytes int64, take func([]byte) error) error {
	var total int64
	for {
		content, err := nextPart(body)
		if total += int64(len(content)); total > maxBytes {
			return tooLong(maxBytes)
		}
		if len(content) > 0 {
			if err := take(content); err != nil {
				return notTaken(err)
			}
		}
		switch {
		case errors.Is(err, io.EOF) && total == 0:
			return Errorf(BadAnswer, "the file is empty")
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// nextPart reads until a part is full. It returns io.EOF with the last one.
func nextPart(body io.Reader) ([]byte, error) {
	content := make([]byte, partBytes)
	filled := 0
	for filled < len(content) {
		n, err := body.Read(content[filled:])
		if filled += n; err != nil {
			return content[:filled], err
		}
	}
	return content, nil
}

func notTaken(err error) error {
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	return &takerError{err}
}

func tooLong(maxBytes int64) *Error {
	return Errorf(BadAnswer, "the file is longer than %d bytes", maxBytes)
}

// refusedFile judges what a host answers before it sends the file. What it says
// besides may quote the link.
func refusedFile(response *http.Response, maxBytes int64) *Error {
	if isSuccess(response.StatusCode) {
		if response.ContentLength > maxBytes {
			return tooLong(maxBytes)
		}
		return nil
	}
	kind := KindOfStatus(response.StatusCode)
	switch {
	case kind == CredentialRefused:
		kind = Refused // the request had no credential: it is the link that is refused
	case response.StatusCode == http.StatusGone:
		kind = NotFound
	}
	failure := Errorf(kind, "the file's host answered %d; ask for a new link", response.StatusCode)
	failure.Status = response.StatusCode
	return failure
}

// fileError says what went wrong, if anything did, without the link.
func (c *Client) fileError(caller, own context.Context, err error) error {
	_, isOurs := errors.AsType[*Error](err)
	_, isTakers := errors.AsType[*takerError](err)
	switch {
	case err == nil || isOurs || isTakers:
		return err
	case errors.Is(err, errPrivate):
		return Errorf(BadAnswer, "%v", errPrivate)
	case caller.Err() != nil:
		return ContextError(caller, "read the file")
	case own.Err() != nil || isTimeout(err):
		return Errorf(Deadline, "the file's host sent nothing for %s, or not all within %s", c.opts.Timeout, longestFetch)
	default:
		return Errorf(Unavailable, "the file broke off: %v", withoutURL(err))
	}
}
