package anura

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
)

// maxSortings is by how many columns the vendor sorts.
const maxSortings = 3

// reportRequest is the body of a report. DrillDown's fields stand beside the
// others.
type reportRequest struct {
	scope
	Chart      bool   `json:"chart,omitempty"`
	Rates      bool   `json:"rates,omitempty"`
	Rules      bool   `json:"rules,omitempty"`
	Search     string `json:"search,omitempty"`
	StartsWith bool   `json:"startswith,omitempty"`
	Sort       string `json:"sort,omitempty"`
	paging
	drillDown
}

// drillDown is the row that is to be told apart further.
type drillDown struct {
	Browser        string `json:"browser,omitempty"`
	BrowserVersion string `json:"browser_version,omitempty"`
	OS             string `json:"os,omitempty"`
	OSVersion      string `json:"os_version,omitempty"`
	Manufacturer   string `json:"manufacturer,omitempty"`
	Model          string `json:"model,omitempty"`
	Type           string `json:"type,omitempty"`
	Country        string `json:"country,omitempty"`
	Region         string `json:"region,omitempty"`
	City           string `json:"city,omitempty"`
	Network        string `json:"network,omitempty"`
	Connection     string `json:"connection,omitempty"`
}

// ListReportRows sends a report, a page at a time.
func (s *Server) ListReportRows(
	req *anurav1.ListReportRowsRequest, stream grpc.ServerStreamingServer[anurav1.ListReportRowsResponse],
) error {
	asked, err := reportRequestOf(req, time.Now())
	if err != nil {
		return err
	}
	isScript := req.GetProduct() == anurav1.Product_PRODUCT_SCRIPT
	return sendPages(s, req.GetSource(), stream,
		func(ctx context.Context, c *client, number int) (*anurav1.ListReportRowsResponse, bool, error) {
			asked.Page, asked.Chart = number, req.GetChart() && number == 1
			return c.reportPage(ctx, reportPath(req.GetDimension(), isScript), asked, isScript)
		})
}

// reportPage reads one page of a report.
func (c *client) reportPage(
	ctx context.Context, path string, asked reportRequest, isScript bool,
) (*anurav1.ListReportRowsResponse, bool, error) {
	var answer fields
	var got *anurav1.ListReportRowsResponse
	var query wireQuery
	get := read("list_report_rows", path, budgetTables)
	get.Into = &answer
	get.Check = func(vendorhttp.Answer) *vendorhttp.Error {
		query = queryOf(answer["query"])
		var failure *vendorhttp.Error
		if got, failure = reportOf(answer, isScript); failure != nil {
			return failure
		}
		return query.fault(asked.Page)
	}
	if err := c.ask(ctx, get, asked); err != nil {
		return nil, false, err
	}
	got.Page, got.Results = int32(asked.Page), int64(query.Results)
	return got, query.isLast(asked.paging, len(got.GetRows())+len(got.GetRejected())), nil
}

func reportPath(dimension anurav1.Dimension, isScript bool) string {
	product := "/direct/"
	if isScript {
		product = "/script/"
	}
	return product + strings.ReplaceAll(word(dimension), "_", "-")
}

func reportRequestOf(req *anurav1.ListReportRowsRequest, now time.Time) (reportRequest, error) {
	if err := checkReport(req, now); err != nil {
		return reportRequest{}, err
	}
	sorting, err := sortingOf(req.GetSort())
	if err != nil {
		return reportRequest{}, err
	}
	d := req.GetDrillDown()
	size := pageSize
	if req.GetPageSize() > 0 {
		size = int(req.GetPageSize())
	}
	return reportRequest{
		scope: scopeOf(req), Rates: req.GetRates(), Rules: req.GetRules(),
		Search: url.QueryEscape(req.GetSearch()), StartsWith: req.GetStartsWith(), Sort: sorting,
		paging: paging{Limit: size},
		drillDown: drillDown{
			Browser: url.QueryEscape(d.GetBrowser()), BrowserVersion: url.QueryEscape(d.GetBrowserVersion()),
			OS: url.QueryEscape(d.GetOs()), OSVersion: url.QueryEscape(d.GetOsVersion()),
			Manufacturer: url.QueryEscape(d.GetManufacturer()), Model: url.QueryEscape(d.GetModel()),
			Type:    url.QueryEscape(d.GetType()),
			Country: url.QueryEscape(d.GetCountry()), Region: url.QueryEscape(d.GetRegion()), City: url.QueryEscape(d.GetCity()),
			Network: url.QueryEscape(d.GetNetwork()), Connection: url.QueryEscape(d.GetConnection()),
		},
	}, nil
}

func checkReport(req *anurav1.ListReportRowsRequest, now time.Time) error {
	switch {
	case req.GetProduct() != 0 && word(req.GetProduct()) == "":
		return rpc.FieldViolation("product", "is neither Direct nor Script")
	case word(req.GetDimension()) == "":
		return rpc.FieldViolation("dimension", "is missing or unknown")
	case req.GetPageSize() < 0 || req.GetPageSize() > pageSize:
		return rpc.FieldViolation("page_size", "is none from 0 to %d", pageSize)
	}
	if err := checkDrillDown(req.GetDrillDown(), req.GetDimension()); err != nil {
		return err
	}
	return checkWindow(req.GetStart(), req.GetEnd(), reportDays, now)
}

// checkDrillDown refuses what the report does not tell apart by: the vendor
// would leave it unread and answer with everything.
func checkDrillDown(d *anurav1.DrillDown, dimension anurav1.Dimension) error {
	allowed := drillDownsOf(dimension)
	var err error
	d.ProtoReflect().Range(func(field protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		if !slices.Contains(allowed, string(field.Name())) {
			err = rpc.FieldViolation("drill_down."+string(field.Name()), "is nothing that %s are told apart by",
				strings.ReplaceAll(word(dimension), "_", " "))
		}
		return err == nil
	})
	return err
}

func drillDownsOf(dimension anurav1.Dimension) []string {
	switch dimension {
	case anurav1.Dimension_DIMENSION_BROWSERS:
		return []string{"browser", "browser_version"}
	case anurav1.Dimension_DIMENSION_OPERATING_SYSTEMS:
		return []string{"os", "os_version"}
	case anurav1.Dimension_DIMENSION_DEVICES:
		return []string{"manufacturer", "model"}
	case anurav1.Dimension_DIMENSION_DEVICE_TYPES:
		return []string{"type"}
	case anurav1.Dimension_DIMENSION_GEOGRAPHY:
		return []string{"country", "region", "city"}
	case anurav1.Dimension_DIMENSION_NETWORKS:
		return []string{"network"}
	case anurav1.Dimension_DIMENSION_CONNECTIONS:
		return []string{"connection"}
	default:
		return nil
	}
}

// sortingOf writes an order as the vendor does: `3:desc,1:asc`.
func sortingOf(sortings []*anurav1.Sorting) (string, error) {
	if len(sortings) > maxSortings {
		return "", rpc.FieldViolation("sort", "has %d columns; the vendor sorts by %d", len(sortings), maxSortings)
	}
	parts := make([]string, 0, len(sortings))
	for _, sorting := range sortings {
		if sorting.GetColumn() < 0 {
			return "", rpc.FieldViolation("sort", "column %d is none", sorting.GetColumn())
		}
		way := "asc"
		if sorting.GetDescending() {
			way = "desc"
		}
		parts = append(parts, strconv.Itoa(int(sorting.GetColumn()))+":"+way)
	}
	return strings.Join(parts, ","), nil
}
