package simulator_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/simulator"
	"github.com/signalbox-io/signalbox/services/simulator/analytics"
	"github.com/signalbox-io/signalbox/services/simulator/anodot"
	"github.com/signalbox-io/signalbox/services/simulator/fault"
	"github.com/signalbox-io/signalbox/services/simulator/record"
)

// site is a site as Analytics lists it.
const site = `{"siteId": "s", "name": "Shop", "domain": "", "isActive": true, "createdAt": "1970-01-01T00:00:00.000Z"}`

const key = "Bearer " + simulator.DefaultAnalyticsKey

func TestFault_Answers(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		fault  fault.Fault
		status int
		check  func(t *testing.T, got answer)
	}{
		{fault.Fault{Kind: fault.Garbage}, 200, func(t *testing.T, got answer) {
			t.Helper()
			require.False(t, json.Valid([]byte(got.body)))
		}},
		{fault.Fault{Kind: fault.HTML}, 200, func(t *testing.T, got answer) {
			t.Helper()
			require.Contains(t, got.body, "<html>")
		}},
		{fault.Fault{Kind: fault.HalfJSON}, 200, func(t *testing.T, got answer) {
			t.Helper()
			require.False(t, json.Valid([]byte(got.body)))
			require.Contains(t, got.body, `{"si`)
		}},
		{fault.Fault{Kind: fault.Huge}, 200, func(t *testing.T, got answer) {
			t.Helper()
			require.Greater(t, got.size, 50<<20)
		}},
		{fault.Fault{Kind: fault.Empty}, 200, func(t *testing.T, got answer) {
			t.Helper()
			require.Empty(t, got.body)
		}},
		{fault.Fault{Kind: fault.Status, Status: 503}, 503, func(t *testing.T, got answer) {
			t.Helper()
			require.JSONEq(t, `{"error": "Service Unavailable"}`, got.body)
		}},
		{fault.Fault{Kind: fault.RateLimit, RetryAfterSeconds: 7}, 429, func(t *testing.T, got answer) {
			t.Helper()
			require.Equal(t, "7", got.header.Get("Retry-After"))
		}},
		{fault.Fault{Kind: fault.Status, Status: 404, Body: `{"name": "HttpError"}`}, 404, func(t *testing.T, got answer) {
			t.Helper()
			require.JSONEq(t, `{"name": "HttpError"}`, got.body)
		}},
		{fault.Fault{Kind: fault.HiddenError}, 200, func(t *testing.T, got answer) {
			t.Helper()
			require.JSONEq(t, `{"error": "Internal Server Error"}`, got.body)
		}},
		{fault.Fault{Kind: fault.MapForArray}, 200, func(t *testing.T, got answer) {
			t.Helper()
			require.JSONEq(t, `{"sites": {"0": `+site+`}}`, got.body)
		}},
		{fault.Fault{Kind: fault.WrongTypes}, 200, func(t *testing.T, got answer) {
			t.Helper()
			require.Contains(t, got.body, `"isActive":1,"name":["Shop"]`)
		}},
		{fault.Fault{Kind: fault.Slow, DelaySeconds: 1}, 200, func(t *testing.T, got answer) {
			t.Helper()
			require.JSONEq(t, `{"sites": [`+site+`]}`, got.body)
			require.GreaterOrEqual(t, got.took, time.Second)
		}},
		{fault.Fault{Kind: fault.Unauthorized}, 401, nil},
		{fault.Fault{Kind: fault.ExpiredToken}, 401, nil},
	} {
		t.Run(string(tc.fault.Kind), func(t *testing.T) {
			t.Parallel()
			tc.fault.Vendor, tc.fault.Count = "analytics", 1
			sim := start(t, simulator.Options{Faults: []fault.Fault{tc.fault}})
			sim.Analytics.AddSite(analytics.Site{ID: "s", Name: "Shop", CreatedAt: time.Unix(0, 0).UTC()})

			got := sim.mustCall(t, http.MethodGet, "/analytics/api/v2/sites", "", "Authorization", key)
			require.Equal(t, tc.status, got.status)
			if tc.check != nil {
				tc.check(t, got)
			}
			require.Equal(t, string(tc.fault.Kind), sim.Calls()[0].Fault)
			require.Equal(t, tc.status, sim.Calls()[0].Status)

			got = sim.mustCall(t, http.MethodGet, "/analytics/api/v2/sites", "", "Authorization", key)
			require.Equal(t, http.StatusOK, got.status, "the count is spent")
			require.Empty(t, sim.Excesses(), "an injected rate limit is nobody's fault")
		})
	}
}

func TestFault_TruncatedPromisesMoreThanItSends(t *testing.T) {
	t.Parallel()
	sim := start(t, simulator.Options{Faults: []fault.Fault{{Vendor: "analytics", Kind: fault.Truncated, Count: 1}}})
	_, err := sim.call(t, http.MethodGet, "/analytics/api/v2/sites", "", "Authorization", key)
	require.ErrorContains(t, err, "unexpected EOF")
	require.Equal(t, http.StatusOK, sim.Calls()[0].Status)
}

