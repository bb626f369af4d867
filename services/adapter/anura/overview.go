package anura

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// GetOverview returns the counts of a range of days. A range that the vendor
// would refuse is refused here, before a call is spent on it. A day that
// cannot be read is rejected.
func (s *Server) GetOverview(
	ctx context.Context, req *anurav1.GetOverviewRequest,
) (*anurav1.GetOverviewResponse, error) {
	if err := checkWindow(req.GetStart(), req.GetEnd(), overviewDays, time.Now()); err != nil {
		return nil, err
	}
	got, err := call(s, req.GetSource(), func(c *client) (*overview, error) { return c.getOverview(ctx, req) })
	if err != nil {
		return nil, err
	}
	days, rejected := adapter.ReadEach(got.rows, func(row json.RawMessage) (*anurav1.DayCounts, error) {
		return got.columns.dayOf(row)
	})
	slices.SortStableFunc(days, func(a, b *anurav1.DayCounts) int { return cmp.Compare(a.GetDay(), b.GetDay()) })
	return &anurav1.GetOverviewResponse{
		Total: got.total, Days: days, Raw: got.raw, Rejected: rejectedRecords(rejected, firstDayRow),
	}, nil
}

func (c *client) getOverview(ctx context.Context, req *anurav1.GetOverviewRequest) (*overview, error) {
	var w wireOverview
	var got *overview
	get := read("get_overview", "/direct/overview")
	get.Into = &w
	get.Check = func(answer vendorhttp.Answer) *vendorhttp.Error {
		var failure *vendorhttp.Error
		if got, failure = w.overview(req.GetStart(), req.GetEnd()); failure == nil {
			got.raw = adapter.Raw(answer.Body)
		}
		return failure
	}
	err := c.ask(ctx, get, overviewRequest{scope: scopeOf(req), Chart: true})
	return got, err
}

// GetScriptOverview returns the Script product's results of a range of days. A
// day that cannot be read is rejected.
func (s *Server) GetScriptOverview(
	ctx context.Context, req *anurav1.GetScriptOverviewRequest,
) (*anurav1.GetScriptOverviewResponse, error) {
	if err := checkWindow(req.GetStart(), req.GetEnd(), overviewDays, time.Now()); err != nil {
		return nil, err
	}
	return call(s, req.GetSource(), func(c *client) (*anurav1.GetScriptOverviewResponse, error) {
		return c.getScriptOverview(ctx, req)
	})
}

func (c *client) getScriptOverview(
	ctx context.Context, req *anurav1.GetScriptOverviewRequest,
) (*anurav1.GetScriptOverviewResponse, error) {
	var w wireOverview
	var got *anurav1.GetScriptOverviewResponse
	get := read("get_script_overview", "/script/overview")
	get.Into = &w
	get.Check = func(answer vendorhttp.Answer) *vendorhttp.Error {
		var failure *vendorhttp.Error
		if got, failure = w.scriptOverview(req.GetStart(), req.GetEnd()); failure == nil {
			got.Raw = adapter.Raw(answer.Body)
		}
		return failure
	}
	err := c.ask(ctx, get, overviewRequest{scope: scopeOf(req), Chart: true})
	return got, err
}
