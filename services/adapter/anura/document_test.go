package anura_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

// The vendor's document prints neither a request nor an answer. Those in
// testdata/document have the fields, and where they are shown the values, of
// the vendor's public pages.

// documentRequest is a request as those pages describe it.
type documentRequest struct {
	path string
	// body is the request's, without its token. Days are START and END.
	body string
	// answer is the file of the answer.
	answer string
	call   someCall
}

func documentRequests(t *testing.T) map[string]documentRequest {
	t.Helper()
	type client = anurav1.AnuraServiceClient
	start, end := day(t, 6), day(t, 0)
	const days, page = `"start":START,"end":END`, `"page":1,"limit":1000`
	whole := someReport(t)
	whole.Product, whole.Dimension = anurav1.Product_PRODUCT_SCRIPT, anurav1.Dimension_DIMENSION_OPERATING_SYSTEMS
	whole.Instance, whole.TrafficSource, whole.Campaign, whole.Search, whole.StartsWith = "1001", "ads", "spring sale", "Mac OS", true
	whole.Rates, whole.Rules, whole.Chart, whole.PageSize = true, true, true, 50
	whole.Sort = []*anurav1.Sorting{{Column: 3, Descending: true}, {Column: 1}}
	whole.DrillDown = &anurav1.DrillDown{Os: "Mac OS X", OsVersion: "10.15"}
	create := someRawReport(t)
	create.AdditionalColumns = []int32{1, 3, 5}
	create.Filters = []*anurav1.RawFilter{
		{Column: "result", Operator: anurav1.RawOperator_RAW_OPERATOR_NOT_CONTAINS, Value: "a b"},
		{Column: "3", Operator: anurav1.RawOperator_RAW_OPERATOR_NOT_EMPTY},
	}
	create.Start, create.End = start, end
	return map[string]documentRequest{
		"sources": {
			"/v1/interface/sources", `{` + days + `,"instance":1001,"source":"your+source","all":false,` + page + `}`, "sources",
			streamed(client.ListSources, &anurav1.ListSourcesRequest{Source: source, Start: start, End: end, Instance: "1001", Name: "your source", ExcludeAll: true}),
		},
		"campaigns": {
			"/v1/interface/campaigns", `{` + days + `,"source":"ads","campaign":"50%25",` + page + `}`, "campaigns",
			streamed(client.ListCampaigns, &anurav1.ListCampaignsRequest{Source: source, Start: start, End: end, TrafficSource: "ads", Name: "50%"}),
		},
		"sessions": {"/v1/direct/sessions", `{` + days + `,` + page + `}`, "sessions", calls(t)["ListReportRows"]},
		"operating systems": {"/v1/script/operating-systems", `{` + days + `,"instance":1001,"source":"ads","campaign":"spring+sale",
			"chart":true,"rates":true,"rules":true,"search":"Mac+OS","startswith":true,"sort":"3:desc,1:asc","page":1,"limit":50,
			"os":"Mac+OS+X","os_version":"10.15"}`, "sessions", streamed(client.ListReportRows, whole)},
		"script overview": {
			"/v1/script/overview", `{` + days + `,"instance":"All+Instances","source":"a%26b","campaign":"c","chart":true}`, "",
			unary(client.GetScriptOverview, &anurav1.GetScriptOverviewRequest{Source: source, Start: start, End: end, Instance: "All Instances", TrafficSource: "a&b", Campaign: "c"}),
		},
		"raw request": {"/v1/raw/request", `{` + days + `,"type":"direct","instance":1001,"standard":["source","result"],"additional":[1,3,5],
			"filters":[{"column":"result","operator":"not_contains","value":"a+b"},{"column":"3","operator":"not_empty","value":""}],
			"name":"audit+%26+more","send_email":false}`, "", unary(client.CreateRawReport, create)},
		"raw table": {
			"/v1/raw/table", `{"search":"audit","startswith":true,"sort":"3:desc","processing_usage":true,` + page + `}`, "raw_table",
			streamed(client.ListRawReports, &anurav1.ListRawReportsRequest{
				Source: source, Search: "audit", StartsWith: true, ProcessingUsage: true, Sort: []*anurav1.Sorting{{Column: 3, Descending: true}},
			}),
		},
		"raw report":   {"/v1/raw/report", `{"raw":"kuDZdF6v"}`, "raw_report", calls(t)["GetRawReport"]},
		"raw download": {"/v1/raw/download/kuDZdF6v", `{"raw":"kuDZdF6v"}`, "", calls(t)["GetRawReportLink"]},
	}
}

func answerOf(t *testing.T, name string, request documentRequest) string {
	t.Helper()
	switch name {
	case "script overview":
		return `{"total":{"good":1},"chart":[["Date","Good"]]}`
	case "raw request":
		return `{"success":true,"message":"Fine","id":"kuDZdF6v"}`
	case "raw download":
		return `{"url":"https%3A%2F%2Ffiles.example.com%2Fa.zip%3Fsignature%3Da%252Bb"}`
	default:
		return adaptertest.Recorded(t, "document/"+request.answer+".json")
	}
}

func TestDocument_Requests(t *testing.T) {
	t.Parallel()
	for name, tc := range documentRequests(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, adaptertest.Answer(http.StatusOK, answerOf(t, name, tc)))
			require.NoError(t, tc.call.make(t.Context(), b))
			requests := b.Requests()
			require.Len(t, requests, 1)
			require.Equal(t, http.MethodPost, requests[0].Method)
			require.Equal(t, tc.path, requests[0].Path)
			require.Empty(t, requests[0].Query)
			require.Equal(t, "application/json", requests[0].Header.Get("Content-Type"))
			want := strings.NewReplacer("START", decimal(day(t, 6)), "END", decimal(day(t, 0))).Replace(tc.body)
			require.JSONEq(t, `{"token":"`+encodedToken+`",`+strings.TrimPrefix(want, "{"), requests[0].Body)
		})
	}
}

