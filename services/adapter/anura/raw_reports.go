package anura

import (
	"context"
	"encoding/json"
	"net/url"

	"google.golang.org/grpc"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// rawListRequest is the body of POST /raw/table.
type rawListRequest struct {
	Search          string `json:"search,omitempty"`
	StartsWith      bool   `json:"startswith,omitempty"`
	Sort            string `json:"sort,omitempty"`
	ProcessingUsage bool   `json:"processing_usage,omitempty"`
	paging
}

// ListRawReports sends the raw reports, a page at a time.
func (s *Server) ListRawReports(
	req *anurav1.ListRawReportsRequest, stream grpc.ServerStreamingServer[anurav1.ListRawReportsResponse],
) error {
	sorting, err := sortingOf(req.GetSort())
	if err != nil {
		return err
	}
	asked := rawListRequest{
		Search: url.QueryEscape(req.GetSearch()), StartsWith: req.GetStartsWith(), Sort: sorting,
		ProcessingUsage: req.GetProcessingUsage(),
	}
	return sendPages(s, req.GetSource(), stream,
		func(ctx context.Context, c *client, number int) (*anurav1.ListRawReportsResponse, bool, error) {
			asked.paging = paging{Page: number, Limit: pageSize}
			return c.rawPage(ctx, asked)
		})
}

func (c *client) rawPage(ctx context.Context, asked rawListRequest) (*anurav1.ListRawReportsResponse, bool, error) {
	var answer fields
	var records []json.RawMessage
	var query wireQuery
	get := read("list_raw_reports", "/raw/table", budgetTables)
	get.Into = &answer
	get.Check = func(vendorhttp.Answer) *vendorhttp.Error {
		table, err := fieldsOf(answer["table"])
		if records = nil; err != nil || !table.take("rows", &records) || records == nil {
			return vendorhttp.Errorf(vendorhttp.BadAnswer, "answer has no table of raw reports")
		}
		query = queryOf(answer["query"])
		return query.fault(asked.Page)
	}
	if err := c.ask(ctx, get, asked); err != nil {
		return nil, false, err
	}
	delete(answer, "table")
	delete(answer, "query")
	reports, rejected := adapter.ReadEach(records, rawReportOf)
	return &anurav1.ListRawReportsResponse{
		RawReports: reports, Limits: limitsOf(answer), Rejected: rejectedRecords(rejected, 0), Extra: answer.rest(),
	}, query.isLast(asked.paging, len(records)), nil
}

// limitsOf takes the limits out of the answer; nil if it shows none.
func limitsOf(answer fields) *anurav1.RawLimits {
	processing, err := fieldsOf(answer["processing"])
	if err != nil {
		return nil
	}
	limits, err := fieldsOf(processing["limits"])
	if err != nil {
		return nil
	}
	delete(answer, "processing")
	delete(processing, "limits")
	for name, raw := range processing {
		answer["processing."+name] = raw
	}
	return &anurav1.RawLimits{
		MinutesTotal: limits.number("minutes_total"), MinutesAvailable: limits.number("minutes_available"),
		ApiConcurrent: limits.whole("api_concurrent"), DashboardConcurrent: limits.whole("dashboard_concurrent"),
		Extra: limits.rest(),
	}
}

// GetRawReport returns one raw report's description.
func (s *Server) GetRawReport(
	ctx context.Context, req *anurav1.GetRawReportRequest,
) (*anurav1.GetRawReportResponse, error) {
	if err := needRawID(req.GetRawReportId()); err != nil {
		return nil, err
	}
	return call(s, req.GetSource(), func(c *client) (*anurav1.GetRawReportResponse, error) {
		var record json.RawMessage
		got := &anurav1.GetRawReportResponse{}
		get := read("get_raw_report", "/raw/report")
		get.Into = &record
		get.Check = func(vendorhttp.Answer) *vendorhttp.Error {
			var err error
			if got.RawReport, err = rawReportOf(record); err != nil {
				return vendorhttp.Errorf(vendorhttp.BadAnswer, "answer: %v", err)
			}
			return nil
		}
		return got, c.ask(ctx, get, rawRef{Raw: url.QueryEscape(req.GetRawReportId())})
	})
}

// rawRef is the body of a call about one raw report.
type rawRef struct {
	Raw string `json:"raw"`
}

func needRawID(id string) error {
	if !adapter.IsPathPart(id) {
		return rpc.FieldViolation("raw_report_id", "is no id")
	}
	return nil
}
