package anodot_test

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/simulator/anodot"
)

// The requests of this file are the reference's own; what they are answered is
// compared with what it prints.

func document(t *testing.T, name string) string {
	t.Helper()
	content, err := fs.ReadFile(os.DirFS("testdata/document"), name+".json")
	require.NoError(t, err)
	return string(content)
}

func seed(t *testing.T, name string, add func(anodot.Object)) {
	t.Helper()
	var objects []anodot.Object
	require.NoError(t, json.Unmarshal([]byte(document(t, name)), &objects))
	for _, o := range objects {
		add(o)
	}
}

func seedOne(t *testing.T, name string, add func(anodot.Object)) {
	t.Helper()
	var o anodot.Object
	require.NoError(t, json.Unmarshal([]byte(document(t, name)), &o))
	add(o)
}

func TestDocument_ListsAndObjectsAreThosePrinted(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		path string
		seed func(*testing.T, *account)
		want string
	}{
		"GET data-sources":      {"/api/v2/bc/data-sources", func(t *testing.T, a *account) { t.Helper(); seed(t, "data_sources", a.AddDataSource) }, "data_sources"},
		"GET data-sources/find": {"/api/v2/bc/data-sources/find?searchQuery=s3", func(t *testing.T, a *account) { t.Helper(); seed(t, "data_sources_find", a.AddDataSource) }, "data_sources_find"},
		"GET data-sources/:id":  {"/api/v2/bc/data-sources/CPGLrAfdxxxFm", func(t *testing.T, a *account) { t.Helper(); seedOne(t, "data_source", a.AddDataSource) }, "data_source"},
		"GET data-streams":      {"/api/v2/bc/data-streams", func(t *testing.T, a *account) { t.Helper(); seed(t, "data_streams", a.AddDataStream) }, "data_streams"},
		"GET data-streams/find": {"/api/v2/bc/data-streams/find?searchQuery=test", func(t *testing.T, a *account) { t.Helper(); seed(t, "data_streams_find", a.AddDataStream) }, "data_streams_find"},
		"GET data-streams/:id":  {"/api/v2/bc/data-streams/SSSjMxxxfXgdL", func(t *testing.T, a *account) { t.Helper(); seedOne(t, "data_stream", a.AddDataStream) }, "data_stream"},
		"GET channels":          {"/api/v2/channels", func(t *testing.T, a *account) { t.Helper(); seed(t, "channels", a.AddChannel) }, "channels"},
		"metrics/total": {"/api/v2/bc/data-streams/metrics/total?streamId=SSSjMxxxfXgdL&timeRange=day", func(t *testing.T, a *account) {
			t.Helper()
			seedOne(t, "data_stream", a.AddDataStream)
			a.SetMetricTotal("SSSjMxxxfXgdL", 100, 700)
		}, "metric_total"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAccount(anodot.Options{})
			tc.seed(t, a)
			got := a.call(t, http.MethodGet, tc.path, "", a.token(t))
			require.Equal(t, http.StatusOK, got.Code)
			require.JSONEq(t, document(t, tc.want), got.Body.String())
		})
	}
}

func TestDocument_AlertsAreThosePrinted(t *testing.T) {
	t.Parallel()
	a := newAccount(anodot.Options{})
	var alerts []anodot.Alert
	require.NoError(t, json.Unmarshal([]byte(document(t, "alerts")), &alerts))
	a.AddAlert(alerts[0])
	got := a.call(t, http.MethodGet, "/api/v2/alerts", "", a.token(t))
	require.JSONEq(t, document(t, "alerts"), got.Body.String())
}

func TestDocument_AnAlertIsCreatedOfTheSample(t *testing.T) {
	t.Parallel()
	a := newAccount(anodot.Options{})
	token := a.token(t)
	got := a.call(t, http.MethodPost, "/api/v2/alerts", document(t, "create_alert"), token)
	require.Equal(t, http.StatusOK, got.Code)
	var alert struct {
		ID            string
		Configuration map[string]any
	}
	require.NoError(t, json.Unmarshal(got.Body.Bytes(), &alert))
	require.NotEmpty(t, alert.Configuration["owner"], "the token's owner")
	delete(alert.Configuration, "owner")
	sent, err := json.Marshal(alert.Configuration)
	require.NoError(t, err)
	require.JSONEq(t, document(t, "create_alert"), string(sent))

	got = a.call(t, http.MethodPut, "/api/v2/alerts/"+alert.ID, `{"title":"Other","owner":"me","updatePolicy":{"time":300}}`, token)
	require.Equal(t, http.StatusOK, got.Code)
	require.Contains(t, got.Body.String(), `"updatePolicy":{"time":300}`, "what is not documented is kept")
	require.NotContains(t, got.Body.String(), `"owner":"me"`)
	require.Equal(t, http.StatusOK, a.call(t, http.MethodDelete, "/api/v2/alerts/"+alert.ID, "", token).Code)
	require.Equal(t, http.StatusNotFound, a.call(t, http.MethodDelete, "/api/v2/alerts/"+alert.ID, "", token).Code)
	require.Equal(t, http.StatusBadRequest, a.call(t, http.MethodPost, "/api/v2/alerts", `{}`, token).Code)
}

func TestDocument_StreamsAreCreatedOfTheSamples(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"create_stream_cur", "create_stream_psql", "create_stream_kinesis"} {
		a := newAccount(anodot.Options{})
		got := a.call(t, http.MethodPost, "/api/v2/bc/data-streams", document(t, name), a.token(t))
		require.Equal(t, http.StatusOK, got.Code, name)
		var sent, made map[string]any
		require.NoError(t, json.Unmarshal([]byte(document(t, name)), &sent))
		require.NoError(t, json.Unmarshal(got.Body.Bytes(), &made))
		for field, value := range sent {
			if field != "id" {
				require.Equal(t, value, made[field], field)
			}
		}
	}
}

func TestDocument_AStreamIsPausedAndDeletedAsPrinted(t *testing.T) {
	t.Parallel()
	a := newAccount(anodot.Options{})
	token := a.token(t)
	a.AddDataStream(anodot.Object{"id": "SSSGxxxDegnQEv", "name": "test", "type": "s3", "paused": false})
	got := a.call(t, http.MethodPut, "/api/v2/bc/data-streams/SSSGxxxDegnQEv/state/pause", "", token)
	require.JSONEq(t, document(t, "pause_stream"), got.Body.String())
	got = a.call(t, http.MethodDelete, "/api/v2/bc/data-streams/SSSGxxxDegnQEv", "", token)
	require.Equal(t, http.StatusOK, got.Code)
	require.Empty(t, got.Body.String())

	got = a.call(t, http.MethodDelete, "/api/v2/bc/data-streams/SSSGYfxxxxob7", "", token)
	require.Equal(t, http.StatusNotFound, got.Code)
	var want, answer map[string]any
	require.NoError(t, json.Unmarshal([]byte(document(t, "no_stream")), &want))
	require.NoError(t, json.Unmarshal(got.Body.Bytes(), &answer))
	require.Contains(t, answer["message"], "stream SSSGYfxxxxob7 was not found for user ")
	delete(want, "message")
	delete(answer, "message")
	require.Equal(t, want, answer)
}
