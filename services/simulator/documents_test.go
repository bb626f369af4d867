package simulator_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/simulator"
	"github.com/signalbox-io/signalbox/services/simulator/analytics"
	"github.com/signalbox-io/signalbox/services/simulator/anura"
	"github.com/signalbox-io/signalbox/services/simulator/securereporter"
)

// The requests below are the vendors' own examples with the base URL swapped, made
// over HTTP as curl or Python make them. Where a document prints no example they are
// its table of endpoints.

// documented is a request of a document, and what of its answer the document tells.
type documented struct {
	name string
	// line is the method and the path with its query.
	line    string
	headers []string
	body    string
	status  int
	// want is part of the answer.
	want string
}

func asJSON() []string { return []string{"Content-Type", "application/json"} }

// play makes the requests one after the other.
func play(t *testing.T, sim *stand, requests []documented) {
	t.Helper()
	for _, r := range requests {
		method, path, _ := strings.Cut(r.line, " ")
		got := sim.mustCall(t, method, path, r.body, r.headers...)
		require.Equal(t, r.status, got.status, "%s: %s", r.name, got.body)
		require.Contains(t, got.body, r.want, r.name)
	}
}

// The document prints a token in a header, one in a body, and three places of a
// session; "requests to fetch data will accept GET or POST".
func TestDocuments_Anomify(t *testing.T) {
	t.Parallel()
	sim := start(t, simulator.Options{})
	const token = "2198b4ce0e9884d44b030397a6395b53"
	play(t, sim, []documented{
		{"header", "GET /anomify/anomalies", []string{"X-Auth-Token", token}, "", http.StatusOK, `"code":200`},
		{"header, POST", "POST /anomify/anomalies", []string{"X-Auth-Token", token}, "", http.StatusOK, `"code":200`},
		{"body", "POST /anomify/anomalies", asJSON(), `{
    "data": {
        "token": "2198b4ce0e9884d44b030397a6395b53"
    }
}`, http.StatusOK, `"code":200`},
		{"no token", "GET /anomify/anomalies", nil, "", http.StatusUnauthorized, `"session_id":"`},
		{"session in a header", "GET /anomify/ping", []string{"X-Session-Id", "s1"}, "", http.StatusOK, `"session_id":"s1"`},
		{"session in a parameter", "GET /anomify/ping?session_id=s2", nil, "", http.StatusOK, `"session_id":"s2"`},
		{"session in a cookie", "GET /anomify/ping", []string{"Cookie", "session_id=s3"}, "", http.StatusOK, `"session_id":"s3"`},
		{"a session does not hide a token", "GET /anomify/org/info", []string{"X-Session-Id", "s1", "X-Auth-Token", token}, "", http.StatusOK, `"code":200`},
	})
}

// No call is printed. "Requests are made using the HTTP POST method"; the days are
// limited to a rolling 7, of overviews 31; 400 is also a token that is not valid.
func TestDocuments_Anura(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 9, 24, 20, 0, 0, 0, time.UTC)
	sim := start(t, simulator.Options{Now: func() time.Time { return now }})
	sim.Anura.AddInstance(anura.Instance{ID: 7, Name: "My Shop"})
	body := func(start string) string {
		return `{"token":"` + simulator.DefaultAnuraToken + `","start":` + start + `,"end":20260924}`
	}
	play(t, sim, []documented{
		{"7 days", "POST /anura/v1/direct/sessions", asJSON(), body("20260918"), http.StatusOK, `"headers":["Instance"`},
		{"more than 7", "POST /anura/v1/direct/sessions", asJSON(), body("20260910"), http.StatusBadRequest, `"error"`},
		{"31 days", "POST /anura/v1/direct/overview", asJSON(), body("20260825"), http.StatusOK, `"total"`},
		{"more than 31", "POST /anura/v1/direct/overview", asJSON(), body("20260801"), http.StatusBadRequest, `"error"`},
		{"instances", "POST /anura/v1/interface/instances", asJSON(), `{"token":"` + simulator.DefaultAnuraToken + `"}`, http.StatusOK, "My+Shop"},
		{"bad token", "POST /anura/v1/interface/instances", asJSON(), `{"token":"x"}`, http.StatusBadRequest, `"error"`},
		{"no token", "POST /anura/v1/interface/instances", asJSON(), `{}`, http.StatusBadRequest, `"error"`},
		{"wrong endpoint", "POST /anura/v1/interface/nothing", asJSON(), body("20260918"), http.StatusNotFound, ""},
	})
}

