package anura_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

// asking returns, by endpoint, what each call asks for: one of every method,
// and one of every report of both products.
func asking(t *testing.T) map[string]string {
	t.Helper()
	all := calls(t)
	delete(all, "ListReportRows")
	delete(all, "DownloadRawReport")
	endpoints := map[string]string{"the file behind a download link": "DownloadRawReport"}
	for name, call := range all {
		endpoints[endpointOf(t, call.make)] = name
	}
	for product := range anurav1.Product_name {
		for dimension := range anurav1.Dimension_name {
			if product == 0 || dimension == 0 {
				continue
			}
			req := someReport(t)
			req.Product, req.Dimension = anurav1.Product(product), anurav1.Dimension(dimension)
			endpoints[endpointOf(t, streamed(anurav1.AnuraServiceClient.ListReportRows, req).make)] = "ListReportRows"
		}
	}
	return endpoints
}

// endpointOf returns what the page calls the endpoint of a call.
func endpointOf(t *testing.T, call func(context.Context, *adaptertest.Bench) error) string {
	t.Helper()
	b := newBench(t, adaptertest.Answer(200, ""))
	_ = call(t.Context(), b) // whatever it makes of no answer
	requests := b.Requests()
	require.Len(t, requests, 1)
	path, ok := strings.CutPrefix(requests[0].Path, "/v1")
	require.True(t, ok)
	return requests[0].Method + " " + strings.Replace(path, "/"+rawID, "/{id}", 1)
}

func TestPage_HasEveryEndpointOnceAndAReasonForEachWithoutACall(t *testing.T) {
	t.Parallel()
	listed := map[string]string{}
	for _, row := range adaptertest.Endpoints(t, "anura.md") {
		if row.Call != "" {
			listed[row.Name] = row.Call
		}
	}
	require.Equal(t, asking(t), listed)
	require.ElementsMatch(t, methods(), slices.Compact(slices.Sorted(maps.Values(listed))))
}
