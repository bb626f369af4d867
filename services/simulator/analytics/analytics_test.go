package analytics_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/simulator/analytics"
	"github.com/signalbox-io/signalbox/services/simulator/record"
)

// platform is a simulated platform and the clock that it goes by.
type platform struct {
	*analytics.Vendor

	log *record.Log
	now time.Time
}

func newPlatform() *platform {
	p := &platform{
		log: record.NewLog(slog.New(slog.DiscardHandler)),
		now: time.Date(2026, 3, 28, 7, 59, 0, 0, time.UTC),
	}
	p.Vendor = analytics.New(analytics.Options{APIKey: "key"}, func() time.Time { return p.now }, p.log)
	p.AddSite(analytics.Site{ID: "shop", Name: "Shop", Domain: "shop.example.com", CreatedAt: p.now})
	return p
}

func (p *platform) get(t *testing.T, path string) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
	request.Header.Set("Authorization", "Bearer key")
	recorder := httptest.NewRecorder()
	p.ServeHTTP(recorder, request)
	return recorder
}

func TestStats_AddUpTheDaysOfTheRange(t *testing.T) {
	t.Parallel()
	p := newPlatform()
	day := analytics.Hits{
		Visitors: 10, Pageviews: 40, Bounces: 4, Seconds: 1450,
		Pages: map[string]int{"/": 20, "/pricing": 8}, Referrers: map[string]int{"google.com": 5},
		Browsers: map[string]int{"Chrome": 6, "Firefox": 6}, Countries: map[string]int{"US": 9},
	}
	for back := range 90 {
		require.True(t, p.AddHits("shop", p.now.AddDate(0, 0, -back), day))
	}

	got := p.get(t, "/api/v2/sites/shop/stats")
	require.JSONEq(t, `{"visitors":70,"pageviews":280,"bounceRate":40,"avgDuration":145,
		"topPages":[{"pathname":"/","views":140},{"pathname":"/pricing","views":56}],
		"topReferrers":[{"referrer":"google.com","count":35}],
		"browsers":[{"browser":"Chrome","count":42},{"browser":"Firefox","count":42}],
		"countries":[{"country":"US","count":63}]}`, got.Body.String())
	require.Contains(t, p.get(t, "/api/v2/sites/shop/stats?range=30d").Body.String(), `"visitors":300`)
	require.Contains(t, p.get(t, "/api/v2/sites/shop/stats?range=90d").Body.String(), `"visitors":900`)
}

func TestRealtime_IsWhatWasSet(t *testing.T) {
	t.Parallel()
	p := newPlatform()
	require.JSONEq(t, `{"activeVisitors":0,"activePages":[]}`, p.get(t, "/api/v2/sites/shop/realtime").Body.String())
	require.True(t, p.SetRealtime("shop", analytics.Realtime{
		ActiveVisitors: 42,
		ActivePages:    []analytics.ActivePage{{Path: "/", Visitors: 15}, {Path: "/pricing", Visitors: 8}},
	}))
	require.JSONEq(t, `{"activeVisitors":42,"activePages":[{"path":"/","visitors":15},{"path":"/pricing","visitors":8}]}`,
		p.get(t, "/api/v2/sites/shop/realtime").Body.String())
	require.False(t, p.SetRealtime("none", analytics.Realtime{}))
	require.False(t, p.AddHits("none", p.now, analytics.Hits{}))
}

func TestErrors(t *testing.T) {
	t.Parallel()
	p := newPlatform()
	for path, want := range map[string]int{
		"/api/v2/sites/none/stats":          http.StatusForbidden,
		"/api/v2/sites/none/realtime":       http.StatusForbidden,
		"/api/v2/sites/shop/stats?range=1d": http.StatusBadRequest,
		"/api/v2/nothing":                   http.StatusNotFound,
	} {
		got := p.get(t, path)
		require.Equal(t, want, got.Code, path)
		require.Contains(t, got.Body.String(), `{"error":`)
	}
}

func TestBudget_IsToldAndEnforced(t *testing.T) {
	t.Parallel()
	p := newPlatform()
	reset := "1774684800000"
	for call := range 100 {
		got := p.get(t, "/api/v2/sites")
		require.Equal(t, http.StatusOK, got.Code)
		if call == 4 {
			require.Equal(t, "100", got.Header().Get("X-RateLimit-Limit"))
			require.Equal(t, "95", got.Header().Get("X-RateLimit-Remaining"))
			require.Equal(t, reset, got.Header().Get("X-RateLimit-Reset"), "milliseconds")
		}
	}
	p.now = p.now.Add(20*time.Second + time.Millisecond)
	got := p.get(t, "/api/v2/sites")
	require.Equal(t, http.StatusTooManyRequests, got.Code)
	require.Equal(t, "40", got.Header().Get("Retry-After"), "seconds, rounded up")
	require.Equal(t, reset, got.Header().Get("X-RateLimit-Reset"))
	_, excesses := p.log.Excesses()
	require.Equal(t, 1, excesses)

	p.now = p.now.Add(40 * time.Second)
	require.Equal(t, http.StatusOK, p.get(t, "/api/v2/sites").Code)
}
