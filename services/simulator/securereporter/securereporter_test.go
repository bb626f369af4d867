package securereporter_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/simulator/record"
	"github.com/signalbox-io/signalbox/services/simulator/securereporter"
)

func now() time.Time { return time.Date(2023, 7, 15, 14, 1, 20, 841_126_000, time.UTC) }

func newReporter() *securereporter.Vendor {
	v := securereporter.New(securereporter.Options{Token: "one-week:uuid"}, now, record.NewLog(slog.New(slog.DiscardHandler)))
	v.AddReport(securereporter.Report{Name: "GST Balance"})
	v.AddReport(securereporter.Report{
		Name: "bot-traffic",
		Binds: []securereporter.Bind{
			securereporter.LastDays("_days", "1"),
			securereporter.Equal("_site", "site"),
		},
	})
	for site, ago := range map[string]time.Duration{"shop": time.Hour, "blog": 48 * time.Hour} {
		v.AddRow("bot-traffic", securereporter.Row{At: now().Add(-ago), Columns: map[string]any{"site": site, "bots": 3, "note": nil}})
	}
	return v
}

func call(t *testing.T, v *securereporter.Vendor, path, secret string) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
	request.SetBasicAuth("one-week", secret)
	recorder := httptest.NewRecorder()
	v.ServeHTTP(recorder, request)
	return recorder
}

func TestCall_BindsPickRows(t *testing.T) {
	t.Parallel()
	v := newReporter()
	for query, want := range map[string]string{
		"?_site=shop":                `[{"site":"shop","bots":3,"note":null}]`,
		"?_site=blog":                `[]`,
		"?_site=blog&_days=2":        `[{"site":"blog","bots":3,"note":null}]`,
		"?_site=blog&_days=2&other=": `[{"site":"blog","bots":3,"note":null}]`,
	} {
		for _, report := range []string{"bot-traffic", "2"} {
			got := call(t, v, "/api/call/"+report+"/"+query, "uuid")
			require.Equal(t, http.StatusOK, got.Code)
			require.JSONEq(t, `{"message":"","ok":true,"records":`+want+`}`, got.Body.String(), query)
		}
	}
	require.JSONEq(t, `{"message":"","ok":true,"records":[]}`, call(t, v, "/api/call/gst-balance/", "uuid").Body.String())
}

func TestCall_Failures(t *testing.T) {
	t.Parallel()
	v := newReporter()
	for _, tc := range []struct {
		path, secret string
		status       int
		message      string
	}{
		{"/api/call/bot-traffic/?_site=shop", "other", http.StatusUnauthorized, "a valid token is required"},
		{"/api/call/none/", "uuid", http.StatusNotFound, `there is no report \"none\"`},
		{"/api/call/bot-traffic?_site=shop", "uuid", http.StatusNotFound, "Not Found"},
		{"/api/call/bot-traffic/", "uuid", http.StatusOK, "no value for bind variable :_site"},
		{"/api/call/bot-traffic/?_site=shop&_days=many", "uuid", http.StatusOK, `bind variable :_days: \"many\" is no number of days`},
	} {
		got := call(t, v, tc.path, tc.secret)
		require.Equal(t, tc.status, got.Code, tc.path)
		require.JSONEq(t, `{"message":"`+tc.message+`","ok":false,"records":[]}`, got.Body.String())
	}
}

func TestServerTime_IsUTC(t *testing.T) {
	t.Parallel()
	v := newReporter()
	require.JSONEq(t, `"2023-07-15T14:01:20.841126+00:00"`, call(t, v, "/api/server_iso_time/", "uuid").Body.String())
	require.JSONEq(t, `"2023-07-15 14:01:20.841126"`, call(t, v, "/api/server_time/", "uuid").Body.String())
}

func TestNaiveTime_LeavesZeroMicrosecondsOut(t *testing.T) {
	t.Parallel()
	at := time.Date(2023, 7, 15, 16, 0, 0, 0, time.FixedZone("two hours east", 2*60*60))
	require.Equal(t, "2023-07-15 14:00:00", securereporter.NaiveTime(at))
}

func TestAddRow_NeedsAReport(t *testing.T) {
	t.Parallel()
	require.False(t, newReporter().AddRow("none", securereporter.Row{}))
}
