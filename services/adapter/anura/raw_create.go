package anura

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
)

// rawRequest is the body of POST /raw/request. Without send_email, the vendor
// would send one.
type rawRequest struct {
	Type       string          `json:"type"`
	Instance   any             `json:"instance"`
	Start      int32           `json:"start"`
	End        int32           `json:"end"`
	Standard   []string        `json:"standard"`
	Additional []int32         `json:"additional,omitempty"`
	Filters    []wireRawFilter `json:"filters,omitempty"`
	Name       string          `json:"name,omitempty"`
	SendEmail  bool            `json:"send_email"`
}

type wireRawFilter struct {
	Column   string `json:"column"`
	Operator string `json:"operator"`
	Value    string `json:"value"`
}

// CreateRawReport has a raw report made, once: it uses up processing minutes,
// and the vendor keeps no two requests apart. One of unknown outcome is looked
// for by its name.
func (s *Server) CreateRawReport(
	ctx context.Context, req *anurav1.CreateRawReportRequest,
) (*anurav1.CreateRawReportResponse, error) {
	if err := checkRawReport(req, time.Now()); err != nil {
		return nil, err
	}
	return call(s, req.GetSource(), func(c *client) (*anurav1.CreateRawReportResponse, error) {
		return c.createRawReport(ctx, rawRequestOf(req))
	})
}

func (c *client) createRawReport(ctx context.Context, asked rawRequest) (*anurav1.CreateRawReportResponse, error) {
	var answer fields
	got := &anurav1.CreateRawReportResponse{}
	post := vendorhttp.Request{Operation: "create_raw_report", Path: "/raw/request", Effect: true, Urgent: true, Into: &answer}
	post.Check = func(vendorhttp.Answer) *vendorhttp.Error {
		isDenied := len(answer["success"]) > 0 && !answer.flag("success")
		got.RawReportId, got.Message = answer.text("id"), answer.text("message")
		switch {
		case isDenied:
			return vendorhttp.Errorf(vendorhttp.Refused, "vendor makes no such report: %s", got.GetMessage())
		case got.GetRawReportId() == "":
			return vendorhttp.Errorf(vendorhttp.BadAnswer, "answer has no id of the report")
		default:
			return nil
		}
	}
	err := c.ask(ctx, post, asked)
	return got, err
}

func rawRequestOf(req *anurav1.CreateRawReportRequest) rawRequest {
	asked := rawRequest{
		Type: word(req.GetType()), Instance: instanceParameter(req.GetInstance()),
		Start: req.GetStart(), End: req.GetEnd(), Additional: req.GetAdditionalColumns(),
		Name: url.QueryEscape(req.GetName()), SendEmail: req.GetSendEmail(),
	}
	for _, column := range req.GetStandardColumns() {
		asked.Standard = append(asked.Standard, url.QueryEscape(column))
	}
	for _, f := range req.GetFilters() {
		asked.Filters = append(asked.Filters, wireRawFilter{
			Column: url.QueryEscape(f.GetColumn()), Operator: word(f.GetOperator()), Value: url.QueryEscape(f.GetValue()),
		})
	}
	return asked
}

func checkRawReport(req *anurav1.CreateRawReportRequest, now time.Time) error {
	switch {
	case word(req.GetType()) == "":
		return rpc.FieldViolation("type", "is missing or unknown")
	case req.GetInstance() == "":
		return rpc.FieldViolation("instance", "is missing; a raw report is of one instance")
	case len(req.GetStandardColumns()) == 0:
		return rpc.FieldViolation("standard_columns", "names no column; a raw report has at least one")
	case slices.Contains(req.GetStandardColumns(), ""):
		return rpc.FieldViolation("standard_columns", "has a column without a name")
	}
	if err := checkWindow(req.GetStart(), req.GetEnd(), rawDays, now); err != nil {
		return err
	}
	for _, filter := range req.GetFilters() {
		if err := checkRawFilter(filter, req); err != nil {
			return err
		}
	}
	return nil
}

// checkRawFilter refuses a filter on a column that the report does not have,
// which the vendor documents that it cannot use.
func checkRawFilter(filter *anurav1.RawFilter, req *anurav1.CreateRawReportRequest) error {
	number, err := strconv.ParseInt(filter.GetColumn(), 10, 32)
	isAdditional := err == nil && slices.Contains(req.GetAdditionalColumns(), int32(number))
	switch {
	case !isAdditional && !slices.Contains(req.GetStandardColumns(), filter.GetColumn()):
		return rpc.FieldViolation("filters", "column %q is none of the report's", filter.GetColumn())
	case word(filter.GetOperator()) == "":
		return rpc.FieldViolation("filters", "the operator on %q is missing or unknown", filter.GetColumn())
	default:
		return nil
	}
}
