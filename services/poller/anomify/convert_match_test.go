package anomify_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/event"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
	"github.com/signalbox-io/signalbox/services/poller/anomify"
	"github.com/signalbox-io/signalbox/services/poller/pollertest"
)

func TestConvertMatches_Golden(t *testing.T) {
	t.Parallel()
	ago := func(d time.Duration) *timestamppb.Timestamp { return timestamppb.New(observed().Add(-d)) }
	pattern := &anomifyv1.Pattern{Id: new("6"), Label: new("deploy"), AnomalyId: new("7786")}
	batch := anomify.ConvertMatches(account, "shop.spring-sale.conversions", pattern, &anomifyv1.ListPatternMatchesResponse{
		Matches: []*anomifyv1.Match{
			{Id: new("9"), Timestamp: ago(time.Minute), Value: new(12.5), Metric: new("shop.spring-sale.orders")},
			{Id: new("10"), Timestamp: ago(-time.Minute), Value: new(11.0)},
			{Id: new("8"), Timestamp: ago(2 * time.Hour)},
			{Id: new("11")},
			{Timestamp: ago(0)},
		},
		Rejected: []*anomifyv1.RejectedRecord{{Index: 5, Reason: "is no object", Raw: "7"}},
	}, observed().Add(-time.Hour), observed())
	pollertest.Golden(t, "matches", batch)
	for _, e := range batch.Events {
		require.NoError(t, event.Validate(e))
	}
	require.Equal(t, observed(), batch.Events[1].GetOccurredAt().AsTime(), "never later than it was seen")
}
