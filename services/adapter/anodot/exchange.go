package anodot

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// identified is a message for one of the vendor's objects, known by its id.
type identified[T any] interface {
	*T
	proto.Message
	GetId() string
}

// read returns the request of a call that changes nothing.
func read(operation, path string, budgets ...string) vendorhttp.Request {
	return vendorhttp.Request{
		Operation: operation, Method: http.MethodGet, Path: path, Budgets: budgets, Idempotent: true,
	}
}

// effect returns the request of a call that changes something. It goes before
// reads and is sent once.
func effect(operation, method, path string, budgets ...string) vendorhttp.Request {
	return vendorhttp.Request{
		Operation: operation, Method: method, Path: path, Budgets: budgets, Effect: true, Urgent: true,
	}
}

// list makes a read whose answer is a list of records.
func (c *client) list(ctx context.Context, req vendorhttp.Request) ([]json.RawMessage, error) {
	var records []json.RawMessage
	req.Into = &records
	req.Check = func(vendorhttp.Answer) *vendorhttp.Error {
		if records == nil {
			return vendorhttp.Errorf(vendorhttp.BadAnswer, "answer is no list")
		}
		return nil
	}
	err := c.call(ctx, req)
	return records, err
}

// one makes a read whose answer is one record.
func one[T any](
	ctx context.Context, c *client, req vendorhttp.Request, convert func(json.RawMessage) (*T, error),
) (*T, error) {
	var record json.RawMessage
	var value *T
	req.Into = &record
	req.Check = func(answer vendorhttp.Answer) *vendorhttp.Error {
		if failure := partial(answer); failure != nil {
			return failure
		}
		var err error
		if value, err = convert(record); err != nil {
			return vendorhttp.Errorf(vendorhttp.BadAnswer, "answer: %v", err)
		}
		return nil
	}
	err := c.call(ctx, req)
	return value, err
}

// shown makes an effect whose answer shows what it made. An empty answer shows
// nothing and is a success; another that shows nothing leaves the outcome
// unknown.
func shown[T any](
	ctx context.Context, c *client, req vendorhttp.Request, convert func(json.RawMessage) (*T, error),
) (*T, error) {
	var value *T
	req.Check = func(answer vendorhttp.Answer) *vendorhttp.Error {
		body := strings.TrimSpace(answer.Body)
		if body == "" {
			return nil
		}
		if failure := partial(answer); failure != nil {
			return failure
		}
		var record json.RawMessage
		if failure := vendorhttp.DecodeJSON(body, &record); failure != nil {
			return failure
		}
		var err error
		if value, err = convert(record); err != nil {
			return vendorhttp.Errorf(vendorhttp.BadAnswer, "answer: %v", err)
		}
		return nil
	}
	err := c.call(ctx, req)
	return value, err
}

// silent makes an effect of whose answer nothing is documented: any 2xx is a
// success, unless it lists errors.
func (c *client) silent(ctx context.Context, req vendorhttp.Request) error {
	req.IgnoreBody, req.Check = true, partial
	return c.call(ctx, req)
}

// objectOf reads one of the vendor's objects. Only the id is indispensable.
func objectOf[T any, M identified[T]](record json.RawMessage) (*T, error) {
	value := new(T)
	if err := readObject(record, M(value)); err != nil {
		return nil, err
	}
	if M(value).GetId() == "" {
		return nil, errNoID
	}
	return value, nil
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

// needID refuses an id that would lead the path elsewhere.
func needID(field, id string) error {
	if !adapter.IsPathPart(id) {
		return rpc.FieldViolation(field, "is no id")
	}
	return nil
}

func jsonOf(field string, value any) ([]byte, error) {
	body, err := json.Marshal(value)
	if err != nil {
		return nil, rpc.FieldViolation(field, "cannot be written as JSON: %v", err)
	}
	return body, nil
}

func rejectedOf(rejections []adapter.Rejection) []*anodotv1.RejectedRecord {
	var rejected []*anodotv1.RejectedRecord
	for _, r := range rejections {
		rejected = append(rejected, &anodotv1.RejectedRecord{Index: r.Index, Reason: r.Reason, Raw: r.Raw})
	}
	return rejected
}

// under returns the path of one object in a collection.
func under(collection, id string) string { return collection + "/" + url.PathEscape(id) }
