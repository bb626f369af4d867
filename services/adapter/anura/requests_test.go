package anura_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

func TestRequests_ThatCannotBeMeantAreRefusedBeforeTheCall(t *testing.T) {
	t.Parallel()
	type client = anurav1.AnuraServiceClient
	report := func(change func(*anurav1.ListReportRowsRequest)) someCall {
		req := someReport(t)
		change(req)
		return streamed(client.ListReportRows, req)
	}
	raw := func(change func(*anurav1.CreateRawReportRequest)) someCall {
		req := someRawReport(t)
		change(req)
		return unary(client.CreateRawReport, req)
	}
	filter := func(column string, operator anurav1.RawOperator) someCall {
		return raw(func(r *anurav1.CreateRawReportRequest) {
			r.AdditionalColumns = []int32{3}
			r.Filters = []*anurav1.RawFilter{{Column: column, Operator: operator}}
		})
	}
	equals := anurav1.RawOperator_RAW_OPERATOR_EQUALS
	for name, tc := range map[string]struct {
		field string
		call  someCall
	}{
		"sources of 8 days":      {"start", streamed(client.ListSources, &anurav1.ListSourcesRequest{Source: source, Start: day(t, 7), End: day(t, 0)})},
		"campaigns of 8 days":    {"start", streamed(client.ListCampaigns, &anurav1.ListCampaignsRequest{Source: source, Start: day(t, 7), End: day(t, 7)})},
		"campaigns backwards":    {"end", streamed(client.ListCampaigns, &anurav1.ListCampaignsRequest{Source: source, Start: day(t, 1), End: day(t, 2)})},
		"script, 32 days":        {"start", unary(client.GetScriptOverview, &anurav1.GetScriptOverviewRequest{Source: source, Start: day(t, 31), End: day(t, 0)})},
		"report of 8 days":       {"start", report(func(r *anurav1.ListReportRowsRequest) { r.Start = day(t, 7) })},
		"report of tomorrow":     {"end", report(func(r *anurav1.ListReportRowsRequest) { r.End = day(t, -1) })},
		"report by nothing":      {"dimension", report(func(r *anurav1.ListReportRowsRequest) { r.Dimension = 0 })},
		"report by no word":      {"dimension", report(func(r *anurav1.ListReportRowsRequest) { r.Dimension = 99 })},
		"report of no product":   {"product", report(func(r *anurav1.ListReportRowsRequest) { r.Product = 99 })},
		"report in long pages":   {"page_size", report(func(r *anurav1.ListReportRowsRequest) { r.PageSize = 1001 })},
		"report in no pages":     {"page_size", report(func(r *anurav1.ListReportRowsRequest) { r.PageSize = -1 })},
		"sorted by four":         {"sort", report(func(r *anurav1.ListReportRowsRequest) { r.Sort = make([]*anurav1.Sorting, 4) })},
		"sorted by none":         {"sort", report(func(r *anurav1.ListReportRowsRequest) { r.Sort = []*anurav1.Sorting{{Column: -1}} })},
		"sessions of a browser":  {"drill_down.browser", report(func(r *anurav1.ListReportRowsRequest) { r.DrillDown = &anurav1.DrillDown{Browser: "x"} })},
		"raw list sorted by 4":   {"sort", streamed(client.ListRawReports, &anurav1.ListRawReportsRequest{Source: source, Sort: make([]*anurav1.Sorting, 4)})},
		"raw of 91 days":         {"start", raw(func(r *anurav1.CreateRawReportRequest) { r.Start = day(t, 90) })},
		"raw of tomorrow":        {"end", raw(func(r *anurav1.CreateRawReportRequest) { r.End = day(t, -1) })},
		"raw of nothing":         {"type", raw(func(r *anurav1.CreateRawReportRequest) { r.Type = 0 })},
		"raw of all":             {"instance", raw(func(r *anurav1.CreateRawReportRequest) { r.Instance = "" })},
		"raw without columns":    {"standard_columns", raw(func(r *anurav1.CreateRawReportRequest) { r.StandardColumns = nil })},
		"raw with a nameless":    {"standard_columns", raw(func(r *anurav1.CreateRawReportRequest) { r.StandardColumns = []string{"a", ""} })},
		"filter elsewhere":       {"filters", filter("country", equals)},
		"filter on additional 4": {"filters", filter("4", equals)},
		"filter of no operator":  {"filters", filter("source", 0)},
		"filter of no word":      {"filters", filter("3", 99)},
		"no raw report":          {"raw_report_id", unary(client.GetRawReport, &anurav1.GetRawReportRequest{Source: source})},
		"raw report elsewhere":   {"raw_report_id", unary(client.GetRawReport, &anurav1.GetRawReportRequest{Source: source, RawReportId: ".."})},
		"no file":                {"raw_report_id", streamed(client.DownloadRawReport, &anurav1.DownloadRawReportRequest{Source: source, RawReportId: ".."})},
		"no file of that size":   {"max_bytes", streamed(client.DownloadRawReport, &anurav1.DownloadRawReportRequest{Source: source, RawReportId: "a", MaxBytes: 1<<30 + 1})},
		"a file below nothing":   {"max_bytes", streamed(client.DownloadRawReport, &anurav1.DownloadRawReportRequest{Source: source, RawReportId: "a", MaxBytes: -1})},
		"no raw report to load":  {"raw_report_id", unary(client.GetRawReportLink, &anurav1.GetRawReportLinkRequest{Source: source, RawReportId: "."})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, http.NotFoundHandler())
			b.ExpectInvalid(t, tc.call.make(t.Context(), b), tc.field)
		})
	}
}

