package anomify

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

const formType = "application/x-www-form-urlencoded"

// read returns the request of a call that changes nothing.
func read(operation, path string, query url.Values) vendorhttp.Request {
	return vendorhttp.Request{
		Operation: operation, Method: http.MethodGet, Path: path, Query: query, Idempotent: true,
	}
}

// effect returns the request of a call that changes something. It goes before
// reads and is sent once.
func effect(operation, path string, form url.Values) vendorhttp.Request {
	return vendorhttp.Request{
		Operation: operation, Method: http.MethodPost, Path: path, ContentType: formType, Body: []byte(form.Encode()),
		Effect: true, Urgent: true,
	}
}

// convert makes a T of one record of the vendor's.
type convert[T any] func(json.RawMessage) (*T, error)

// one makes a call whose data hold one record of the name.
func one[T any](ctx context.Context, c *client, req vendorhttp.Request, name string, convert convert[T]) (*T, error) {
	var value *T
	err := c.call(ctx, req, func(e envelope) *vendorhttp.Error {
		record, failure := recordIn(e.Data, name)
		if failure != nil {
			return failure
		}
		var err error
		if value, err = convert(record); err != nil {
			return vendorhttp.Errorf(vendorhttp.BadAnswer, "%s: %v", name, err)
		}
		return nil
	})
	return value, err
}

// shown makes an effect whose answer may show what it made of the record of the
// name. The envelope's status says that it was done; what is not shown, or not
// in a shape that is known, is nil.
func shown[T any](ctx context.Context, c *client, req vendorhttp.Request, name string, convert convert[T]) (*T, error) {
	var value *T
	err := c.call(ctx, req, func(e envelope) *vendorhttp.Error {
		if record, failure := recordIn(e.Data, name); failure == nil {
			value, _ = convert(record)
		}
		return nil
	})
	return value, err
}

// list makes a call whose data hold a list of the name. A bad record costs only
// itself.
func list[T any](
	ctx context.Context, c *client, req vendorhttp.Request, name string, convert convert[T],
) (found[T], error) {
	var records []json.RawMessage
	var total int64
	err := c.call(ctx, req, func(e envelope) *vendorhttp.Error {
		var failure *vendorhttp.Error
		records, failure = listIn(e.Data, name)
		total = totalIn(e.Data)
		return failure
	})
	if err != nil {
		return found[T]{}, err
	}
	read, rejections := adapter.ReadEach(records, convert)
	return found[T]{records: read, rejected: rejectedOf(rejections), total: total}, nil
}

// found is what a list came to.
type found[T any] struct {
	records  []*T
	rejected []*anomifyv1.RejectedRecord
	// total is how many the vendor says there are, 0 where it does not say.
	total int64
}

func rejectedOf(rejections []adapter.Rejection) []*anomifyv1.RejectedRecord {
	var rejected []*anomifyv1.RejectedRecord
	for _, r := range rejections {
		rejected = append(rejected, &anomifyv1.RejectedRecord{Index: r.Index, Reason: r.Reason, Raw: r.Raw})
	}
	return rejected
}

// call makes the calls f of the source's account and returns what they give,
// or a gRPC status.
func call[T any](s *Server, source string, f func(*client) (T, error)) (T, error) {
	var none T
	account, err := s.accounts.Find(source)
	if err != nil {
		return none, err
	}
	value, err := f(account.Client)
	if err := account.Done(err); err != nil {
		return none, err
	}
	return value, nil
}

// oneOf is call of one.
func oneOf[T any](
	ctx context.Context, s *Server, source string, req vendorhttp.Request, name string, convert convert[T],
) (*T, error) {
	return call(s, source, func(c *client) (*T, error) { return one(ctx, c, req, name, convert) })
}

// shownOf is call of shown.
func shownOf[T any](
	ctx context.Context, s *Server, source string, req vendorhttp.Request, name string, convert convert[T],
) (*T, error) {
	return call(s, source, func(c *client) (*T, error) { return shown(ctx, c, req, name, convert) })
}

// listOf is call of list.
func listOf[T any](
	ctx context.Context, s *Server, source string, req vendorhttp.Request, name string, convert convert[T],
) (found[T], error) {
	return call(s, source, func(c *client) (found[T], error) { return list(ctx, c, req, name, convert) })
}

// under returns the path of one object in a collection, or of what lies below
// it. Names of metrics hold dots, slashes and spaces.
func under(collection, id string, below ...string) string {
	return strings.Join(append([]string{collection, url.PathEscape(id)}, below...), "/")
}

// needID refuses an id that would lead the path elsewhere.
func needID(field, id string) error {
	if !adapter.IsPathPart(id) {
		return rpc.FieldViolation(field, "is no id")
	}
	return nil
}
