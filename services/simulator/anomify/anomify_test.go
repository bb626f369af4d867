package anomify_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/simulator/anomify"
	"github.com/signalbox-io/signalbox/services/simulator/record"
)

const token = "0123456789abcdef0123456789abcdef"

var now = time.Unix(1_657_025_919, 0)

type organization struct {
	*anomify.Vendor

	log *record.Log
}

func newOrganization() *organization { return newOrganizationOf(token) }

func newOrganizationOf(token string) *organization {
	log := record.NewLog(slog.New(slog.DiscardHandler))
	return &organization{
		Vendor: anomify.New(anomify.Options{Token: token}, func() time.Time { return now }, log),
		log:    log,
	}
}

// envelope is what every answer looks like.
type envelope struct {
	Status struct {
		CreatedTimestamp int64  `json:"created_timestamp"`
		CreatedString    string `json:"created_string"`
		Code             int
		SessionID        string `json:"session_id"`
	}
	Data json.RawMessage
}

func (o *organization) call(t *testing.T, request *http.Request) (*httptest.ResponseRecorder, envelope) {
	t.Helper()
	recorder := httptest.NewRecorder()
	o.ServeHTTP(recorder, request)
	var e envelope
	require.NoError(t, json.Unmarshal(recorder.Body.Bytes(), &e))
	require.Equal(t, recorder.Code, e.Status.Code, "status and envelope agree")
	return recorder, e
}

func get(t *testing.T, path string) *http.Request {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
	request.Header.Set("X-Auth-Token", token)
	return request
}

func post(t *testing.T, path, form string) *http.Request {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(form))
	request.Header.Set("X-Auth-Token", token)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return request
}

func TestUnauthorized_IsGivenASession(t *testing.T) {
	t.Parallel()
	o := newOrganization()
	request := get(t, "/anomalies")
	request.Header.Set("X-Auth-Token", "wrong")
	recorder, e := o.call(t, request)
	require.Equal(t, http.StatusUnauthorized, recorder.Code)
	require.Len(t, e.Status.SessionID, 32)
	require.Equal(t, e.Status.SessionID, recorder.Result().Cookies()[0].Value)
	require.Contains(t, string(e.Data), "not authorized")

	request = httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/ping?session_id=second", http.NoBody)
	request.Header.Set("X-Session-Id", "first")
	_, e = o.call(t, request)
	require.Equal(t, "first", e.Status.SessionID)
	require.JSONEq(t, `{"ping":"pong"}`, string(e.Data))
}

func TestToken_NeedsNoSession(t *testing.T) {
	t.Parallel()
	recorder, e := newOrganization().call(t, get(t, "/status"))
	require.Empty(t, e.Status.SessionID)
	require.Empty(t, recorder.Result().Cookies())
	require.Equal(t, now.Unix(), e.Status.CreatedTimestamp)
	require.Equal(t, "Tue 05 Jul 2022 @ 12:58 (UTC)", e.Status.CreatedString)
	require.JSONEq(t, `{}`, string(e.Data))
}

func TestAnomalies_ByWindowAndMetric(t *testing.T) {
	t.Parallel()
	o := newOrganization()
	for id, at := range map[int64]time.Duration{1: -48 * time.Hour, 2: -2 * time.Hour, 3: -time.Hour, 4: time.Hour} {
		o.AddAnomaly(anomify.Anomaly{ID: id, Metric: "web/a.b c", At: now.Add(at)})
	}
	o.AddAnomaly(anomify.Anomaly{ID: 5, Metric: "other"})

	for _, tc := range []struct {
		request *http.Request
		want    []int64
	}{
		{get(t, "/anomalies"), []int64{2, 3, 5}},
		{get(t, "/anomalies?metric=web/a.b+c&until_timestamp=9999999999"), []int64{2, 3, 4}},
		{post(t, "/anomalies", "from_timestamp=1656853119&until_timestamp=1656853119"), []int64{1}},
		{get(t, "/anomalies?from_timestamp=1657025919"), []int64{5}},
	} {
		_, e := o.call(t, tc.request)
		var data struct {
			Total     int
			Anomalies []struct{ ID int64 }
		}
		require.NoError(t, json.Unmarshal(e.Data, &data))
		var ids []int64
		for _, a := range data.Anomalies {
			ids = append(ids, a.ID)
		}
		require.Equal(t, tc.want, ids, tc.request.URL)
		require.Equal(t, len(tc.want), data.Total)
	}
	recorder, _ := o.call(t, get(t, "/anomalies?from_timestamp=yesterday"))
	require.Equal(t, http.StatusBadRequest, recorder.Code)
}

