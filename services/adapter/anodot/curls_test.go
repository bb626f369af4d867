package anodot_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

// curl is a command of the vendor's document, in testdata/document/curls.txt, and
// the call that asks for the same.
type curl struct {
	// begins is how the command begins, without its host.
	begins string
	call   func(context.Context, *adaptertest.Bench) error
	// answer is the file of the printed answer, "" for none.
	answer string
	// body is the file of a body that the document prints elsewhere.
	body string
}

// streamID is of the data stream of which some calls are.
const streamID = "SSSq07uxxxyvI"

// curls are in the document's order.
func curls() []curl {
	const v2 = " /api/v2/"
	const sources, streams = v2 + "bc/data-sources", v2 + "bc/data-streams"
	return []curl{
		{"POST" + v2 + "access-token", callOf("ListChannels"), "channels", ""},
		{"GET" + v2 + "feedbacks", callOf("ListFeedback"), "", ""},
		{"GET" + v2 + "alerts", callOf("ListAlerts"), "data_sources", ""},
		{"POST" + v2 + "alerts", createAlertOf("create_alert"), "", "create_alert"},
		{"GET /api/alerts/{alertID}", callOf("GetAlert"), "data_source", ""},
		{"PUT" + v2 + "alerts/{alertID}", updateAlertOf("create_alert"), "", "create_alert"},
		{"DELETE" + v2 + "alerts/{alertID}", callOf("DeleteAlert"), "", ""},
		{"POST" + v2 + "alerts/{alertID}/pause", callOf("PauseAlert"), "", ""},
		{"POST" + v2 + "alerts/{alertID}/resume", callOf("ResumeAlert"), "", ""},
		{"GET" + v2 + "feedbacks", callOf("ListFeedback"), "", ""},
		{"GET" + sources, callOf("ListDataSources"), "data_sources", ""},
		{"GET" + sources + "?type=s3", listS3, "data_sources", ""},
		{"GET" + sources + "/find?searchQuery=s3", callOf("FindDataSources"), "data_sources_find", ""},
		{"GET" + sources + "/CPGLrAfdxxxFm", getSource, "data_source", ""},
		{"GET" + streams, callOf("ListDataStreams"), "data_streams", ""},
		{"GET" + streams + "/find?searchQuery=test", callOf("FindDataStreams"), "data_streams_find", ""},
		{"GET" + streams + "/{id}", callOf("GetDataStream"), "data_stream", ""},
		{"POST" + streams, streamFrom("cur"), "data_stream", ""},
		{"POST" + streams, streamFrom("psql"), "data_stream", ""},
		{"POST" + streams, streamFrom("kinesis"), "data_stream", ""},
		{"GET" + streams + "/metrics/total?streamId={id}&timeRange=day", callOf("CountDataStreamMetrics"), "metric_total", ""},
		{"PUT" + streams + "/{id}/state/{action}", callOf("PauseDataStream"), "pause_stream", ""},
		{"DELETE" + streams + "/{id}", callOf("DeleteDataStream"), "", ""},
		{"GET" + v2 + "channels", callOf("ListChannels"), "channels", ""},
		{"GET" + v2 + "channels?type=slack", listSlack(""), "channels", ""},
		{"GET" + v2 + "channels?type=slack&name=alert", listSlack("alert"), "channels", ""},
	}
}

func getSource(ctx context.Context, b *adaptertest.Bench) error {
	_, err := clientOf(b).GetDataSource(ctx, &anodotv1.GetDataSourceRequest{Source: source, DataSourceId: "CPGLrAfdxxxFm"})
	return err
}

// TestDocument_RequestsAreThosePrinted makes the call for each curl of the
// document, and compares all of what the vendor is sent with all of the command.
func TestDocument_RequestsAreThosePrinted(t *testing.T) {
	t.Parallel()
	printed := strings.Split(adaptertest.Recorded(t, "document/curls.txt"), "\n\ncurl ")
	require.Len(t, printed, len(curls()))
	for i, tc := range curls() {
		t.Run(tc.begins, func(t *testing.T) {
			t.Parallel()
			command := "curl " + strings.TrimPrefix(printed[i], "curl ")
			begins := adaptertest.Curl(t, command)
			require.Equal(t, tc.begins, begins.Method+" "+strings.TrimSuffix(unescaped(t, begins.Path)+"?"+begins.Query, "?"))
			b := newWholeBench(t, adaptertest.Answer(http.StatusOK, recordedOrNothing(t, tc.answer)))
			if strings.HasSuffix(tc.begins, "feedbacks") {
				b = newWholeBench(t, adaptertest.Answer(http.StatusOK, `{"feedbacks":[]}`))
			}
			require.NoError(t, tc.call(t.Context(), b))
			requests := b.Requests()
			require.Len(t, requests, 2)
			got, words := requests[1], []string{"${TOKEN}", jwt(1), "{alertID}", alertID, "{id}", streamID, "{action}", "pause", documentToken, jwt(1)}
			if strings.HasSuffix(tc.begins, "access-token") {
				got = requests[0]
			}
			want := adaptertest.Curl(t, command, words...)
			if tc.body != "" {
				want.Body = recordedOrNothing(t, tc.body)
			}
			adaptertest.RequireSame(t, want, got)
		})
	}
}

// TestDocument_AStreamIsResumedByTheOtherAction is of the command that has two.
func TestDocument_AStreamIsResumedByTheOtherAction(t *testing.T) {
	t.Parallel()
	b := newWholeBench(t, adaptertest.Answer(http.StatusOK, ""))
	require.NoError(t, callOf("ResumeDataStream")(t.Context(), b))
	require.Equal(t, "PUT /api/v2/bc/data-streams/"+streamID+"/state/resume", b.Requests()[1].Method+" "+b.Requests()[1].Path)
}

// documentToken is the access token that the document prints.
const documentToken = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJkYXRhIjoiMDgwNjVlYjA3ZTI4ZTRiZGVlZjkxZGJlMTJiNWUyYjU1MjNjMjA4KTAwNjBjODI1YjYwM2M0MGJkOThlMThlYjQ2ZDMyMWIxZDIiLCJpYXQiOjE1NTM2ODU4OTksImV4cCI6MTU1NjI3Nzg5OX0.TOE5ZNr6yL0wyLsB1RQEA8CV-S6zzUEafkXLwHIY76k"

func recordedOrNothing(t *testing.T, file string) string {
	t.Helper()
	if file == "" {
		return ""
	}
	return adaptertest.Recorded(t, "document/"+file+".json")
}

func unescaped(t *testing.T, path string) string {
	t.Helper()
	text, err := url.PathUnescape(path)
	require.NoError(t, err)
	return text
}
