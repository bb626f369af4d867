package simulator_test

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/simulator"
	"github.com/signalbox-io/signalbox/services/simulator/anodot"
)

// printed returns a body that the vendor's document prints.
func printed(t *testing.T, name string) string {
	t.Helper()
	content, err := fs.ReadFile(os.DirFS("anodot/testdata/document"), name+".json")
	require.NoError(t, err)
	return string(content)
}

func printedList(t *testing.T, name string, add func(anodot.Object)) {
	t.Helper()
	var objects []anodot.Object
	require.NoError(t, json.Unmarshal([]byte(printed(t, name)), &objects))
	for _, o := range objects {
		add(o)
	}
}

// printedAccount has what the document's examples name. Each look at its clock is a
// minute later than the last one: some of its calls are allowed once a minute.
func printedAccount(t *testing.T) *stand {
	t.Helper()
	var minutes atomic.Int64
	sim := start(t, simulator.Options{Now: func() time.Time { return time.Unix(1_578_392_000+60*minutes.Add(1), 0) }})
	var alerts []anodot.Alert
	require.NoError(t, json.Unmarshal([]byte(printed(t, "alerts")), &alerts))
	alerts[0].ID, alerts[0].State = "20262fb3-00ba-412c-a515-aec74c4824cd", anodot.State{State: "active"}
	sim.Anodot.AddAlert(alerts[0])
	sim.Anodot.AddFeedback(anodot.Feedback{
		ID: "a9b6d1ea-70bd-4bab-b567-a16ce60a91f2", Type: "GOOD_CATCH", CreatedTime: 1578391511, UserName: "test@anodot.com",
	})
	printedList(t, "data_sources", sim.Anodot.AddDataSource)
	printedList(t, "data_sources_find", sim.Anodot.AddDataSource)
	printedList(t, "data_streams", sim.Anodot.AddDataStream)
	printedList(t, "channels", sim.Anodot.AddChannel)
	var source anodot.Object
	require.NoError(t, json.Unmarshal([]byte(printed(t, "data_source")), &source))
	sim.Anodot.AddDataSource(source)
	sim.Anodot.AddDataStream(anodot.Object{"id": "SSSGxxxDegnQEv", "name": "test", "type": "s3", "paused": false})
	sim.Anodot.SetMetricTotal("SSSGxxxDegnQEv", 100, 700)
	return sim
}

// TestDocuments_Anodot makes each call for which the document prints a curl, in
// their order, but for those that delete.
func TestDocuments_Anodot(t *testing.T) {
	t.Parallel()
	sim := printedAccount(t)
	got := sim.mustCall(t, http.MethodPost, "/anodot/api/v2/access-token", `{"refreshToken": "722354b89ae60761f9fcxcxca613315c"}`, asJSON()...)
	require.Equal(t, http.StatusOK, got.status)
	var token string
	require.NoError(t, json.Unmarshal([]byte(got.body), &token))
	as := append(asJSON(), "Authorization", "Bearer "+token)

	const v2, alert, stream = "/anodot/api/v2", "/20262fb3-00ba-412c-a515-aec74c4824cd", "/SSSGxxxDegnQEv"
	const sources, streams = v2 + "/bc/data-sources", v2 + "/bc/data-streams"
	play(t, sim, []documented{
		{"GET feedbacks", "GET " + v2 + "/feedbacks", as, `{"startTime" : 1578391000, "endTime": 1578392000}`, 200, `"total":1`},
		{"GET alerts", "GET " + v2 + "/alerts", as, "", 200, alert[1:]},
		{"POST alerts", "POST " + v2 + "/alerts", as, printed(t, "create_alert"), 200, `"title":"Jetty servers availability"`},
		{"GET alert", "GET /anodot/api/alerts" + alert, as, "", 200, `"state":"active"`},
		{"PUT alert", "PUT " + v2 + "/alerts" + alert, as, printed(t, "create_alert"), 200, alert[1:]},
		{"pause alert", "POST " + v2 + "/alerts" + alert + "/pause", as, "", 200, `"state":"paused"`},
		{"resume alert", "POST " + v2 + "/alerts" + alert + "/resume", as, "", 200, `"state":"active"`},
		{"GET data sources", "GET " + sources, as, "", 200, "CLF6EQisl"},
		{"GET S3 data sources", "GET " + sources + "?type=s3", as, "", 200, "CS3Jwrk4gf"},
		{"find data sources", "GET " + sources + "/find?searchQuery=s3", as, "", 200, `"bucket":"demo"`},
		{"GET data source", "GET " + sources + "/CPGLrAfdxxxFm", as, "", 200, `"dbHost":"demo.anodot.com"`},
		{"GET data streams", "GET " + streams, as, "", 200, "SSSrlxxxxxxSC"},
		{"find data streams", "GET " + streams + "/find?searchQuery=test", as, "", 200, "SSSyjxxxxxgfq"},
		{"GET data stream", "GET " + streams + stream, as, "", 200, `"name":"test"`},
		{"create cost stream", "POST " + streams, as, printed(t, "create_stream_cur"), 200, `"name":"CUR Stream"`},
		{"create psql stream", "POST " + streams, as, printed(t, "create_stream_psql"), 200, `"tableName":"bc_stream"`},
		{"create kinesis stream", "POST " + streams, as, printed(t, "create_stream_kinesis"), 200, `"name":"kinesis api test 1"`},
		{"metric total", "GET " + streams + "/metrics/total?streamId=SSSGxxxDegnQEv&timeRange=day", as, "", 200, `"total":100`},
		{"pause data stream", "PUT " + streams + stream + "/state/pause", as, "", 200, `"paused":true`},
		{"resume data stream", "PUT " + streams + stream + "/state/resume", as, "", 200, `"paused":false`},
		{"GET channels", "GET " + v2 + "/channels", as, "", 200, `"type":"email"`},
		{"GET slack channels", "GET " + v2 + "/channels?type=slack", as, "", 200, `[{"id":"558ef7a2-7064-49be-873d-xxxxxyyyyy"`},
		{"GET slack alert channels", "GET " + v2 + "/channels?type=slack&name=alert", as, "", 200, "[]"},
		{"DELETE data stream", "DELETE " + streams + stream, as, "", 200, ""},
		{"DELETE alert", "DELETE " + v2 + "/alerts" + alert, as, "", 200, ""},
		{"GET a deleted alert", "GET /anodot/api/alerts" + alert, as, "", 404, ""},
		{"DELETE a deleted stream", "DELETE " + streams + stream, as, "", 404, `"andtErrorCode":11002`},
		{"another token", "GET " + v2 + "/alerts", []string{"Authorization", "Bearer x"}, "", 401, ""},
	})
}