func TestAnomaly_ByID(t *testing.T) {
	t.Parallel()
	o := newOrganization()
	lower, upper := 1.5, 4.0
	o.AddAnomaly(anomify.Anomaly{
		ID: 7786, Metric: "cpu.idle", Value: 9, Score: 0.78, At: now, Until: now.Add(time.Minute),
		ExpectedLower: &lower, ExpectedUpper: &upper,
	})

	_, e := o.call(t, get(t, "/anomaly/7786"))
	var data struct {
		Anomaly map[string]any
		Graph   string `json:"anomaly_graph_url"`
	}
	require.NoError(t, json.Unmarshal(e.Data, &data))
	require.NotEmpty(t, data.Graph)
	for field, want := range map[string]any{
		"id": 7786.0, "metric": "cpu.idle", "value": 9.0, "score": 0.78, "timestamp": 1657025919.0,
		"timestamp_string": "Tue 05 Jul 2022 @ 12:58 (UTC)", "until_timestamp": 1657025979.0,
		"expected_range_lower": 1.5, "expected_range_upper_string": "4", "positive": true,
	} {
		require.Equal(t, want, data.Anomaly[field], field)
	}

	recorder, _ := o.call(t, get(t, "/anomaly/1"))
	require.Equal(t, http.StatusNotFound, recorder.Code)
	recorder, _ = o.call(t, get(t, "/anomaly/x"))
	require.Equal(t, http.StatusBadRequest, recorder.Code)
}

func TestWatcher_LivesThroughItsCalls(t *testing.T) {
	t.Parallel()
	o := newOrganization()
	for _, request := range []*http.Request{
		post(t, "/watcher/create", "name=bots on shop [sb-1]&chips=shop, spring-sale&alert=true&expiration_time=2&expiration_time_unit=hour"),
		post(t, "/watcher/1/update", "name=renamed"),
		post(t, "/watcher/1/delete", ""),
		post(t, "/watcher/1/delete", ""),
		post(t, "/watcher/1/undelete", ""),
	} {
		recorder, _ := o.call(t, request)
		require.Equal(t, http.StatusOK, recorder.Code, request.URL)
	}
	require.Equal(t, []anomify.Watcher{{
		ID: 1, Name: "renamed", Chips: []string{"shop", "spring-sale"}, Alert: true,
		ExpirationTime: 7200, CreatedTimestamp: now.Unix(),
	}}, o.Watchers())

	effects, _ := o.log.Effects()
	var actions []string
	for _, e := range effects {
		actions = append(actions, e.Action)
	}
	require.Equal(t, []string{
		record.CreateWatcher, record.UpdateWatcher, record.DeleteWatcher, record.DeleteWatcher, record.UndeleteWatcher,
	}, actions)
	require.Equal(t, "bots on shop [sb-1]", effects[0].Name)
	require.True(t, effects[2].Changed)
	require.False(t, effects[3].Changed)

	_, e := o.call(t, get(t, "/watchers/list"))
	require.JSONEq(t, `{"watchers":[{"id":1,"name":"renamed","chips":["shop","spring-sale"],"alert":true,
		"expiration_time":7200,"deleted":false,"created_timestamp":1657025919}]}`, string(e.Data))
}

func TestWatcher_NamesMayRepeat(t *testing.T) {
	t.Parallel()
	o := newOrganization()
	for range 2 {
		o.call(t, post(t, "/watcher/create", "name=a&chips=b"))
	}
	require.Len(t, o.Watchers(), 2)
}

func TestWatcher_Refusals(t *testing.T) {
	t.Parallel()
	o := newOrganization()
	o.call(t, post(t, "/watcher/create", "name=a&chips=b"))
	for _, tc := range []struct {
		request *http.Request
		want    int
	}{
		{get(t, "/watcher/create?name=a&chips=b"), http.StatusMethodNotAllowed},
		{post(t, "/watcher/create", "name=a"), http.StatusBadRequest},
		{post(t, "/watcher/create", "name=a&chips=,"), http.StatusBadRequest},
		{post(t, "/watcher/create", "name=a&chips=b&alert=perhaps"), http.StatusBadRequest},
		{post(t, "/watcher/1/update", "name=b&expiration_time=0"), http.StatusBadRequest},
		{post(t, "/watcher/1/update", "expiration_time=1&expiration_time_unit=year"), http.StatusBadRequest},
		{post(t, "/watcher/2/delete", ""), http.StatusNotFound},
		{post(t, "/watcher/x/delete", ""), http.StatusBadRequest},
		{post(t, "/watchers", ""), http.StatusNotFound},
	} {
		recorder, _ := o.call(t, tc.request)
		require.Equal(t, tc.want, recorder.Code, tc.request.URL)
	}
	require.Equal(t, "a", o.Watchers()[0].Name, "a refused update leaves no trace")
	_, effects := o.log.Effects()
	require.Equal(t, 1, effects)
}
