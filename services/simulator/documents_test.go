package simulator_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/simulator"
	"github.com/signalbox-io/signalbox/services/simulator/analytics"
	"github.com/signalbox-io/signalbox/services/simulator/anodot"
	"github.com/signalbox-io/signalbox/services/simulator/securereporter"
)

// The requests below are the vendors' own examples with the base URL swapped.

func TestDocuments_Anodot(t *testing.T) {
	t.Parallel()
	sim := start(t, simulator.Options{})
	sim.Anodot.AddAlert(anodot.Alert{
		ID:            "20262fb3-00ba-412c-a515-aec74c4824cd",
		Configuration: anodot.Configuration{Title: "Jetty servers availability", Severity: "critical"},
	})
	sim.Anodot.AddFeedback(anodot.Feedback{
		ID: "a9b6d1ea-70bd-4bab-b567-a16ce60a91f2", Type: "GOOD_CATCH", CreatedTime: 1578391511, UserName: "test@anodot.com",
	})

	got := sim.mustCall(t, http.MethodPost, "/anodot/api/v2/access-token",
		`{"refreshToken": "722354b89ae60761f9fcxcxca613315c"}`, "Content-Type", "application/json")
	require.Equal(t, http.StatusOK, got.status)
	var token string
	require.NoError(t, json.Unmarshal([]byte(got.body), &token))
	headers := []string{"Content-Type", "application/json", "Authorization", "Bearer " + token}

	got = sim.mustCall(t, http.MethodGet, "/anodot/api/v2/feedbacks", `{"startTime" : 1578391000, "endTime": 1578392000}`, headers...)
	require.Equal(t, http.StatusOK, got.status)
	require.Contains(t, got.body, `"total":1`)
	require.Contains(t, got.body, "a9b6d1ea-70bd-4bab-b567-a16ce60a91f2")

	for _, request := range []struct{ method, path, state string }{
		{http.MethodGet, "/anodot/api/v2/alerts", "active"},
		{http.MethodGet, "/anodot/api/alerts/20262fb3-00ba-412c-a515-aec74c4824cd", "active"},
		{http.MethodPost, "/anodot/api/v2/alerts/20262fb3-00ba-412c-a515-aec74c4824cd/pause", "paused"},
		{http.MethodGet, "/anodot/api/v2/alerts/20262fb3-00ba-412c-a515-aec74c4824cd", "paused"},
		{http.MethodPost, "/anodot/api/v2/alerts/20262fb3-00ba-412c-a515-aec74c4824cd/resume", "active"},
	} {
		got = sim.mustCall(t, request.method, request.path, "", headers...)
		require.Equal(t, http.StatusOK, got.status, request.path)
		require.Contains(t, got.body, `"state":"`+request.state+`"`, request.path)
	}
}

func TestDocuments_Anomify(t *testing.T) {
	t.Parallel()
	sim := start(t, simulator.Options{})
	token := "2198b4ce0e9884d44b030397a6395b53"

	got := sim.mustCall(t, http.MethodGet, "/anomify/anomalies", "", "X-Auth-Token", token)
	require.Equal(t, http.StatusOK, got.status)

	got = sim.mustCall(t, http.MethodPost, "/anomify/anomalies",
		`{"data": {"token": "2198b4ce0e9884d44b030397a6395b53"}}`, "Content-Type", "application/json")
	require.Equal(t, http.StatusOK, got.status)
}

func TestDocuments_SecureReporter(t *testing.T) {
	t.Parallel()
	sim := start(t, simulator.Options{})
	sim.SecureReporter.AddReport(securereporter.Report{
		Name:  "Test Table",
		Binds: []securereporter.Bind{securereporter.Equal("_value", "value")},
	})
	for _, value := range []int{123, 456} {
		sim.SecureReporter.AddRow("test-table", securereporter.Row{At: time.Now(), Columns: map[string]any{"value": value}})
	}

	authorization := "Basic b25lLXdlZWs6OGMxOWE2ODAtOTViYi00YTU4LWFlNGEtYTU2YjkzYTdmYzIy"
	for _, report := range []string{"1", "test-table"} {
		got := sim.mustCall(t, http.MethodGet, "/secure-reporter/api/call/"+report+"/?_value=456", "", "Authorization", authorization)
		require.Equal(t, http.StatusOK, got.status)
		require.JSONEq(t, `{"message": "", "ok": true, "records": [{"value": 456}]}`, got.body)
	}
}

func TestDocuments_Analytics(t *testing.T) {
	t.Parallel()
	sim := start(t, simulator.Options{})
	sim.Analytics.AddSite(analytics.Site{
		ID: "6507f1f77bcf86cd799439011", Name: "My Website", Domain: "example.com",
		CreatedAt: time.Date(2025, 1, 15, 10, 30, 0, 0, time.UTC),
	})

	got := sim.mustCall(t, http.MethodGet, "/analytics/api/v2/sites", "", "Authorization", "Bearer YOUR_API_KEY")
	require.Equal(t, http.StatusOK, got.status)
	require.JSONEq(t, `{"sites": [{"siteId": "6507f1f77bcf86cd799439011", "name": "My Website", "domain": "example.com",
		"isActive": true, "createdAt": "2025-01-15T10:30:00.000Z"}]}`, got.body)
	require.Equal(t, "100", got.header.Get("X-Ratelimit-Limit"))
	require.Equal(t, "99", got.header.Get("X-Ratelimit-Remaining"))

	got = sim.mustCall(t, http.MethodGet, "/analytics/api/v2/sites", "")
	require.Equal(t, http.StatusUnauthorized, got.status)
	require.JSONEq(t, `{"error": "Unauthorized — provide a valid API key"}`, got.body)
}
