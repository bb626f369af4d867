package anomify_test

import (
	"bytes"
	"encoding/json"
	"image/png"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/simulator/anomify"
)

// seeded is an organization with two metrics, of which one has anomalies, a
// series, a pattern and a match.
func seeded() *organization {
	o := newOrganization()
	o.AddMetric("cpu.idle")
	o.AddAnomaly(anomify.Anomaly{ID: 1, Metric: "web/a b", Value: 5, At: now.Add(-time.Hour)})
	o.AddAnomaly(anomify.Anomaly{ID: 2, Metric: "web/a b", Value: 6, At: now.Add(-time.Minute)})
	o.SetSeries("web/a b", []anomify.Point{{At: now.Add(-time.Hour), Value: 1}, {At: now.Add(-time.Minute), Value: 3}})
	o.AddPattern(anomify.Pattern{ID: 6, MetricName: "web/a b", Enabled: true, Duration: 60, AnomalyTimestamp: now.Add(-time.Hour).Unix()})
	o.AddPattern(anomify.Pattern{ID: 7, MetricName: "cpu.idle", Pending: true})
	o.AddMatch(anomify.Match{ID: 9, Metric: "web/a b", PatternID: 6, Timestamp: now.Unix() - 60})
	o.AddEvent(anomify.Event{ID: 1, Type: "user_login", Timestamp: now.Unix() - 60})
	o.AddUser(anomify.User{ID: 2, OrgID: 1, Name: "Bo", Email: "bo@example.com"})
	return o
}

// fields returns what the data of a 200 hold.
func (o *organization) fields(t *testing.T, path string) map[string]json.RawMessage {
	t.Helper()
	recorder, e := o.call(t, get(t, path))
	require.Equal(t, http.StatusOK, recorder.Code, "%s: %s", path, e.Data)
	var found map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(e.Data, &found))
	return found
}

func TestEndpoints_ShowWhatIsThere(t *testing.T) {
	t.Parallel()
	o := seeded()
	const metric = "/metric/web%2Fa%20b"
	for _, tc := range []struct{ path, name, want string }{
		{"/metric/cpu.idle", "metric", `{"id":1,"name":"cpu.idle","anomalies":0,"last_anomaly_timestamp":0,"last_match_timestamp":0,"anomalies_string":"0 anomalies"}`},
		{metric + "/timeseries", "timeseries", `[[1657022319,1],[1657025859,3]]`},
		{metric + "/timeseries?from_timestamp=1657025859", "timeseries", `[[1657025859,3]]`},
		{metric + "/yhat", "yhat", `{"1657022319":{"value":1,"expected":1,"anomaly":true},"1657025859":{"value":3,"expected":2,"anomaly":true}}`},
		{metric + "/anomalysummary?from_timestamp=1657025859", "total", `1`},
		{metric + "/bundle", "timeseries", `[[1657022319,1],[1657025859,3]]`},
		{"/match/9", "match", `{"id":9,"metric_id":2,"metric":"web/a b","pattern_id":6,"timestamp":1657025859,"value":0,"validated":0}`},
		{"/pattern/6/timeseries", "timeseries", `[[1657022319,1]]`},
		{"/watchers/chips", "chips", `["a","b","cpu","idle","web"]`},
		{"/exclusion/types", "types", `[{"id":"exact","name":"Exactly"},{"id":"contains","name":"Contains"},{"id":"prefix","name":"Begins with"}]`},
		{"/org/channels", "channels", `[{"id":1,"name":"#alerts","type":"slack"}]`},
		{"/org/events", "events", `[{"id":1,"type":"user_login","timestamp":1657025859}]`},
		{"/org/events?until_timestamp=1", "events", `[]`},
		{"/org/info", "org", `{"id":1,"name":"Example","onboarding_status_id":300}`},
		{"/org/summary", "users", `2`},
		{"/org/adminalert/2", "admin_alert", `{"id":2,"name":"Quota exceeded","wait_seconds":300,"expiration_seconds":86400,"enabled":false,"alerts":[]}`},
	} {
		require.JSONEq(t, tc.want, string(o.fields(t, tc.path)[tc.name]), tc.path)
	}
}