func TestRequests_AnIDCannotLeadElsewhere(t *testing.T) {
	t.Parallel()
	b := newBench(t, adaptertest.Answer(http.StatusOK, `{"url":"https://x/"}`))
	_, err := clientOf(b).GetRawReportLink(t.Context(), &anurav1.GetRawReportLinkRequest{Source: source, RawReportId: "../request?a"})
	require.NoError(t, err)
	require.Equal(t, "/v1/raw/download/..%2Frequest%3Fa", b.Requests()[0].Path)
}

func TestRequests_OfAnUnknownSourceAreRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t, http.NotFoundHandler())
	req := someReport(t)
	req.Source = "elsewhere"
	_, err := drain(clientOf(b).ListReportRows(t.Context(), req))
	require.ErrorContains(t, err, `source "elsewhere" is no anura account of this process`)
}

// rowsOf is a page of so many rows that says of itself what query says.
func rowsOf(rows int, query string) http.Handler {
	row := `["a",1],`
	return adaptertest.Answer(http.StatusOK,
		`{"table":{"headers":["A","Suspect"],"rows":[`+strings.TrimSuffix(strings.Repeat(row, rows), ",")+`]},"query":`+query+`}`)
}

func TestPages_OfAVendorThatDoesNotTurnThemAreAnError(t *testing.T) {
	t.Parallel()
	b := newBench(t, rowsOf(3, `{"page":1,"pages":2}`))
	pages, err := drain(clientOf(b).ListReportRows(t.Context(), someReport(t)))
	b.Expect(t, err, adaptertest.BadAnswer(), token)
	require.ErrorContains(t, err, "answer is page 1 where page 2 was asked for")
	require.Len(t, pages, 1, "what was read is sent")
}

func TestPages_EndWithoutACountOfThem(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		query string
		calls int
	}{"none": {`false`, 2}, "unreadable": {`{"pages":"many"}`, 2}, "too many said": {`{"pages":9}`, 3}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := 0
			b := newBench(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked++
				rows := map[int]int{1: 4, 2: 3}[asked]
				rowsOf(rows, tc.query).ServeHTTP(w, r)
			}))
			req := someReport(t)
			req.PageSize = 4
			pages, err := drain(clientOf(b).ListReportRows(t.Context(), req))
			require.NoError(t, err)
			require.Len(t, pages, tc.calls)
			require.Equal(t, tc.calls, b.Calls())
		})
	}
}

func TestPages_TheBudgetOfListsLeavesSomeForTheCountsOfTheDay(t *testing.T) {
	t.Parallel()
	b := newBench(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/overview") {
			_, _ = fmt.Fprint(w, adaptertest.Recorded(t, "overview.json"))
			return
		}
		rowsOf(1, `{"pages":1}`).ServeHTTP(w, r)
	}))
	for range 20 {
		require.NoError(t, calls(t)["ListReportRows"].make(t.Context(), b))
	}
	b.Expect(t, calls(t)["ListReportRows"].make(t.Context(), b), adaptertest.RateLimited())
	for range 10 {
		require.NoError(t, overview(t.Context(), t, b))
	}
	require.Equal(t, 30, b.Calls())
}
