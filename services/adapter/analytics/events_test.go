package analytics_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	analyticsv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/analytics/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

func TestListEvents_AsTheDocumentShowsThem(t *testing.T) {
	t.Parallel()
	answer := adaptertest.Recorded(t, "events.json")
	b := newBench(t, adaptertest.Answer(http.StatusOK, answer))
	got, err := clientOf(b).ListEvents(t.Context(), &analyticsv1.ListEventsRequest{Source: adaptertest.Source, SiteId: site, Days: 30})
	require.NoError(t, err)
	require.Equal(t, answer, got.GetRaw())
	got.Raw = ""
	adaptertest.Golden(t, "events.golden.json", got)
	expectRequest(t, b, "/api/v2/sites/"+site+"/events", "range=30d")
}

func TestGetPageviews_AsTheDocumentShowsThem(t *testing.T) {
	t.Parallel()
	answer := adaptertest.Recorded(t, "pageviews.json")
	b := newBench(t, adaptertest.Answer(http.StatusOK, answer))
	got, err := clientOf(b).GetPageviews(t.Context(), &analyticsv1.GetPageviewsRequest{Source: adaptertest.Source, SiteId: site})
	require.NoError(t, err)
	require.Equal(t, answer, got.GetRaw())
	got.Raw = ""
	adaptertest.Golden(t, "pageviews.golden.json", got)
	expectRequest(t, b, "/api/v2/sites/"+site+"/pageviews", "range=7d")
}

func TestGetPageviews_OfOnePage(t *testing.T) {
	t.Parallel()
	b := newBench(t, adaptertest.Answer(http.StatusOK, `{"total":"3","unique":1.5,"chart":[]}`))
	got, err := clientOf(b).GetPageviews(t.Context(), &analyticsv1.GetPageviewsRequest{
		Source: adaptertest.Source, SiteId: "a b/c", Days: 90, Pathname: "/pricing?a=1&b=ü",
	})
	require.NoError(t, err)
	adaptertest.EqualJSON(t, `{"total":3,"unique":1.5,"raw":"{\"total\":\"3\",\"unique\":1.5,\"chart\":[]}"}`, got)
	expectRequest(t, b, "/api/v2/sites/a%20b%2Fc/pageviews", "pathname=%2Fpricing%3Fa%3D1%26b%3D%C3%BC&range=90d")
}

func TestEventsAndPageviews_ABadRecordIsRejectedAndItsNeighboursPass(t *testing.T) {
	t.Parallel()
	b := newBench(t, adaptertest.Answer(http.StatusOK, `{"total":1,"unique":1,
		"events":[{"name":"a","count":1}, 7, {"name":"`+key+`"}, {"count":1}, {"name":"b","count":"many"}, {"name":"","count":0}],
		"chart":[{"date":"2025-03-21","count":1}, null, {"date":"21.3.2025","count":1}, {"date":"2025-02-30","count":1}, {"count":2}, {"date":"2025-03-22","count":{}}, {"date":"0000-01-01","count":1}]}`))
	events, err := clientOf(b).ListEvents(t.Context(), &analyticsv1.ListEventsRequest{Source: adaptertest.Source, SiteId: site})
	require.NoError(t, err)
	require.Len(t, events.GetEvents(), 2)
	requireRejected(t, b, events.GetRejected(),
		rejected{1, "count cannot be read", `7`},
		rejected{2, "count lacks its name or its number", `{"name":"[redacted]"}`},
		rejected{3, "count lacks its name or its number", `{"count":1}`},
		rejected{4, `"many" is no number`, `{"name":"b","count":"many"}`})

	views, err := clientOf(b).GetPageviews(t.Context(), &analyticsv1.GetPageviewsRequest{Source: adaptertest.Source, SiteId: site})
	require.NoError(t, err)
	require.Len(t, views.GetChart(), 1)
	requireRejected(t, b, views.GetRejected(),
		rejected{1, "day lacks its date or its count", `null`},
		rejected{2, `day has a date that is none: "21.3.2025"`, `{"date":"21.3.2025","count":1}`},
		rejected{3, `day has a date that is none: "2025-02-30"`, `{"date":"2025-02-30","count":1}`},
		rejected{4, "day lacks its date or its count", `{"count":2}`},
		rejected{5, "day cannot be read", `{"date":"2025-03-22","count":{}}`},
		rejected{6, "day has a date that is none", `{"date":"0000-01-01","count":1}`})
}

func TestEventsAndPageviews_Ranges(t *testing.T) {
	t.Parallel()
	b := newBench(t, http.NotFoundHandler())
	for _, days := range []int32{-1, 1, 8, 365} {
		_, err := clientOf(b).ListEvents(t.Context(), &analyticsv1.ListEventsRequest{Source: adaptertest.Source, SiteId: site, Days: days})
		b.ExpectInvalid(t, err, "days")
		_, err = clientOf(b).GetPageviews(t.Context(), &analyticsv1.GetPageviewsRequest{Source: adaptertest.Source, SiteId: site, Days: days})
		b.ExpectInvalid(t, err, "days")
	}
}

func TestGetSiteStats_AListInAnotherShapeCostsItselfOnly(t *testing.T) {
	t.Parallel()
	b := newBench(t, adaptertest.Answer(http.StatusOK, `{"visitors":3,"pageviews":4,"topPages":{"/":1},
		"topReferrers":[{"referrer":null,"count":5},{"referrer":"`+key+`","count":"x"},{"referrer":"a","count":1}],"browsers":null,"countries":[]}`))
	got, err := clientOf(b).GetSiteStats(t.Context(), &analyticsv1.GetSiteStatsRequest{Source: adaptertest.Source, SiteId: site})
	require.NoError(t, err)
	requireRejected(t, b, got.GetRejected(),
		rejected{4, "topPages cannot be read: is no list", `{"topPages":{"/":1}}`},
		rejected{5, "topReferrers[0] cannot be read: count lacks its name", `{"topReferrers[0]":{"referrer":null,"count":5}}`},
		rejected{
			5, `topReferrers[1] cannot be read: count cannot be read: "x" is no number`,
			`{"topReferrers[1]":{"referrer":"[redacted]","count":"x"}}`,
		})
	got.Rejected, got.Raw = nil, ""
	adaptertest.EqualJSON(t, `{"visitors":3,"pageviews":4,"topReferrers":[{"name":"a","count":1}]}`, got)
}
