package anodot_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

// nothing is a vendor that answers 200 and says nothing.
func nothing() http.Handler { return adaptertest.Answer(http.StatusOK, "") }

func TestCalls_ThatTheAccountDoesNotHaveAreNotMade(t *testing.T) {
	t.Parallel()
	for name, setting := range map[string]string{
		"SendMetrics": "anodot.data_collection_key", "ListAnomalies": "anodot.anomalies", "ListTriggeredAlerts": "anodot.triggered_alerts",
	} {
		b := newBench(t, nothing())
		err := calls()[name].make(t.Context(), b)
		require.Equal(t, codes.FailedPrecondition, status.Code(err), "%v", err)
		require.Equal(t, "NOT_CONFIGURED", rpc.Reason(err))
		require.Equal(t, map[string]string{"vendor": "anodot", "source": source, "retryable": "false"}, rpc.Metadata(err))
		require.ErrorContains(t, err, setting)
		require.Zero(t, b.Calls())
	}
}

func TestFirings_InTheOtherShapeSayWhatToSet(t *testing.T) {
	t.Parallel()
	b := newWholeBench(t, adaptertest.Answer(http.StatusOK, `{"total":0,"alertGroups":[]}`))
	err := calls()["ListTriggeredAlerts"].make(t.Context(), b)
	b.Expect(t, err, adaptertest.BadAnswer())
	require.ErrorContains(t, err, "set anodot.triggered_alerts: groups")
}

func TestFirings_ThatAreNeverInOrderEndTheList(t *testing.T) {
	t.Parallel()
	b := newWholeBench(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		size, _ := strconv.Atoi(r.URL.Query().Get("size"))
		records := make([]string, 0, size)
		for i := range size {
			records = append(records, fmt.Sprintf(`{"id":"%d","startTime":%d}`, i, 1_700_000_000-i))
		}
		adaptertest.Answer(http.StatusOK, `{"alerts":[`+strings.Join(records, ",")+`]}`).ServeHTTP(w, r)
	}))
	err := calls()["ListTriggeredAlerts"].make(t.Context(), b)
	b.Expect(t, err, adaptertest.BadAnswer())
	require.ErrorContains(t, err, "does not sort firings")
	require.Equal(t, 4, b.CallsTo("/api/v2/alerts/triggered"))
}

func TestAnomalies_OfAVendorThatDoesNotPageEndTheList(t *testing.T) {
	t.Parallel()
	page := `{"total":5000,"anomalies":[` + strings.Repeat(`{"id":"a"},`, 99) + `{"id":"a"}]}`
	b := newWholeBench(t, adaptertest.Answer(http.StatusOK, page))
	err := calls()["ListAnomalies"].make(t.Context(), b)
	b.Expect(t, err, adaptertest.BadAnswer())
	require.ErrorContains(t, err, "the same page again")
	require.Equal(t, 2, b.CallsTo("/api/v2/anomalies"))
}

func TestRecords_ThatCannotBeReadCostOnlyThemselves(t *testing.T) {
	t.Parallel()
	b := newWholeBench(t, adaptertest.Answer(http.StatusOK, `[{"id":"a"},7,{"id":7},null,{"id":"b","type":"slackapp"}]`))
	got, err := clientOf(b).ListChannels(t.Context(), &anodotv1.ListChannelsRequest{Source: source})
	require.NoError(t, err)
	require.Len(t, got.GetChannels(), 2)
	require.Equal(t, "slackapp", got.GetChannels()[1].GetExtra().GetFields()["type"].GetStringValue())
	require.Len(t, got.GetRejected(), 3)
	require.Equal(t, int32(1), got.GetRejected()[0].GetIndex())
	require.Equal(t, "7", got.GetRejected()[0].GetRaw())
}

func TestMetrics_ErrorsThatNameNoSampleLeaveNoneTaken(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]string{
		`{"errors":[]}`: `{"accepted":2}`,
		`{"errors":[{"index":"1","error":"2003","description":"slow"}]}`: `{"accepted":1,"errors":[{"index":1,"code":"2003","description":"slow","retryable":true}]}`,
		`{"errors":[{"index":null,"error":1002,"description":"x"}]}`:     `{"errors":[{"code":"1002","description":"x"}]}`,
		`{"errors":[{"index":7,"error":2012}]}`:                          `{"errors":[{"index":7,"code":"2012"}]}`,
		`{"errors":["no"]}`:                                              `{"errors":[{"description":"no"}]}`,
	} {
		b := newWholeBench(t, adaptertest.Answer(http.StatusOK, answer))
		got, err := clientOf(b).SendMetrics(t.Context(), &anodotv1.SendMetricsRequest{
			Source: source, Samples: []*anodotv1.Sample{someSample(), someSample()},
		})
		require.NoError(t, err)
		adaptertest.EqualJSON(t, want, got)
	}
}

func TestStreams_AnAnswerThatSaysTheOtherIsNoSuccess(t *testing.T) {
	t.Parallel()
	for method, answer := range map[string]string{
		"PauseDataStream": `{"id":"a","paused":false}`, "ResumeDataStream": `{"id":"a","paused":true}`,
	} {
		b := newWholeBench(t, adaptertest.Answer(http.StatusOK, answer))
		err := calls()[method].make(t.Context(), b)
		b.Expect(t, err, adaptertest.OutcomeUnknown())
		require.ErrorContains(t, err, "answer says that paused is")
	}
}
