package anura_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

func TestRawReports_WhatIsInAnotherShapeIsKeptWhole(t *testing.T) {
	t.Parallel()
	b := newBench(t, adaptertest.Answer(http.StatusOK, `{"id":7,"type":"Other","status":"Cancelled+by+you","created":false,
		"requested":1664025751,"failed":"soon","columns":{"standard":["a",{}],"additional":[1.5],"more":1},
		"filters":[{"column":"a","operator":"equals","value":"b"},{"column":"a","operator":"like","value":"b"}],
		"start":"00000101","end":"20260924","send_email":"1","rows":-1}`))
	got, err := clientOf(b).GetRawReport(t.Context(), &anurav1.GetRawReportRequest{Source: source, RawReportId: rawID})
	require.NoError(t, err)
	adaptertest.EqualJSON(t, `{"rawReport":{"id":"7","statusText":"Cancelled by you","end":20260924,"sendEmail":true,"extra":{
		"type":"\"Other\"","requested":"1664025751","failed":"\"soon\"","start":"\"00000101\"","rows":"-1",
		"columns.standard":"[\"a\",{}]","columns.additional":"[1.5]","columns.more":"1",
		"filters":"[{\"column\":\"a\",\"operator\":\"equals\",\"value\":\"b\"},{\"column\":\"a\",\"operator\":\"like\",\"value\":\"b\"}]"}}}`, got)
}

func TestRawReports_ABadOneCostsOnlyItself(t *testing.T) {
	t.Parallel()
	b := newBench(t, adaptertest.Answer(http.StatusOK,
		`{"processing":{"limits":{"minutes_total":"360","new":1},"usage":[2]},"table":{"rows":[{"id":"a"},7,{"name":"x"},{"id":"b"}]}}`))
	pages, err := drain(clientOf(b).ListRawReports(t.Context(), &anurav1.ListRawReportsRequest{Source: source}))
	require.NoError(t, err)
	require.Len(t, pages, 1)
	adaptertest.EqualJSON(t, `{"rawReports":[{"id":"a"},{"id":"b"}],"limits":{"minutesTotal":360,"extra":{"new":"1"}},
		"extra":{"processing.usage":"[2]"},"rejected":[{"index":1,"reason":"raw report is no object","raw":"7"},
			{"index":2,"reason":"raw report has no id","raw":"{\"name\":\"x\"}"}]}`, pages[0])
}

// TestTexts_ThatHideNoTextAreStillSent decodes what no message could carry.
func TestTexts_ThatHideNoTextAreStillSent(t *testing.T) {
	t.Parallel()
	b := newBench(t, adaptertest.Answer(http.StatusOK, `{"sources":["%FFads","50%","a%2Bb",7,[]]}`))
	pages, err := drain(clientOf(b).ListSources(t.Context(), &anurav1.ListSourcesRequest{Source: source, Start: day(t, 0), End: day(t, 0)}))
	require.NoError(t, err)
	require.Equal(t, []string{"\uFFFDads", "50%", "a+b", "7"}, pages[0].GetNames())
	require.Len(t, pages[0].GetRejected(), 1)
	require.Equal(t, int32(4), pages[0].GetRejected()[0].GetIndex())
}