func TestEndpoints_ListsInTheirOrders(t *testing.T) {
	t.Parallel()
	o := seeded()
	for _, tc := range []struct {
		path, name string
		want       []any
	}{
		{"/metrics", "metrics", []any{1.0, 2.0}},
		{"/metrics/mostanomalous", "metrics", []any{2.0, 1.0}},
		{"/metrics/mostrecentlyanomalous", "metrics", []any{2.0, 1.0}},
		{"/metrics/mostrecentlymatched", "metrics", []any{2.0, 1.0}},
		{"/metric/web%2Fa%20b/anomalies", "anomalies", []any{1.0, 2.0}},
		{"/metric/web%2Fa%20b/patterns", "patterns", []any{6.0}},
		{"/pattern/6/matches", "matches", []any{9.0}},
		{"/patterns/pending", "patterns", []any{7.0}},
		{"/org/users", "users", []any{1.0, 2.0}},
		{"/org/adminalerts", "admin_alerts", []any{1.0, 2.0}},
		{"/exclusion/test?type=contains&value=a", "metrics", []any{2.0}},
		{"/exclusion/test?type=exact&value=cpu.idle", "metrics", []any{1.0}},
		{"/exclusion/test?type=prefix&value=x", "metrics", nil},
	} {
		var records []map[string]any
		require.NoError(t, json.Unmarshal(o.fields(t, tc.path)[tc.name], &records), tc.path)
		var ids []any
		for _, record := range records {
			ids = append(ids, record["id"])
		}
		require.Equal(t, tc.want, ids, tc.path)
	}
	o.ListByID(true)
	var byID map[string]map[string]any
	require.NoError(t, json.Unmarshal(o.fields(t, "/org/users")["users"], &byID))
	require.Equal(t, "Bo", byID["2"]["name"])
}

func TestEndpoints_Refusals(t *testing.T) {
	t.Parallel()
	o := seeded()
	for _, tc := range []struct {
		request *http.Request
		want    int
	}{
		{get(t, "/anomaly/lookup?metric=x"), http.StatusBadRequest},
		{get(t, "/anomaly/lookup?metric=x&timestamp=1"), http.StatusNotFound},
		{get(t, "/anomaly/train?anomaly_id=1"), http.StatusMethodNotAllowed},
		{post(t, "/anomaly/train", "anomaly_id=x"), http.StatusBadRequest},
		{post(t, "/anomaly/train", "anomaly_id=77"), http.StatusNotFound},
		{get(t, "/metric/none"), http.StatusNotFound},
		{get(t, "/metric/none/graph"), http.StatusNotFound},
		{get(t, "/metric/cpu.idle/yhat?from_timestamp=2&until_timestamp=1"), http.StatusBadRequest},
		{get(t, "/image/anomaly?anomaly_id=x"), http.StatusBadRequest},
		{get(t, "/image/anomaly?anomaly_id=77"), http.StatusNotFound},
		{get(t, "/image/metric"), http.StatusNotFound},
		{get(t, "/match/x"), http.StatusBadRequest},
		{get(t, "/match/1/motif/graph"), http.StatusNotFound},
		{get(t, "/pattern/1"), http.StatusNotFound},
		{get(t, "/pattern/6/disable"), http.StatusMethodNotAllowed},
		{post(t, "/exclusion/add", "type=odd&value=x"), http.StatusBadRequest},
		{post(t, "/exclusion/add", "type=exact"), http.StatusBadRequest},
		{post(t, "/exclusion/delete", "id=x"), http.StatusBadRequest},
		{post(t, "/exclusion/delete", "id=1"), http.StatusNotFound},
		{get(t, "/org/adminalert/9"), http.StatusNotFound},
		{get(t, "/org/adminalerts?type_1_enabled=true"), http.StatusMethodNotAllowed},
		{post(t, "/org/adminalerts", "type_9_enabled=true"), http.StatusBadRequest},
		{post(t, "/org/adminalerts", "type_1_enabled=false&type_1_wait_seconds=299"), http.StatusBadRequest},
		{post(t, "/org/adminalerts", "type_1_email_users=9"), http.StatusBadRequest},
		{post(t, "/org/adminalerts", "type_1_color=red"), http.StatusBadRequest},
		{get(t, "/billing/history"), http.StatusNotFound},
	} {
		recorder, _ := o.call(t, tc.request)
		require.Equal(t, tc.want, recorder.Code, tc.request.URL)
	}
	require.True(t, o.AdminAlerts()[0].Enabled, "a change that is refused leaves no trace")
	_, effects := o.log.Effects()
	require.Zero(t, effects)
}