func TestDocuments_SecureReporter(t *testing.T) {
	t.Parallel()
	sim := start(t, simulator.Options{})
	sim.SecureReporter.AddReport(securereporter.Report{
		Name:  "Test Table",
		Binds: []securereporter.Bind{securereporter.Equal("_value", "value")}, Template: "<h1>Table</h1>",
		Fields: []securereporter.Field{{Name: "_value", Choices: []securereporter.Choice{{Value: "456", Label: "The one"}}}},
	})
	for _, value := range []int{123, 456} {
		sim.SecureReporter.AddRow("test-table", securereporter.Row{At: time.Now(), Columns: map[string]any{"value": value}})
	}

	basic := []string{"Authorization", "Basic b25lLXdlZWs6OGMxOWE2ODAtOTViYi00YTU4LWFlNGEtYTU2YjkzYTdmYzIy"}
	form := append(slices.Clone(basic), "Content-Type", "application/x-www-form-urlencoded")
	const one = `{"message":"","ok":true,"records":[{"value":456}]}`
	play(t, sim, []documented{
		{"parameters", "GET /secure-reporter/api/call/1/?_value=456", basic, "", http.StatusOK, one},
		{"slug", "GET /secure-reporter/api/call/test-table/?_value=456", basic, "", http.StatusOK, one},
		{"the Python sample's data", "GET /secure-reporter/api/call/1/", form, "_value=456", http.StatusOK, one},
		{"choices", "GET /secure-reporter/api/choices/1/", basic, "", http.StatusOK, `"label":"The one"`},
		{"server time", "GET /secure-reporter/api/server_time/", basic, "", http.StatusOK, `"20`},
		{"server ISO time", "GET /secure-reporter/api/server_iso_time/", basic, "", http.StatusOK, `T`},
		{"template", "GET /secure-reporter/template/1/?template_only=Y&_value=456", basic, "", http.StatusOK, "<h1>Table</h1>"},
		{"definition", "GET /secure-reporter/report/get/1", basic, "", http.StatusOK, `"slug":"test-table"`},
		{"mail", "POST /secure-reporter/report/mail/1/", form, "_value=456", http.StatusOK, `"ok":true`},
		{"no such report", "GET /secure-reporter/api/call/none/", basic, "", http.StatusNotFound, `"ok":false`},
		{"no token", "GET /secure-reporter/api/call/1/?_value=456", nil, "", http.StatusUnauthorized, `"ok":false`},
	})
}

func TestDocuments_Analytics(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 3, 22, 20, 0, 0, 0, time.UTC)
	sim := start(t, simulator.Options{Now: func() time.Time { return now }})
	const sampleSite = "6507f1f77bcf86cd799439011"
	sim.Analytics.AddSite(analytics.Site{
		ID: sampleSite, Name: "My Website", Domain: "example.com",
		CreatedAt: time.Date(2025, 1, 15, 10, 30, 0, 0, time.UTC),
	})

	sim.Analytics.AddHits(sampleSite, now.AddDate(0, 0, -1), analytics.Hits{Visitors: 314, Pageviews: 800, Events: map[string]int{"signup_click": 34}})
	sim.Analytics.AddHits(sampleSite, now, analytics.Hits{
		Visitors: 920, Pageviews: 4878, Bounces: 518, Seconds: 145 * 1234,
		Pages: map[string]int{"/": 2000, "/pricing": 800}, Referrers: map[string]int{"google.com": 500},
		Browsers: map[string]int{"Chrome": 3000}, Countries: map[string]int{"US": 2000},
		Events: map[string]int{"signup_click": 200, "download_pdf": 89},
	})
	sim.Analytics.SetRealtime(sampleSite, analytics.Realtime{
		ActiveVisitors: 42, ActivePages: []analytics.ActivePage{{Path: "/", Visitors: 15}, {Path: "/pricing", Visitors: 8}},
	})

	key := []string{"Authorization", "Bearer YOUR_API_KEY"}
	const at = "GET /analytics/api/v2/sites"
	const stats = `{"visitors":1234,"pageviews":5678,"bounceRate":42,"avgDuration":145,"topPages":[{"pathname":"/","views":2000},` +
		`{"pathname":"/pricing","views":800}],"topReferrers":[{"referrer":"google.com","count":500}],` +
		`"browsers":[{"browser":"Chrome","count":3000}],"countries":[{"country":"US","count":2000}]}`
	const events = `{"events":[{"name":"signup_click","count":234},{"name":"download_pdf","count":89}]}`
	const pageviews = `{"total":5678,"unique":1234,"chart":[{"date":"2025-03-21","count":800},{"date":"2025-03-22","count":4878}]}`
	play(t, sim, []documented{
		{"sites", at, key, "", http.StatusOK, `{"sites":[{"siteId":"6507f1f77bcf86cd799439011","name":"My Website","domain":"example.com",` +
			`"isActive":true,"createdAt":"2025-01-15T10:30:00.000Z"}]}`},
		{"stats", at + "/" + sampleSite + "/stats", key, "", http.StatusOK, stats},
		{"stats of 30 days", at + "/" + sampleSite + "/stats?range=30d", key, "", http.StatusOK, stats},
		{
			"realtime", at + "/" + sampleSite + "/realtime", key, "", http.StatusOK,
			`{"activeVisitors":42,"activePages":[{"path":"/","visitors":15},{"path":"/pricing","visitors":8}]}`,
		},
		{"events", at + "/" + sampleSite + "/events?range=90d", key, "", http.StatusOK, events},
		{"pageviews", at + "/" + sampleSite + "/pageviews?range=7d", key, "", http.StatusOK, pageviews},
		{"pageviews of a page", at + "/" + sampleSite + "/pageviews?pathname=/pricing", key, "", http.StatusOK, `{"total":800,`},
		{"no key", at, nil, "", http.StatusUnauthorized, `{"error":"Unauthorized — provide a valid API key"}`},
		{"another's site", at + "/none/stats", key, "", http.StatusForbidden, `{"error":"Forbidden — you do not have access to this resource"}`},
	})
	got := sim.mustCall(t, http.MethodGet, "/analytics/api/v2/sites", "", key...)
	require.Equal(t, "100", got.header.Get("X-Ratelimit-Limit"))
	require.Equal(t, "91", got.header.Get("X-Ratelimit-Remaining"))
	require.Equal(t, "1742673660000", got.header.Get("X-Ratelimit-Reset"))
	for range 91 {
		sim.mustCall(t, http.MethodGet, "/analytics/api/v2/sites", "", key...)
	}
	got = sim.mustCall(t, http.MethodGet, "/analytics/api/v2/sites", "", key...)
	require.Equal(t, http.StatusTooManyRequests, got.status)
	require.NotEmpty(t, got.header.Get("Retry-After"))
	require.Contains(t, got.body, `{"error":"Rate limit exceeded — wait and retry"}`)
}
