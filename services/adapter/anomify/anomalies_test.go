package anomify_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

func TestListAnomalies_Exam(t *testing.T) {
	t.Parallel()
	adaptertest.Read{New: newBench, Call: listAnomalies, Secrets: []string{token}}.Exercise(t)
}

func TestListAnomalies_AsTheVendorShowsThem(t *testing.T) {
	t.Parallel()
	answer := adaptertest.Recorded(t, "anomalies.json")
	b := newBench(t, adaptertest.Answer(http.StatusOK, answer))
	got, err := clientOf(b).ListAnomalies(t.Context(), window())
	require.NoError(t, err)
	for _, anomaly := range got.GetAnomalies() {
		require.Contains(t, answer, anomaly.GetRaw())
		anomaly.Raw = ""
	}
	adaptertest.Golden(t, "anomalies.golden.json", got)

	requests := b.Requests()
	require.Len(t, requests, 1)
	require.Equal(t, http.MethodGet, requests[0].Method)
	require.Equal(t, "/anomalies", requests[0].Path)
	require.Equal(t, "from_timestamp=1657020000&until_timestamp=1657026000", requests[0].Query)
	require.Equal(t, token, requests[0].Header.Get("X-Auth-Token"))
	require.Empty(t, requests[0].Body)
}

func TestListAnomalies_OfOneMetric(t *testing.T) {
	t.Parallel()
	b := newBench(t, enveloped(`{"anomalies":[]}`))
	req := window()
	req.Metric = "shop.web/checkout latency & more"
	got, err := clientOf(b).ListAnomalies(t.Context(), req)
	require.NoError(t, err)
	require.Empty(t, got.GetAnomalies())
	require.Equal(t, "from_timestamp=1657020000&metric=shop.web%2Fcheckout+latency+%26+more&until_timestamp=1657026000",
		b.Requests()[0].Query)
}

func TestListAnomalies_AMapByIDIsAListToo(t *testing.T) {
	t.Parallel()
	b := newBench(t, enveloped(`{"anomalies":{
		"10":{"metric":"m","timestamp":1657024800},
		"9":{"metric":"m","timestamp":"1657024800","until_timestamp":false},
		"8":{"id":"256828","metric":"m","timestamp":1657024801.5}}}`))
	got, err := clientOf(b).ListAnomalies(t.Context(), window())
	require.NoError(t, err)
	var ids []string
	for _, anomaly := range got.GetAnomalies() {
		ids = append(ids, anomaly.GetId())
	}
	require.Equal(t, []string{"9", "10", "256828"}, ids, "by time, then by number")
	require.Equal(t, int32(500_000_000), got.GetAnomalies()[2].GetTimestamp().GetNanos())
	require.Nil(t, got.GetAnomalies()[0].GetUntilTimestamp())
}

func TestListAnomalies_ABadRecordIsRejectedAndItsNeighboursPass(t *testing.T) {
	t.Parallel()
	const good = `{"id":1,"metric":"m","timestamp":1657024800,"score":7.5}`
	for name, tc := range map[string]struct{ record, reason string }{
		"no object":       {`"x"`, "anomaly cannot be read"},
		"null":            {`null`, "anomaly has no id"},
		"no id":           {`{"metric":"m","timestamp":1}`, "anomaly has no id"},
		"no metric":       {`{"id":2,"timestamp":1}`, "anomaly has no metric"},
		"no time":         {`{"id":2,"metric":"m"}`, "anomaly has no timestamp"},
		"milliseconds":    {`{"id":2,"metric":"m","timestamp":1657024800000}`, "out of range for unix seconds"},
		"value of words":  {`{"id":2,"metric":"m","timestamp":1,"value":"high"}`, "is no number"},
		"value no number": {`{"id":2,"metric":"m","timestamp":1,"value":"NaN"}`, "is no number"},
		"value too large": {`{"id":2,"metric":"m","timestamp":1,"value":1e999}`, "is no number"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, enveloped(`{"anomalies":[`+good+`,`+tc.record+`,`+good+`]}`))
			got, err := clientOf(b).ListAnomalies(t.Context(), window())
			require.NoError(t, err)
			require.Len(t, got.GetAnomalies(), 2)
			require.InDelta(t, 7.5, got.GetAnomalies()[0].GetScore(), 0, "kept as it is")
			require.Len(t, got.GetRejected(), 1)
			require.Equal(t, int32(1), got.GetRejected()[0].GetIndex())
			require.Contains(t, got.GetRejected()[0].GetReason(), tc.reason)
			require.Equal(t, tc.record, got.GetRejected()[0].GetRaw())
		})
	}
}

func TestListAnomalies_AWindowThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t, http.NotFoundHandler())
	at := func(seconds int64) *timestamppb.Timestamp { return &timestamppb.Timestamp{Seconds: seconds} }
	for _, tc := range []struct {
		from, until *timestamppb.Timestamp
		field       string
	}{
		{nil, at(1), "from_time"},
		{at(-1), at(1), "from_time"},
		{at(1), nil, "until_time"},
		{at(1), at(1 << 60), "until_time"},
		{at(2), at(1), "until_time"},
	} {
		_, err := clientOf(b).ListAnomalies(t.Context(), &anomifyv1.ListAnomaliesRequest{
			Source: adaptertest.Source, FromTime: tc.from, UntilTime: tc.until,
		})
		b.ExpectInvalid(t, err, tc.field)
	}
}