func TestTrain_MakesAPendingPatternWhileItCan(t *testing.T) {
	t.Parallel()
	o := seeded()
	recorder, e := o.call(t, post(t, "/anomaly/train", "anomaly_id=1&label=sale"))
	require.Equal(t, http.StatusOK, recorder.Code)
	require.Contains(t, string(e.Data), `"label":"sale"`)
	require.Contains(t, string(o.fields(t, "/anomaly/1")["anomaly"]), `"pending_patterns":[8]`)
	o.AddAnomaly(anomify.Anomaly{ID: 3, Metric: "old", At: now.Add(-31 * 24 * time.Hour)})
	recorder, _ = o.call(t, post(t, "/anomaly/train", "anomaly_id=3"))
	require.Equal(t, http.StatusBadRequest, recorder.Code)
}

func TestChanges_AreEffects(t *testing.T) {
	t.Parallel()
	o := seeded()
	for _, request := range []*http.Request{
		post(t, "/pattern/6/disable", ""),
		post(t, "/pattern/6/disable", ""),
		post(t, "/exclusion/add", "type=exact&value=cpu.idle"),
		post(t, "/exclusion/delete", "id=1"),
		post(t, "/org/adminalerts", "type_1_slack_channel=%23ops&type_1_sms_users=1,2&type_2_enabled=true"),
		post(t, "/org/adminalerts", "type_1_slack_channel=&type_1_sms_users=2"),
	} {
		recorder, _ := o.call(t, request)
		require.Equal(t, http.StatusOK, recorder.Code, request.URL)
	}
	effects, _ := o.log.Effects()
	var actions []string
	for _, e := range effects {
		actions = append(actions, e.Action)
	}
	require.Equal(t, []string{
		anomify.DisablePattern, anomify.DisablePattern, anomify.AddExclusion, anomify.DeleteExclusion,
		anomify.UpdateAdminAlerts, anomify.UpdateAdminAlerts,
	}, actions)
	require.True(t, effects[0].Changed)
	require.False(t, effects[1].Changed)
	require.Empty(t, o.Exclusions())
	require.Len(t, o.AdminAlerts()[0].Alerts, 1)
	require.Equal(t, "bo@example.com", o.AdminAlerts()[0].Alerts[0].Ref)
	require.True(t, o.AdminAlerts()[1].Enabled)
}

func TestPictures_ArePNG(t *testing.T) {
	t.Parallel()
	o := seeded()
	for _, path := range []string{
		"/image/anomaly?anomaly_id=1", "/image/metric?metric=web/a+b", "/metric/web%2Fa%20b/graph",
		"/match/9/graph", "/match/9/motif/graph", "/org/graph",
	} {
		recorder := httptest.NewRecorder()
		o.ServeHTTP(recorder, get(t, path))
		require.Equal(t, http.StatusOK, recorder.Code, path)
		require.Equal(t, "image/png", recorder.Header().Get("Content-Type"))
		_, err := png.Decode(bytes.NewReader(recorder.Body.Bytes()))
		require.NoError(t, err, path)
	}
}
