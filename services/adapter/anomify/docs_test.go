package anomify_test

import (
	"io/fs"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// coverage returns the rows of the page's table of endpoints: endpoint, known
// from, adapter call, poller, action.
func coverage(t *testing.T) [][]string {
	t.Helper()
	page, err := fs.ReadFile(os.DirFS("../../../docs/vendors"), "anomify.md")
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

// documented are the endpoints of the vendor's list, but for three rows of it
// that are leftovers of the vendor's own tests ("/login DEBUG …").
const documented = `
/anomalies
/anomaly/lookup /anomaly/train /anomaly/{anomaly_id}
/billing/checkoutcallback /billing/getcheckoutsession /billing/getportalsession /billing/history
/doc/openapi
/exclusion/add /exclusion/delete /exclusion/list /exclusion/test /exclusion/types
/image/anomaly /image/metric
/js/eventsender
/login /login/forgotpassword /login/resetpassword /login/validateclient
/match/{match_id} /match/{match_id}/graph /match/{match_id}/motif/graph
/metric/{metric_name} /metric/{metric_name}/anomalies /metric/{metric_name}/anomalysummary
/metric/{metric_name}/bundle /metric/{metric_name}/graph /metric/{metric_name}/patterns
/metric/{metric_name}/timeseries /metric/{metric_name}/yhat
/metrics /metrics/mostanomalous /metrics/mostrecentlyanomalous /metrics/mostrecentlymatched
/misc/phonecodes /misc/timesince /misc/timezones
/org/adminalert/{alert_code} /org/adminalerts /org/channels /org/events /org/getquotametrics /org/graph /org/info
/org/removequotametrics /org/stripecallback /org/summary /org/testmetrics /org/update /org/users
/pattern/{pattern_id} /pattern/{pattern_id}/disable /pattern/{pattern_id}/matches /pattern/{pattern_id}/timeseries
/patterns/pending
/ping
/signup/demo /signup/demo-orgs /signup/selfserve /signup/verify
/status
/user/delete /user/info /user/logout /user/ping /user/reportissue /user/update /user/updatepassword
/watcher/create /watcher/{watcher_id}/delete /watcher/{watcher_id}/undelete /watcher/{watcher_id}/update
/watchers/chips /watchers/list
`

func TestPage_HasEveryEndpointOfTheDocument(t *testing.T) {
	t.Parallel()
	var listed []string
	for _, row := range coverage(t) {
		if row[1] != "document" {
			continue
		}
		for endpoint := range strings.SplitSeq(row[0], ",") {
			words := strings.Fields(strings.Trim(strings.TrimSpace(endpoint), "`"))
			listed = append(listed, words[len(words)-1])
		}
	}
	slices.Sort(listed)
	require.ElementsMatch(t, strings.Fields(documented), slices.Compact(listed))
}

// TestPage_EndpointsAreWhatTheCallsAskFor makes each call once and compares
// what the vendor is asked with the page.
func TestPage_EndpointsAreWhatTheCallsAskFor(t *testing.T) {
	t.Parallel()
	part := regexp.MustCompile(`\{[a-z_]+\}`)
	all := calls()
	for _, row := range coverage(t) {
		call, ok := all[strings.Trim(row[2], "`")]
		if !ok {
			continue
		}
		t.Run(row[2], func(t *testing.T) {
			t.Parallel()
			b := newBench(t, http.NotFoundHandler())
			_ = call.make(t.Context(), b) // whatever it makes of no answer
			last := b.Requests()
			require.NotEmpty(t, last)
			method, path, _ := strings.Cut(strings.Trim(row[0], "`"), " ")
			request := last[len(last)-1]
			require.Equal(t, method, request.Method)
			require.Regexp(t, "^"+part.ReplaceAllString(path, "[^/]+")+"$", request.Path)
		})
	}
}
