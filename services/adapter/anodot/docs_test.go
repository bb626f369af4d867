package anodot_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

func TestPage_HasEveryMethodOnceAndAReasonForEachEndpointWithoutOne(t *testing.T) {
	t.Parallel()
	require.ElementsMatch(t, methods(), adaptertest.Calls(adaptertest.Endpoints(t, "anodot.md")))
}

// TestPage_EndpointsAreWhatTheCallsAskFor makes each call once and compares
// what the vendor is asked with the page.
func TestPage_EndpointsAreWhatTheCallsAskFor(t *testing.T) {
	t.Parallel()
	all := calls()
	for _, row := range adaptertest.Endpoints(t, "anodot.md") {
		call, ok := all[row.Call]
		if !ok {
			continue
		}
		t.Run(row.Call, func(t *testing.T) {
			t.Parallel()
			b := newWholeBench(t, nothing())
			_ = call.make(t.Context(), b) // whatever it makes of no answer
			requests := b.Requests()
			require.NotEmpty(t, requests)
			row.RequireAsked(t, "", requests[len(requests)-1])
		})
	}
}
