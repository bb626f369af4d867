package analytics_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	analyticsv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/analytics/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

func TestReads_Exam(t *testing.T) {
	t.Parallel()
	for name, call := range calls() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			adaptertest.Read{New: newBench, Call: call, Secrets: []string{key}}.Exercise(t)
		})
	}
}

func expectRequest(t *testing.T, b *adaptertest.Bench, path, query string) {
	t.Helper()
	requests := b.Requests()
	require.Len(t, requests, 1)
	require.Equal(t, http.MethodGet, requests[0].Method)
	require.Equal(t, path, requests[0].Path)
	require.Equal(t, query, requests[0].Query)
	require.Equal(t, "Bearer "+key, requests[0].Header.Get("Authorization"))
	require.Empty(t, requests[0].Body)
}

func TestListSites_AsTheDocumentShowsThem(t *testing.T) {
	t.Parallel()
	b := newBench(t, adaptertest.Answer(http.StatusOK, adaptertest.Recorded(t, "sites.json")))
	got, err := clientOf(b).ListSites(t.Context(), &analyticsv1.ListSitesRequest{Source: adaptertest.Source})
	require.NoError(t, err)
	adaptertest.Golden(t, "sites.golden.json", got)
	expectRequest(t, b, "/api/v2/sites", "")
}

// rejected is what an answer must say of one record.
type rejected struct {
	index       int32
	reason, raw string
}

func requireRejected(t *testing.T, b *adaptertest.Bench, got []*analyticsv1.RejectedRecord, want ...rejected) {
	t.Helper()
	require.Len(t, got, len(want))
	for i, w := range want {
		require.Equal(t, w.index, got[i].GetIndex())
		require.Contains(t, got[i].GetReason(), w.reason)
		require.Equal(t, w.raw, got[i].GetRaw())
	}
	require.NotContains(t, b.Log.String(), "WARN", "the caller is told")
}

func TestListSites_ABadRecordIsRejectedAndItsNeighboursPass(t *testing.T) {
	t.Parallel()
	b := newBench(t, adaptertest.Answer(http.StatusOK, `{"sites":[
		{"siteId":"a","name":7,"isActive":"yes","createdAt":"yesterday"},
		7, {"name":"`+key+`"}, {"siteId":["x"]}, {"siteId":12,"isActive":false,"createdAt":null}]}`))
	got, err := clientOf(b).ListSites(t.Context(), &analyticsv1.ListSitesRequest{Source: adaptertest.Source})
	require.NoError(t, err)
	requireRejected(t, b, got.GetRejected(),
		rejected{1, "site is no object with an id", `7`},
		rejected{2, "site has no id", `{"name":"[redacted]"}`},
		rejected{3, "site is no object with an id", `{"siteId":["x"]}`})
	got.Rejected = nil
	adaptertest.EqualJSON(t, `{"sites":[{"id":"a","active":true},{"id":"12"}]}`, got)
}

func TestGetSiteStats_AsTheDocumentShowsThem(t *testing.T) {
	t.Parallel()
	answer := adaptertest.Recorded(t, "stats.json")
	b := newBench(t, adaptertest.Answer(http.StatusOK, answer))
	got, err := clientOf(b).GetSiteStats(t.Context(), &analyticsv1.GetSiteStatsRequest{Source: adaptertest.Source, SiteId: site})
	require.NoError(t, err)
	require.Equal(t, answer, got.GetRaw())
	got.Raw = ""
	adaptertest.Golden(t, "stats.golden.json", got)
	expectRequest(t, b, "/api/v2/sites/"+site+"/stats", "range=7d")
}

func TestGetSiteStats_ABadFigureIsRejectedAndItsNeighboursPass(t *testing.T) {
	t.Parallel()
	b := newBench(t, adaptertest.Answer(http.StatusOK,
		`{"visitors":3,"pageviews":4,"bounceRate": {"of":"`+key+`"},"avgDuration":"long"}`))
	got, err := clientOf(b).GetSiteStats(t.Context(), &analyticsv1.GetSiteStatsRequest{Source: adaptertest.Source, SiteId: site})
	require.NoError(t, err)
	requireRejected(t, b, got.GetRejected(),
		rejected{2, "bounceRate cannot be read", `{"bounceRate":{"of":"[redacted]"}}`},
		rejected{3, `avgDuration cannot be read: "long" is no number`, `{"avgDuration":"long"}`})
	got.Rejected, got.Raw = nil, ""
	adaptertest.EqualJSON(t, `{"visitors":3,"pageviews":4}`, got)

	b = newBench(t, adaptertest.Answer(http.StatusOK, `{"visitors":3,"pageviews":"many"}`))
	b.Expect(t, getStats(t.Context(), b), adaptertest.BadAnswer(), key)
}

