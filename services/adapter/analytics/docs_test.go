package analytics_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

func TestPage_HasEveryMethodOnceAndAReasonForEachEndpointWithoutOne(t *testing.T) {
	t.Parallel()
	require.ElementsMatch(t, methods(), adaptertest.Calls(adaptertest.Endpoints(t, "analytics.md")))
}

// TestPage_EndpointsAreWhatTheCallsAskFor makes each call once and compares
// what the vendor is asked with the page.
func TestPage_EndpointsAreWhatTheCallsAskFor(t *testing.T) {
	t.Parallel()
	all := calls()
	for _, row := range adaptertest.Endpoints(t, "analytics.md") {
		call, ok := all[row.Call]
		if !ok {
			continue
		}
		t.Run(row.Call, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, http.NotFoundHandler())
			_ = call(t.Context(), b) // whatever it makes of no answer
			requests := b.Requests()
			require.NotEmpty(t, requests)
			row.RequireAsked(t, "/api/v2", requests[len(requests)-1])
		})
	}
}