// TestDocument_Answers reads each answer of the public pages.
func TestDocument_Answers(t *testing.T) {
	t.Parallel()
	first := func(pages []*anurav1.ListReportRowsResponse, err error) (proto.Message, error) { return pages[0], err }
	for name, read := range map[string]func(context.Context, anurav1.AnuraServiceClient) (proto.Message, error){
		"sessions": func(ctx context.Context, c anurav1.AnuraServiceClient) (proto.Message, error) {
			return first(drain(c.ListReportRows(ctx, someReport(t))))
		},
		"raw_table": func(ctx context.Context, c anurav1.AnuraServiceClient) (proto.Message, error) {
			pages, err := drain(c.ListRawReports(ctx, &anurav1.ListRawReportsRequest{Source: source}))
			return pages[0], err
		},
		"raw_report": func(ctx context.Context, c anurav1.AnuraServiceClient) (proto.Message, error) {
			return c.GetRawReport(ctx, &anurav1.GetRawReportRequest{Source: source, RawReportId: rawID})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, adaptertest.Answer(http.StatusOK, adaptertest.Recorded(t, "document/"+name+".json")))
			got, err := read(t.Context(), clientOf(b))
			require.NoError(t, err)
			adaptertest.Golden(t, "document/"+name+".golden.json", got)
		})
	}
}

func TestDocument_NamesAreDecoded(t *testing.T) {
	t.Parallel()
	b := newBench(t, adaptertest.Answer(http.StatusOK, adaptertest.Recorded(t, "document/sources.json")))
	pages, err := drain(clientOf(b).ListSources(t.Context(), &anurav1.ListSourcesRequest{Source: source, Start: day(t, 0), End: day(t, 0)}))
	require.NoError(t, err)
	require.Len(t, pages, 1)
	adaptertest.EqualJSON(t, `{"names":["All Sources","yourSource&more"],"results":"2"}`, pages[0])
}

func TestDocument_LinksAreDecodedOnce(t *testing.T) {
	t.Parallel()
	const want = "https://files.example.com/a.zip?signature=a%2Bb"
	for _, link := range []string{"https%3A%2F%2Ffiles.example.com%2Fa.zip%3Fsignature%3Da%252Bb", want} {
		b := newBench(t, adaptertest.Answer(http.StatusOK, `{"url":"`+link+`"}`))
		got, err := clientOf(b).GetRawReportLink(t.Context(), &anurav1.GetRawReportLinkRequest{Source: source, RawReportId: rawID})
		require.NoError(t, err)
		require.Equal(t, want, got.GetUrl())
	}
}

// TestDocument_WhatIsNotKnownIsKept reads an overview and a report with more
// than anybody documents, and in other shapes.
func TestDocument_WhatIsNotKnownIsKept(t *testing.T) {
	t.Parallel()
	b := newBench(t, adaptertest.Answer(http.StatusOK,
		`{"total":{"good":"7","unsure":[1],"bad":null},"chart":[["Good","Date","Unsure"],["5",20260924,{"n":1}],[7,"soon",1],[7]]}`))
	got, err := clientOf(b).GetScriptOverview(t.Context(), &anurav1.GetScriptOverviewRequest{Source: source, Start: day(t, 1), End: day(t, 0)})
	require.NoError(t, err)
	got.Raw = ""
	require.Len(t, got.GetRejected(), 2)
	require.Equal(t, int32(2), got.GetRejected()[0].GetIndex())
	got.Rejected = nil
	adaptertest.EqualJSON(t, `{"total":{"good":"7","extra":{"unsure":"[1]"}},
		"days":[{"day":20260924,"counts":{"good":"5","extra":{"unsure":"{\"n\":1}"}}}]}`, got)

	b = newBench(t, adaptertest.Answer(http.StatusOK, `{"total":{"suspect":"x"},"rules":{"bot":3},"chart":7,
		"table":{"headers":["Browser+Version","Suspect"],"rows":[["10.0","8"],["11",true],[null,null],["12"],[{"a":1},2],[7,2],"x"],"all":[],"note":"n"}}`))
	pages, err := drain(clientOf(b).ListReportRows(t.Context(), someReport(t)))
	require.NoError(t, err)
	adaptertest.EqualJSON(t, `{"columns":[{"name":"Browser Version"},{"name":"Suspect","measure":"MEASURE_SUSPECT"}],
		"rows":[{"cells":[{"text":"10.0"},{"number":8}]},{"cells":[{},{}]},{"cells":[{"json":"{\"a\":1}"},{"number":2}]},{"cells":[{"number":7},{"number":2}]}],
		"rejected":[{"index":1,"reason":"Suspect is no number","raw":"[\"11\",true]"},{"index":3,"reason":"row has 1 cells for 2 columns","raw":"[\"12\"]"},
			{"index":6,"reason":"row is no list","raw":"\"x\""}],
		"page":1,"extra":{"total":"{\"suspect\":\"x\"}","rules":"{\"bot\":3}","chart":"7","table.all":"[]","table.note":"\"n\""}}`, pages[0])
	_, err = protojson.Marshal(pages[0])
	require.NoError(t, err)
}
