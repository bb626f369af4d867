package anomify_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/poll"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/poller/anomify"
	"github.com/signalbox-io/signalbox/services/poller/pollertest"
)

const account = "anomify-prod"

func observed() time.Time { return time.Date(2026, 9, 24, 10, 3, 0, 0, time.UTC) }

func answer(t *testing.T) *anomifyv1.ListAnomaliesResponse {
	t.Helper()
	return pollertest.Read(t, "anomalies", &anomifyv1.ListAnomaliesResponse{})
}

func TestConvert_Golden(t *testing.T) {
	t.Parallel()
	pollertest.Golden(t, "anomalies", anomify.Convert(account, answer(t), observed()))
}

func TestConvert_OpeningAndEndAreEventsWheneverTheyAreSeen(t *testing.T) {
	t.Parallel()
	convert := func(until time.Duration) poll.Batch {
		a := &anomifyv1.Anomaly{Id: "1", Metric: "m", Timestamp: timestamppb.New(observed())}
		if until > 0 {
			a.UntilTimestamp = timestamppb.New(observed().Add(until))
		}
		return anomify.Convert(account, &anomifyv1.ListAnomaliesResponse{Anomalies: []*anomifyv1.Anomaly{a}}, observed())
	}
	open, over, later := convert(0), convert(time.Minute), convert(time.Hour)

	require.Equal(t, map[string]time.Time{open.Events[0].GetId(): observed()}, open.Open)
	require.Empty(t, over.Open)
	require.Empty(t, over.Changes)
	require.Len(t, over.Events, 2)
	require.Equal(t, open.Events[0].GetId(), over.Events[0].GetId())
	require.Equal(t, eventv1.Phase_PHASE_CLOSED, over.Events[1].GetAnomaly().GetPhase())
	require.NotEqual(t, over.Events[1].GetId(), later.Events[1].GetId(), "an end that moved is another event")
}

// Any process, whenever it reads it, gives how an anomaly stands the same id.
func TestConvert_AChangeIsKnownByWhatTheVendorTells(t *testing.T) {
	t.Parallel()
	changeOf := func(change func(*anomifyv1.Anomaly), seen time.Time) string {
		a := &anomifyv1.Anomaly{Id: "1", Metric: "m", Value: 7, Score: 0.8, Timestamp: timestamppb.New(observed()), Raw: "{}"}
		change(a)
		batch := anomify.Convert(account, &anomifyv1.ListAnomaliesResponse{Anomalies: []*anomifyv1.Anomaly{a}}, seen)
		require.Len(t, batch.Events, 2)
		require.Equal(t, map[string]string{batch.Events[1].GetId(): batch.Events[0].GetId()}, batch.Changes)
		return batch.Events[1].GetId()
	}
	first := changeOf(func(*anomifyv1.Anomaly) {}, observed())
	require.Equal(t, first, changeOf(func(a *anomifyv1.Anomaly) { a.Raw = `{"trainable_in": 5}` }, observed().Add(time.Hour)))
	for name, change := range map[string]func(*anomifyv1.Anomaly){
		"value": func(a *anomifyv1.Anomaly) { a.Value = 8 },
		"score": func(a *anomifyv1.Anomaly) { a.Score = 0.81 },
		"lower": func(a *anomifyv1.Anomaly) { a.ExpectedRangeLower = new(0.0) },
		"upper": func(a *anomifyv1.Anomaly) { a.ExpectedRangeUpper = new(0.0) },
	} {
		require.NotEqual(t, first, changeOf(change, observed()), name)
	}
}
