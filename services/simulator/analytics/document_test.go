package analytics_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/simulator/analytics"
)

// The requests of this file are the documentation's own with the base URL
// swapped, and the answers are those that it prints.

const sampleSite = "6507f1f77bcf86cd799439011"

func newDocumented() *platform {
	p := newPlatform()
	p.now = time.Date(2025, 3, 22, 20, 0, 0, 0, time.UTC)
	p.Vendor = analytics.New(analytics.Options{APIKey: "YOUR_API_KEY"}, func() time.Time { return p.now }, p.log)
	p.AddSite(analytics.Site{
		ID: sampleSite, Name: "My Website", Domain: "example.com", CreatedAt: time.Date(2025, 1, 15, 10, 30, 0, 0, time.UTC),
	})
	yesterday := analytics.Hits{
		Visitors: 234, Pageviews: 800, Pages: map[string]int{"/pricing": 300}, Events: map[string]int{"signup_click": 200, "download_pdf": 89},
	}
	p.AddHits(sampleSite, p.now.AddDate(0, 0, -1), yesterday)
	p.AddHits(sampleSite, p.now, analytics.Hits{
		Visitors: 1000, Pageviews: 920, Pages: map[string]int{"/pricing": 500}, Events: map[string]int{"signup_click": 34},
	})
	p.AddHits(sampleSite, p.now.AddDate(0, 0, -20), analytics.Hits{Pageviews: 3958, Events: map[string]int{"old": 1}})
	p.SetRealtime(sampleSite, analytics.Realtime{
		ActiveVisitors: 42, ActivePages: []analytics.ActivePage{{Path: "/", Visitors: 15}, {Path: "/pricing", Visitors: 8}},
	})
	return p
}

// curl is the documentation's sample with another path.
func (p *platform) curl(t *testing.T, path string) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
	request.Header.Set("Authorization", "Bearer YOUR_API_KEY")
	recorder := httptest.NewRecorder()
	p.ServeHTTP(recorder, request)
	return recorder
}

func TestDocument_AnswersAreThosePrinted(t *testing.T) {
	t.Parallel()
	p := newDocumented()
	const site = "/api/v2/sites/" + sampleSite
	for path, want := range map[string]string{
		"/api/v2/sites": `{"sites":[{"siteId":"6507f1f77bcf86cd799439011","name":"My Website","domain":"example.com",
			"isActive":true,"createdAt":"2025-01-15T10:30:00.000Z"}]}`,
		site + "/realtime": `{"activeVisitors":42,"activePages":[{"path":"/","visitors":15},{"path":"/pricing","visitors":8}]}`,
		site + "/events":   `{"events":[{"name":"signup_click","count":234},{"name":"download_pdf","count":89}]}`,
		site + "/events?range=30d": `{"events":[{"name":"signup_click","count":234},{"name":"download_pdf","count":89},
			{"name":"old","count":1}]}`,
		site + "/pageviews": `{"total":1720,"unique":1234,"chart":[{"date":"2025-03-21","count":800},{"date":"2025-03-22","count":920}]}`,
		site + "/pageviews?range=90d": `{"total":5678,"unique":1234,"chart":[{"date":"2025-03-02","count":3958},
			{"date":"2025-03-21","count":800},{"date":"2025-03-22","count":920}]}`,
		site + "/pageviews?pathname=%2Fpricing": `{"total":800,"unique":800,"chart":[{"date":"2025-03-21","count":300},{"date":"2025-03-22","count":500}]}`,
		site + "/pageviews?pathname=/none":      `{"total":0,"unique":0,"chart":[]}`,
	} {
		got := p.curl(t, path)
		require.Equal(t, http.StatusOK, got.Code, path)
		require.JSONEq(t, want, got.Body.String(), path)
		require.Equal(t, "100", got.Header().Get("X-Ratelimit-Limit"))
		require.NotEmpty(t, got.Header().Get("X-Ratelimit-Remaining"))
		require.Len(t, got.Header().Get("X-Ratelimit-Reset"), 13, "in milliseconds")
	}
}

func TestDocument_ErrorsOfEventsAndPageviews(t *testing.T) {
	t.Parallel()
	p := newDocumented()
	for path, status := range map[string]int{
		"/api/v2/sites/none/events":                            http.StatusForbidden,
		"/api/v2/sites/none/pageviews":                         http.StatusForbidden,
		"/api/v2/sites/" + sampleSite + "/events?range=1d":     http.StatusBadRequest,
		"/api/v2/sites/" + sampleSite + "/pageviews?range=all": http.StatusBadRequest,
	} {
		got := p.curl(t, path)
		require.Equal(t, status, got.Code, path)
		require.Contains(t, got.Body.String(), `{"error":"`)
	}
	got := p.get(t, "/api/v2/sites/"+sampleSite+"/events") // with another key
	require.Equal(t, http.StatusUnauthorized, got.Code)
	require.JSONEq(t, `{"error": "Unauthorized — provide a valid API key"}`, got.Body.String())
}
