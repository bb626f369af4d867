package anura_test

import (
	"context"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

// coverage returns the rows of the page's table of endpoints: endpoint, known
// from, adapter call, poller, action.
func coverage(t *testing.T) [][]string {
	t.Helper()
	page, err := fs.ReadFile(os.DirFS("../../../docs/vendors"), "anura.md")
	require.NoError(t, err)
	_, table, ok := strings.Cut(string(page), "| endpoint | known from | adapter call | poller | action |\n|---|---|---|---|---|\n")
	require.True(t, ok, "the page has no table of endpoints")
	table, _, _ = strings.Cut(table, "\n\n")
	var rows [][]string
	for line := range strings.Lines(table) {
		var cells []string
		for cell := range strings.SplitSeq(strings.Trim(strings.TrimSpace(line), "|"), "|") {
			cells = append(cells, strings.TrimSpace(cell))
		}
		require.Len(t, cells, 5, line)
		rows = append(rows, cells)
	}
	return rows
}

// asking returns, by endpoint, what each call asks for: one of every method,
// and one of every report of both products.
func asking(t *testing.T) map[string]string {
	t.Helper()
	all := calls(t)
	delete(all, "ListReportRows")
	endpoints := map[string]string{}
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
	return "`" + requests[0].Method + " " + strings.Replace(path, "/"+rawID, "/{id}", 1) + "`"
}

func TestPage_HasEveryEndpointOnceAndAReasonForEachWithoutACall(t *testing.T) {
	t.Parallel()
	name := regexp.MustCompile("^`([A-Za-z]+)`$")
	listed := map[string]string{}
	for _, row := range coverage(t) {
		require.NotContains(t, listed, row[0], "it is there twice")
		if match := name.FindStringSubmatch(row[2]); match != nil {
			listed[row[0]] = match[1]
			continue
		}
		require.Regexp(t, `^none: \S.{10,}`, row[2], row[0])
	}
	require.Equal(t, asking(t), listed)
	require.ElementsMatch(t, methods(), slices.Compact(slices.Sorted(maps.Values(listed))))
}
