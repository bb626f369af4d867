package anodot_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/poll"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	"github.com/signalbox-io/signalbox/services/poller/anodot"
)

// FuzzConvert converts any verdict, firing and anomaly: each is a rejection, or
// events that are the same each time, none of the future, and fit on the wire.
func FuzzConvert(f *testing.F) {
	f.Add("a9b6d1ea", "6d59552d", "GOOD_CATCH", "Drop", int64(1_790_244_010), int64(1_790_244_060), int32(1), 0.88)
	f.Add("", "", "", "", int64(0), int64(0), int32(99), math.NaN())
	f.Add("1", "2", "closed", "\x00", int64(1_790_999_999), int64(1_790_999_998), int32(-1), math.Inf(1))
	f.Fuzz(func(t *testing.T, id, alert, word, name string, begun, ended int64, status int32, score float64) {
		id, alert, word, name = clean(id), clean(alert), clean(word), clean(name)
		requireOne(t, func() poll.Batch {
			return anodot.Convert(account, &anodotv1.ListFeedbackResponse{Feedback: []*anodotv1.Feedback{{
				Id: id, Type: word, Comment: name, CreatedAt: stamp(begun), Alerts: []*anodotv1.FeedbackAlert{{AlertId: alert, Name: name}},
			}}}, observed())
		})
		requireOne(t, func() poll.Batch {
			return anodot.ConvertFirings(account, &anodotv1.ListTriggeredAlertsResponse{Alerts: []*anodotv1.TriggeredAlert{{
				Id: &id, GroupId: &word, AlertConfigurationId: &alert, Title: &name, Type: &word,
				Status: new(anodotv1.TriggerStatus(status)), StartTime: stamp(begun), UpdateTime: stamp(ended), EndTime: stamp(ended),
			}}}, observed())
		})
		requireOne(t, func() poll.Batch {
			return anodot.ConvertAnomalies(account, &anodotv1.ListAnomaliesResponse{Anomalies: []*anodotv1.Anomaly{{
				Id: &id, State: &word, Name: &name, Score: &score, StartDate: stamp(begun), EndDate: stamp(ended), MergedIds: []string{alert},
			}}}, observed())
		})
	})
}

func clean(text string) string { return strings.ToValidUTF8(text, "?") }

// stamp returns the time, nil for one that the adapter gives none of.
func stamp(seconds int64) *timestamppb.Timestamp {
	if seconds <= 0 || seconds > 1e11 {
		return nil
	}
	return &timestamppb.Timestamp{Seconds: seconds}
}

func requireOne(t *testing.T, convert func() poll.Batch) {
	t.Helper()
	batch, again := convert(), convert()
	require.NotEqual(t, len(batch.Events) > 0, len(batch.Rejected) > 0)
	require.Equal(t, batch.Rejected, again.Rejected)
	ids := map[string]bool{}
	for i, e := range batch.Events {
		require.Equal(t, e.GetId(), again.Events[i].GetId())
		require.False(t, ids[e.GetId()], "two events of one id")
		ids[e.GetId()] = true
		require.False(t, e.GetOccurredAt().AsTime().After(e.GetObservedAt().AsTime()))
		_, err := proto.Marshal(e)
		require.NoError(t, err)
	}
}
