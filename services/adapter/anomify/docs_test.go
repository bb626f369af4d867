package anomify_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

func TestPage_HasEveryMethodOnceAndAReasonForEachEndpointWithoutOne(t *testing.T) {
	t.Parallel()
	require.ElementsMatch(t, methods(), adaptertest.Calls(adaptertest.Endpoints(t, "anomify.md")))
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
	for _, row := range adaptertest.Endpoints(t, "anomify.md") {
		if row.KnownFrom != "document" {
			continue
		}
		for endpoint := range strings.SplitSeq(row.Name, ",") {
			words := strings.Fields(endpoint)
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
	all := calls()
	for _, row := range adaptertest.Endpoints(t, "anomify.md") {
		call, ok := all[row.Call]
		if !ok {
			continue
		}
		t.Run(row.Call, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, http.NotFoundHandler())
			_ = call.make(t.Context(), b) // whatever it makes of no answer
			requests := b.Requests()
			require.NotEmpty(t, requests)
			row.RequireAsked(t, "", requests[len(requests)-1])
		})
	}
}