func TestGetSiteStats_Ranges(t *testing.T) {
	t.Parallel()
	for days, query := range map[int32]string{0: "range=7d", 7: "range=7d", 30: "range=30d", 90: "range=90d"} {
		b := newBench(t, adaptertest.Answer(http.StatusOK, `{"visitors":1.5,"pageviews":"2","bounceRate":null}`))
		got, err := clientOf(b).GetSiteStats(t.Context(), &analyticsv1.GetSiteStatsRequest{
			Source: adaptertest.Source, SiteId: "a b/c", Days: days,
		})
		require.NoError(t, err)
		require.InDelta(t, 1.5, got.GetVisitors(), 0)
		require.InDelta(t, 2, got.GetPageviews(), 0)
		expectRequest(t, b, "/api/v2/sites/a%20b%2Fc/stats", query)
	}
	b := newBench(t, http.NotFoundHandler())
	for _, days := range []int32{-1, 1, 8, 365} {
		_, err := clientOf(b).GetSiteStats(t.Context(), &analyticsv1.GetSiteStatsRequest{
			Source: adaptertest.Source, SiteId: site, Days: days,
		})
		b.ExpectInvalid(t, err, "days")
	}
}

func TestGetRealtime_AsTheDocumentShowsIt(t *testing.T) {
	t.Parallel()
	answer := adaptertest.Recorded(t, "realtime.json")
	b := newBench(t, adaptertest.Answer(http.StatusOK, answer))
	got, err := clientOf(b).GetRealtime(t.Context(), &analyticsv1.GetRealtimeRequest{Source: adaptertest.Source, SiteId: site})
	require.NoError(t, err)
	require.Equal(t, answer, got.GetRaw())
	got.Raw = ""
	adaptertest.Golden(t, "realtime.golden.json", got)
	expectRequest(t, b, "/api/v2/sites/"+site+"/realtime", "")
}

func TestGetRealtime_ABadPageIsRejectedAndItsNeighboursPass(t *testing.T) {
	t.Parallel()
	b := newBench(t, adaptertest.Answer(http.StatusOK, `{"activeVisitors":0,"activePages":[
		{"path":"/","visitors":1}, 7, {"path":"/x"}, {"visitors":1}, {"path":"/y","visitors":"many"}, {"path":"","visitors":0}]}`))
	got, err := clientOf(b).GetRealtime(t.Context(), &analyticsv1.GetRealtimeRequest{Source: adaptertest.Source, SiteId: site})
	require.NoError(t, err)
	require.Zero(t, got.GetActiveVisitors())
	require.Len(t, got.GetPages(), 2)
	requireRejected(t, b, got.GetRejected(),
		rejected{1, "page cannot be read", `7`},
		rejected{2, "page lacks its path or its visitors", `{"path":"/x"}`},
		rejected{3, "page lacks its path or its visitors", `{"visitors":1}`},
		rejected{4, `"many" is no number`, `{"path":"/y","visitors":"many"}`})
}

func TestAnswers_ThatLackWhatMatters(t *testing.T) {
	t.Parallel()
	b := newBench(t, adaptertest.Answer(http.StatusOK, `{"visitors":1,"activeVisitors":null,"sites":null,"activePages":[]}`))
	b.Expect(t, listSites(t.Context(), b), adaptertest.BadAnswer(), key)
	b.Expect(t, getStats(t.Context(), b), adaptertest.BadAnswer(), key)
	b.Expect(t, getRealtime(t.Context(), b), adaptertest.BadAnswer(), key)
}

func TestGetPageviews_NeedsEachOfItsThreeParts(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{`{"unique":1,"chart":[]}`, `{"total":1,"chart":[]}`, `{"total":1,"unique":1}`} {
		b := newBench(t, adaptertest.Answer(http.StatusOK, answer))
		b.Expect(t, getPageviews(t.Context(), b), adaptertest.BadAnswer(), key)
	}
}

func TestSiteID_ThatLeadsElsewhereIsRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t, http.NotFoundHandler())
	for _, id := range []string{"", ".", ".."} {
		_, err := clientOf(b).ListEvents(t.Context(), &analyticsv1.ListEventsRequest{Source: adaptertest.Source, SiteId: id})
		b.ExpectInvalid(t, err, "site_id")
		_, err = clientOf(b).GetPageviews(t.Context(), &analyticsv1.GetPageviewsRequest{Source: adaptertest.Source, SiteId: id})
		b.ExpectInvalid(t, err, "site_id")
		_, err = clientOf(b).GetSiteStats(t.Context(), &analyticsv1.GetSiteStatsRequest{Source: adaptertest.Source, SiteId: id})
		b.ExpectInvalid(t, err, "site_id")
		_, err = clientOf(b).GetRealtime(t.Context(), &analyticsv1.GetRealtimeRequest{Source: adaptertest.Source, SiteId: id})
		b.ExpectInvalid(t, err, "site_id")
	}
}
