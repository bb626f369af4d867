package anomify_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/poll"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
	"github.com/signalbox-io/signalbox/services/poller/anomify"
)

// FuzzConvert converts any anomaly and any match: each is a rejection, or events
// that are the same each time, none of the future, and fit on the wire.
func FuzzConvert(f *testing.F) {
	f.Add("7786", "shop.spring-sale.conversions", "holiday", 11.0, 38.0, int64(1_790_244_012), int64(1_790_244_132))
	f.Add("", "", "", math.NaN(), math.Inf(1), int64(0), int64(0))
	f.Add("1", "m", "\x00", math.Copysign(0, -1), 0.0, int64(1_790_244_180), int64(1_790_999_999))
	f.Fuzz(func(t *testing.T, id, metric, label string, value, lower float64, seconds, until int64) {
		clean := func(text string) string { return strings.ToValidUTF8(text, "?") }
		a := &anomifyv1.Anomaly{
			Id: clean(id), Metric: clean(metric), Value: value, ExpectedRangeLower: &lower, Timestamp: stamp(seconds), UntilTimestamp: stamp(until),
		}
		requireOne(t, func() poll.Batch {
			return anomify.Convert("anomify-prod", &anomifyv1.ListAnomaliesResponse{Anomalies: []*anomifyv1.Anomaly{a}}, observed())
		})
		m := &anomifyv1.Match{Id: new(clean(id)), Metric: new(clean(metric)), Value: &value, Timestamp: stamp(seconds)}
		requireOne(t, func() poll.Batch {
			return anomify.ConvertMatches("anomify-prod", "m", &anomifyv1.Pattern{Id: new(clean(id)), Label: new(clean(label))},
				&anomifyv1.ListPatternMatchesResponse{Matches: []*anomifyv1.Match{m}}, time.Unix(0, 0), observed())
		})
	})
}

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
