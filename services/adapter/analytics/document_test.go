package analytics_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	analyticsv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/analytics/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

// TestDocument_RequestsAreThosePrinted compares what the vendor is asked with
// the document's paths and its sample of a header.
func TestDocument_RequestsAreThosePrinted(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"ListSites":    "GET /api/v2/sites?",
		"GetSiteStats": "GET /api/v2/sites/" + site + "/stats?range=7d",
		"GetRealtime":  "GET /api/v2/sites/" + site + "/realtime?",
		"ListEvents":   "GET /api/v2/sites/" + site + "/events?range=7d",
		"GetPageviews": "GET /api/v2/sites/" + site + "/pageviews?range=7d",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, adaptertest.Answer(http.StatusOK, "{}"))
			_ = calls()[name](t.Context(), b) // whatever it makes of the answer
			requests := b.Requests()
			require.Len(t, requests, 1)
			got := requests[0]
			require.Equal(t, want, got.Method+" "+got.Path+"?"+got.Query)
			// The one command of the document, whose path is that of the list.
			sample := adaptertest.Curl(t, `curl -H "Authorization: Bearer YOUR_API_KEY" \ https://your-domain.com/api/v2/sites`, "YOUR_API_KEY", key)
			if name != "ListSites" {
				sample.Path, sample.Query = got.Path, got.Query
			}
			adaptertest.RequireSame(t, sample, got)
		})
	}
}

func TestDocument_TheSamplePageIsAskedForAsPrinted(t *testing.T) {
	t.Parallel()
	b := newBench(t, adaptertest.Answer(http.StatusOK, adaptertest.Recorded(t, "pageviews.json")))
	_, err := clientOf(b).GetPageviews(t.Context(), &analyticsv1.GetPageviewsRequest{
		Source: adaptertest.Source, SiteId: site, Days: 30, Pathname: "/pricing",
	})
	require.NoError(t, err)
	expectRequest(t, b, "/api/v2/sites/"+site+"/pageviews", "pathname=%2Fpricing&range=30d")
}
