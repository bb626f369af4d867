package anodot_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/simulator/anodot"
)

func closedFiring() anodot.Object {
	return anodot.Object{
		"id": "t1", "alertConfigurationId": "a1", "groupId": "d863a79ec48b407a808379facc89df7e", "status": "CLOSE", "severity": "high",
		"title": "Drop", "timeScale": "5m", "startTime": 1_790_242_800, "endTime": 1_790_244_000,
		"metrics": []anodot.Object{{"id": "m", "name": "what=bots", "status": "close", "startTime": 1_790_242_800, "intervals": []anodot.Object{
			{"score": 0.88, "peak": 91.5, "direction": "UP"},
		}}},
	}
}

func TestPush_TellsEachWebhookInItsTemplate(t *testing.T) {
	t.Parallel()
	var bodies []map[string]any
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		var body map[string]any
		_ = json.Unmarshal(data, &body)
		bodies = append(bodies, body)
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "taken")
	}))
	t.Cleanup(receiver.Close)
	a := newAccount(anodot.Options{})
	created := a.call(t, http.MethodPost, "/api/v2/channels/webhook",
		`{"name":"standard","channelData":{"authenticate":false,"url":"`+receiver.URL+`/x"}}`, a.token(t))
	require.Equal(t, http.StatusOK, created.Code, created.Body)
	a.AddWebhook(anodot.Webhook{Name: "extended", URL: receiver.URL, Extended: true})

	pushed, err := a.Push(t.Context(), closedFiring())
	require.NoError(t, err)
	require.Equal(t, []anodot.Pushed{{"standard", http.StatusTeapot, "taken"}, {"extended", http.StatusTeapot, "taken"}}, pushed)
	require.NotContains(t, bodies[0], "alertGroupStatus")
	require.Equal(t, "CLOSED", bodies[1]["alertGroupStatus"])
	require.Equal(t, "1790242800", bodies[0]["startTimeEpoch"])
	require.Equal(t, "24 Sep, 2026 9:40AM (UTC)", bodies[0]["startTime"])
	alert := bodies[0]["alerts"].([]any)[0].(map[string]any)
	require.Equal(t, "closed", alert["alertStatus"])
	require.Equal(t, "a1", alert["alertId"])
	metric := alert["metrics"].([]any)[0].(map[string]any)
	require.Equal(t, "1200", metric["durationInSeconds"])
	require.Equal(t, "91.5", metric["peak"])
	require.InDelta(t, 88, metric["significance"], 1e-9)
	listed := a.call(t, http.MethodGet, "/api/v2/channels?type=webhook", "", a.token(t))
	require.NotContains(t, listed.Body.String(), receiver.URL, "a list shows no URL")
}

func TestPush_ErrorsShowNoURL(t *testing.T) {
	t.Parallel()
	a := newAccount(anodot.Options{})
	a.AddWebhook(anodot.Webhook{Name: "gone", URL: "http://127.0.0.1:1/hooks/anodot/hunter2"})
	a.AddWebhook(anodot.Webhook{Name: "none", URL: "://hunter2"})
	pushed, err := a.Push(t.Context(), closedFiring())
	require.ErrorContains(t, err, `push to channel "gone"`)
	require.ErrorContains(t, err, `push to channel "none"`)
	require.NotContains(t, err.Error(), "hunter2")
	require.Empty(t, pushed)
	refused := a.call(t, http.MethodPost, "/api/v2/channels/webhook", `{"name":"x","channelData":{}}`, a.token(t))
	require.Equal(t, http.StatusBadRequest, refused.Code)
}