func TestFault_ClockSkewMovesTheVendorsClockAndNoBudget(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 9, 29, 12, 0, 0, 0, time.UTC)
	sim := start(t, simulator.Options{Now: func() time.Time { return now }})
	name, secret, _ := strings.Cut(simulator.DefaultSecureReporterToken, ":")
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(name+":"+secret))
	serverTime := func() string {
		return sim.mustCall(t, http.MethodGet, "/secure-reporter/api/server_iso_time/", "", "Authorization", basic).body
	}
	require.Contains(t, serverTime(), "2025-09-29T12:00:00")
	for _, vendor := range []string{"secure-reporter", "analytics"} {
		require.NoError(t, sim.SetFault(fault.Fault{Vendor: vendor, Kind: fault.ClockSkew, SkewSeconds: 7200}))
	}
	require.Contains(t, serverTime(), "2025-09-29T14:00:00")

	sites := func() answer {
		return sim.mustCall(t, http.MethodGet, "/analytics/api/v2/sites", "", "Authorization", key)
	}
	require.Equal(t, strconv.FormatInt(now.Add(2*time.Hour+time.Minute).UnixMilli(), 10), sites().header.Get("X-RateLimit-Reset"))
	for range 99 {
		require.Equal(t, http.StatusOK, sites().status)
	}
	sim.ClearFaults("")
	require.Equal(t, http.StatusTooManyRequests, sites().status, "a clock that is set right gives no new budget")
	require.Len(t, sim.Excesses(), 1)
}

func TestFault_ResetBreaksTheConnection(t *testing.T) {
	t.Parallel()
	sim := start(t, simulator.Options{Faults: []fault.Fault{{Vendor: "analytics", Kind: fault.Reset}}})
	// POST, because a client tries a GET again by itself.
	_, err := sim.call(t, http.MethodPost, "/analytics/api/v2/sites", "{}")
	require.Error(t, err)
	require.Eventually(t, func() bool { return len(sim.Calls()) == 1 }, waitFor, tick)
	require.Zero(t, sim.Calls()[0].Status)
}

func TestFault_HangLastsUntilTheClientGoes(t *testing.T) {
	t.Parallel()
	sim := start(t, simulator.Options{Faults: []fault.Fault{{Vendor: "analytics", Kind: fault.Hang, Count: 1}}})
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, sim.url+"/analytics/api/v2/sites", http.NoBody)
		if err == nil {
			var response *http.Response
			if response, err = sim.client.Do(request); err == nil {
				err = response.Body.Close()
			}
		}
		gone <- err
	}()
	require.Eventually(t, func() bool { return faultsLeft(t, sim) == 0 }, waitFor, tick)
	require.Empty(t, sim.Calls(), "the call is under way")
	cancel()
	require.ErrorIs(t, <-gone, context.Canceled)
	require.Eventually(t, func() bool { return len(sim.Calls()) == 1 }, waitFor, tick)
}

func TestFault_StopCutsHangingCallsOff(t *testing.T) {
	t.Parallel()
	sim := start(t, simulator.Options{Faults: []fault.Fault{{Vendor: "anura", Kind: fault.Hang, Count: 1}}})
	gone := make(chan error, 1)
	request, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodPost, sim.url+"/anura/v1/x", http.NoBody)
	require.NoError(t, err)
	go func() {
		response, err := sim.client.Do(request)
		if err == nil {
			err = response.Body.Close()
		}
		gone <- err
	}()
	require.Eventually(t, func() bool { return faultsLeft(t, sim) == 0 }, waitFor, tick)
	sim.stop()
	require.Error(t, <-gone)
}

func TestFault_LostAnswerHasItsEffect(t *testing.T) {
	t.Parallel()
	sim := start(t, simulator.Options{Faults: []fault.Fault{
		{Vendor: "anodot", Kind: fault.LoseAnswer, Method: http.MethodPost, Path: "/api/v2/alerts/*/pause", Count: 1},
	}})
	sim.Anodot.AddAlert(anodot.Alert{ID: "a1"})
	authorization := "Bearer " + sim.anodotToken(t)

	_, err := sim.call(t, http.MethodPost, "/anodot/api/v2/alerts/a1/pause", "", "Authorization", authorization)
	require.Error(t, err)
	alert, _ := sim.Anodot.Alert("a1")
	require.Equal(t, "paused", alert.State.State)
	require.Len(t, sim.Effects(), 1)
	require.Equal(t, record.Pause, sim.Effects()[0].Action)
	require.True(t, sim.Effects()[0].Changed)
}

func TestFault_ExpiredTokenLetsANewOneWork(t *testing.T) {
	t.Parallel()
	sim := start(t, simulator.Options{Faults: []fault.Fault{
		{Vendor: "anodot", Kind: fault.ExpiredToken, Path: "/api/v2/alerts", Count: 1},
	}})
	got := sim.mustCall(t, http.MethodGet, "/anodot/api/v2/alerts", "", "Authorization", "Bearer "+sim.anodotToken(t))
	require.Equal(t, http.StatusUnauthorized, got.status)
	got = sim.mustCall(t, http.MethodGet, "/anodot/api/v2/alerts", "", "Authorization", "Bearer "+sim.anodotToken(t))
	require.Equal(t, http.StatusOK, got.status)
}

func (s *stand) anodotToken(t *testing.T) string {
	t.Helper()
	got := s.mustCall(t, http.MethodPost, "/anodot/api/v2/access-token", `{"refreshToken":"`+simulator.DefaultAnodotRefreshToken+`"}`)
	require.Equal(t, http.StatusOK, got.status)
	var token string
	require.NoError(t, json.Unmarshal([]byte(got.body), &token))
	return token
}

func faultsLeft(t *testing.T, sim *stand) int {
	t.Helper()
	var answer struct{ Faults []fault.Fault }
	require.NoError(t, json.Unmarshal([]byte(sim.mustCall(t, http.MethodGet, "/control/faults", "").body), &answer))
	return len(answer.Faults)
}
