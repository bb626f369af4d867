package anura

import (
	"context"
	"encoding/json"

	"google.golang.org/grpc"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
)

const (
	// pageSize is the longest page that the vendor gives.
	pageSize = 1000
	// maxPages bounds a list that is answered as a whole.
	maxPages = 20
	// mostPages bounds a list that is streamed: a million rows.
	mostPages = 1000
)

// wireQuery is how an answer says which page it is of how many. What it does
// not say, or not readably, is 0.
type wireQuery struct {
	Page    count `json:"page"`
	Pages   count `json:"pages"`
	Results count `json:"results"`
}

func queryOf(raw json.RawMessage) wireQuery {
	var q wireQuery
	if json.Unmarshal(raw, &q) != nil {
		return wireQuery{}
	}
	return q
}

// fault reports an answer that is of another page than the one asked for: who
// goes on would read the same page again and again.
func (q wireQuery) fault(asked int) *vendorhttp.Error {
	if q.Page == 0 || int(q.Page) == asked {
		return nil
	}
	return vendorhttp.Errorf(vendorhttp.BadAnswer, "answer is page %d where page %d was asked for", q.Page, asked)
}

// isLast reports whether nothing follows a page with so many records. Where the
// vendor does not say how many pages there are, a full one may have a successor.
func (q wireQuery) isLast(asked paging, records int) bool {
	if q.Pages > 0 {
		return asked.Page >= int(q.Pages) || records == 0
	}
	return records < asked.Limit
}

// sendPages sends one page after the other until one is the last. A caller that
// reads slowly slows the pages down: there is never more than one in memory,
// and between two of them other calls have their turn.
func sendPages[P any](
	s *Server, source string, stream grpc.ServerStreamingServer[P],
	page func(ctx context.Context, c *client, number int) (response *P, isLast bool, err error),
) error {
	for number := 1; number <= mostPages; number++ {
		isLast := false
		response, err := call(s, source, func(c *client) (response *P, err error) {
			response, isLast, err = page(stream.Context(), c, number)
			return response, err
		})
		if err != nil {
			return err
		}
		if err := stream.Send(response); err != nil || isLast {
			return err
		}
	}
	_, err := call(s, source, func(*client) (*P, error) {
		return nil, vendorhttp.Errorf(vendorhttp.BadAnswer, "after %d pages the vendor has still more", mostPages)
	})
	return err
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
