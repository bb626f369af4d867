package analytics_test

import (
	"io/fs"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// coverage returns the rows of the page's table of endpoints: endpoint, known
// from, adapter call, poller, action.
func coverage(t *testing.T) [][]string {
	t.Helper()
	page, err := fs.ReadFile(os.DirFS("../../../docs/vendors"), "analytics.md")
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

func TestPage_HasEveryMethodOnceAndAReasonForEachEndpointWithoutOne(t *testing.T) {
	t.Parallel()
	name := regexp.MustCompile("^`([A-Za-z]+)`$")
	var listed []string
	endpoints := map[string]bool{}
	for _, row := range coverage(t) {
		require.False(t, endpoints[row[0]], "%s is there twice", row[0])
		endpoints[row[0]] = true
		if match := name.FindStringSubmatch(row[2]); match != nil {
			listed = append(listed, match[1])
			continue
		}
		require.Regexp(t, `^none: \S.{10,}`, row[2], row[0])
	}
	require.ElementsMatch(t, methods(), listed)
}

// TestPage_EndpointsAreWhatTheCallsAskFor makes each call once and compares
// what the vendor is asked with the page.
func TestPage_EndpointsAreWhatTheCallsAskFor(t *testing.T) {
	t.Parallel()
	part := regexp.MustCompile(`\{[a-z]+\}`)
	all := calls()
	for _, row := range coverage(t) {
		call, ok := all[strings.Trim(row[2], "`")]
		if !ok {
			continue
		}
		t.Run(row[2], func(t *testing.T) {
			t.Parallel()
			b := newBench(t, http.NotFoundHandler())
			_ = call(t.Context(), b) // whatever it makes of no answer
			requests := b.Requests()
			require.Len(t, requests, 1)
			method, path, _ := strings.Cut(strings.Trim(row[0], "`"), " ")
			require.Equal(t, method, requests[0].Method)
			require.Regexp(t, "^"+part.ReplaceAllString("/api/v2"+path, "[^/]+")+"$", requests[0].Path)
		})
	}
}
