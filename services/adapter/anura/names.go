package anura

import (
	"context"
	"encoding/json"
	"net/url"
	"time"

	"google.golang.org/grpc"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// namesRequest is the body of /interface/sources and /interface/campaigns.
type namesRequest struct {
	scope
	All *bool `json:"all,omitempty"`
	paging
}

// names is one page of names.
type names struct {
	read     []string
	results  int64
	rejected []*anurav1.RejectedRecord
}

// ListSources sends the sources of a range of days, a page at a time.
func (s *Server) ListSources(
	req *anurav1.ListSourcesRequest, stream grpc.ServerStreamingServer[anurav1.ListSourcesResponse],
) error {
	if err := checkWindow(req.GetStart(), req.GetEnd(), reportDays, time.Now()); err != nil {
		return err
	}
	asked := namesRequest{All: unlessTrue(req.GetExcludeAll()), scope: scope{
		Start: req.GetStart(), End: req.GetEnd(), Instance: instanceParameter(req.GetInstance()),
		Source: url.QueryEscape(req.GetName()),
	}}
	return sendPages(s, req.GetSource(), stream,
		func(ctx context.Context, c *client, number int) (*anurav1.ListSourcesResponse, bool, error) {
			got, isLast, err := c.listNames(ctx, "sources", asked, number)
			return &anurav1.ListSourcesResponse{Names: got.read, Results: got.results, Rejected: got.rejected}, isLast, err
		})
}

// ListCampaigns sends the campaigns of a range of days, a page at a time.
func (s *Server) ListCampaigns(
	req *anurav1.ListCampaignsRequest, stream grpc.ServerStreamingServer[anurav1.ListCampaignsResponse],
) error {
	if err := checkWindow(req.GetStart(), req.GetEnd(), reportDays, time.Now()); err != nil {
		return err
	}
	asked := namesRequest{All: unlessTrue(req.GetExcludeAll()), scope: scope{
		Start: req.GetStart(), End: req.GetEnd(), Instance: instanceParameter(req.GetInstance()),
		Source: url.QueryEscape(req.GetTrafficSource()), Campaign: url.QueryEscape(req.GetName()),
	}}
	return sendPages(s, req.GetSource(), stream,
		func(ctx context.Context, c *client, number int) (*anurav1.ListCampaignsResponse, bool, error) {
			got, isLast, err := c.listNames(ctx, "campaigns", asked, number)
			return &anurav1.ListCampaignsResponse{Names: got.read, Results: got.results, Rejected: got.rejected}, isLast, err
		})
}

// listNames reads one page. The list stands under the kind's own name.
func (c *client) listNames(ctx context.Context, kind string, asked namesRequest, number int) (names, bool, error) {
	asked.paging = paging{Page: number, Limit: pageSize}
	var answer fields
	var records []json.RawMessage
	var query wireQuery
	get := read("list_"+kind, "/interface/"+kind, budgetTables)
	get.Into = &answer
	get.Check = func(vendorhttp.Answer) *vendorhttp.Error {
		if records = nil; !answer.take(kind, &records) || records == nil {
			return vendorhttp.Errorf(vendorhttp.BadAnswer, "answer has no list of %s", kind)
		}
		query = queryOf(answer["query"])
		return query.fault(number)
	}
	if err := c.ask(ctx, get, asked); err != nil {
		return names{}, false, err
	}
	read, rejected := adapter.ReadEach(records, nameOf)
	got := names{results: int64(query.Results), rejected: rejectedRecords(rejected, 0)}
	for _, name := range read {
		got.read = append(got.read, *name)
	}
	return got, query.isLast(asked.paging, len(records)), nil
}

func nameOf(record json.RawMessage) (*string, error) {
	var text vendorhttp.ID
	if err := json.Unmarshal(record, &text); err != nil {
		return nil, err
	}
	name := decode(string(text))
	return &name, nil
}
