package anura_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/simulator/anura"
)

const (
	asJSON = "application/json"
	asForm = "application/x-www-form-urlencoded"
)

func newAccount(now time.Time) *anura.Vendor {
	v := anura.New(anura.Options{Token: "tok"}, func() time.Time { return now })
	v.AddInstance(anura.Instance{ID: 7, Name: "My Shop"})
	for campaign, counts := range map[string]anura.Counts{
		"spring sale": {NonSuspect: 54, Suspect: 46, Mobile: 30},
		"newsletter":  {NonSuspect: 97, Suspect: 3},
	} {
		v.SetCounts(anura.Place{Instance: 7, Source: "ads", Campaign: campaign}, now, counts)
	}
	yesterday := anura.Place{Instance: 7, Source: "ads", Campaign: "newsletter"}
	v.AddCounts(yesterday, now.AddDate(0, 0, -1), anura.Counts{NonSuspect: 10})
	v.AddCounts(yesterday, now.AddDate(0, 0, -1), anura.Counts{NonSuspect: 5, Suspect: 1})
	return v
}

func evening() time.Time { return time.Date(2026, 9, 24, 23, 59, 0, 0, time.UTC) }

func call(t *testing.T, v *anura.Vendor, path, contentType, body string) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body))
	request.Header.Set("Content-Type", contentType)
	recorder := httptest.NewRecorder()
	v.ServeHTTP(recorder, request)
	return recorder
}

func TestInstances_AreEncodedAndPaged(t *testing.T) {
	t.Parallel()
	v := newAccount(evening())
	got := call(t, v, "/v1/interface/instances", asJSON, `{"token":"tok"}`)
	require.Equal(t, http.StatusOK, got.Code)
	require.JSONEq(t, `{"instances":[
		{"id":"All+Instances","name":"All+Instances","status":1},
		{"id":7,"name":"My+Shop","status":1}],
		"query":{"name":false,"all":true,"page":1,"limit":20,"results":2,"pages":1}}`, got.Body.String())

	got = call(t, v, "/v1/interface/instances", asForm, "token=tok&limit=1&page=2&all=true&name=my+shop")
	require.JSONEq(t, `{"instances":[{"id":7,"name":"My+Shop","status":1}],
		"query":{"name":"my+shop","all":true,"page":2,"limit":1,"results":2,"pages":2}}`, got.Body.String())

	got = call(t, v, "/v1/interface/instances", asJSON, `{"token":"tok","page":9,"all":false}`)
	require.Contains(t, got.Body.String(), `"instances":[]`)
}

func TestCampaigns_OfTheDaysThatHaveThem(t *testing.T) {
	t.Parallel()
	v := newAccount(evening())
	got := call(t, v, "/v1/interface/campaigns", asJSON, `{"token":"tok","start":20260924,"end":20260924,"instance":7}`)
	require.Equal(t, http.StatusOK, got.Code)
	require.JSONEq(t, `{"campaigns":["All+Campaigns","newsletter","spring+sale"],
		"query":{"start":20260924,"end":20260924,"instance":"7","source":false,"campaign":false,"all":true,
		"page":1,"limit":20,"results":3,"pages":1}}`, got.Body.String())

	got = call(t, v, "/v1/interface/campaigns", asJSON, `{"token":"tok","start":"20260923","end":"20260923","all":false}`)
	require.Contains(t, got.Body.String(), `"campaigns":["newsletter"]`)
	got = call(t, v, "/v1/interface/sources", asJSON, `{"token":"tok","start":"20260923","end":"20260923","all":0}`)
	require.Contains(t, got.Body.String(), `"sources":["ads"]`)
}

func TestOverview_AddsUpAndCharts(t *testing.T) {
	t.Parallel()
	v := newAccount(evening())
	for body, want := range map[string]string{
		`{"token":"tok","start":20260924,"end":20260924,"campaign":"spring+sale"}`: `{"total":{"nonsuspect":54,"suspect":46,"mobile":30}}`,
		`{"token":"tok","start":20260923,"end":20260924,"instance":"All+Instances","chart":true}`: `{"total":{"nonsuspect":166,"suspect":50,"mobile":30},
			"chart":[["Date","Suspect","Non-Suspect"],["20260923",1,15],["20260924",49,151]]}`,
		`{"token":"tok","start":20260824,"end":20260824}`: `{"total":{"nonsuspect":0,"suspect":0,"mobile":0}}`,
	} {
		got := call(t, v, "/v1/direct/overview", asJSON, body)
		require.Equal(t, http.StatusOK, got.Code, got.Body)
		require.JSONEq(t, want, got.Body.String())
	}
}

func TestErrors_HaveTheDocumentedStatus(t *testing.T) {
	t.Parallel()
	v := newAccount(evening())
	for _, tc := range []struct {
		name, path, body string
		want             int
	}{
		{"no token", "/v1/interface/instances", `{}`, http.StatusBadRequest},
		{"part of the token", "/v1/interface/instances", `{"token":"to"}`, http.StatusBadRequest},
		{"no body", "/v1/interface/instances", ``, http.StatusBadRequest},
		{"not encoded", "/v1/interface/instances", `{"token":"tok","name":"%"}`, http.StatusBadRequest},
		{"limit", "/v1/interface/instances", `{"token":"tok","limit":1001}`, http.StatusBadRequest},
		{"no window", "/v1/direct/overview", `{"token":"tok"}`, http.StatusBadRequest},
		{"7 days", "/v1/interface/campaigns", `{"token":"tok","start":20260917,"end":20260924}`, http.StatusOK},
		{"more than 7 days", "/v1/interface/campaigns", `{"token":"tok","start":20260916,"end":20260924}`, http.StatusBadRequest},
		{"31 days", "/v1/direct/overview", `{"token":"tok","start":20260824,"end":20260924}`, http.StatusOK},
		{"more than 31 days", "/v1/direct/overview", `{"token":"tok","start":20260823,"end":20260924}`, http.StatusBadRequest},
		{"the future", "/v1/direct/overview", `{"token":"tok","start":20260924,"end":20260925}`, http.StatusBadRequest},
		{"backwards", "/v1/direct/overview", `{"token":"tok","start":20260924,"end":20260923}`, http.StatusBadRequest},
		{"foreign instance", "/v1/direct/overview", `{"token":"tok","start":20260924,"end":20260924,"instance":8}`, http.StatusUnauthorized},
		{"no endpoint", "/v1/direct/everything", `{"token":"tok"}`, http.StatusNotFound},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, call(t, v, tc.path, asJSON, tc.body).Code)
		})
	}
}

func TestRead_ByGetIsNotFound(t *testing.T) {
	t.Parallel()
	recorder := httptest.NewRecorder()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/interface/instances", http.NoBody)
	newAccount(evening()).ServeHTTP(recorder, request)
	require.Equal(t, http.StatusNotFound, recorder.Code)
	require.JSONEq(t, `{"error":"Not Found"}`, recorder.Body.String())
}

func TestToken_RunsOut(t *testing.T) {
	t.Parallel()
	expires := time.Date(2026, 9, 25, 0, 0, 0, 0, time.UTC)
	now := expires.Add(-time.Second)
	v := anura.New(anura.Options{Token: "tok", TokenExpires: expires}, func() time.Time { return now })
	require.Equal(t, http.StatusOK, call(t, v, "/v1/interface/instances", asJSON, `{"token":"tok"}`).Code)
	now = expires
	require.Equal(t, http.StatusUnauthorized, call(t, v, "/v1/interface/instances", asJSON, `{"token":"tok"}`).Code)
}
