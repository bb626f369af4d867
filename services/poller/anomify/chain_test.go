package anomify_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/poll"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	adapter "github.com/signalbox-io/signalbox/services/adapter/anomify"
	"github.com/signalbox-io/signalbox/services/poller/anomify"
	"github.com/signalbox-io/signalbox/services/poller/pollertest"
	"github.com/signalbox-io/signalbox/services/simulator"
	vendor "github.com/signalbox-io/signalbox/services/simulator/anomify"
)

func TestChain_AnomaliesOpenAndEndOnceThroughRestarts(t *testing.T) {
	t.Parallel()
	clock := pollertest.NoonUTC()
	sim := simulator.New(simulator.Options{Now: clock.Now})
	chain := pollertest.NewChain(t, config.Source{
		Name: account, Vendor: eventv1.Vendor_VENDOR_ANOMIFY, BaseURL: "/anomify",
		Credential: config.NewSecret(simulator.DefaultAnomifyToken),
	}, clock, adapter.New, sim.Handler())
	newPoller := func() *pollertest.Poller {
		return chain.Poller(t, poll.Vendor{
			Name: eventv1.Vendor_VENDOR_ANOMIFY, MaxWindow: 6 * time.Hour, FollowOpen: 6 * time.Hour,
			Open: func(source config.Source) (poll.Fetcher, error) {
				return anomify.NewSource(source, anomifyv1.NewAnomifyServiceClient(chain.Conn), clock.Now), nil
			},
		})
	}

	began := clock.Now()
	long := vendor.Anomaly{ID: 1, Metric: "shop.checkout/errors now", Value: 91, Score: 0.97, At: began}
	sim.Anomify.AddAnomaly(long)
	poller := newPoller()
	require.Equal(t, 1, poller.Poll(t))
	require.Zero(t, poller.Poll(t))
	clock.Move(2 * time.Hour)
	require.Zero(t, newPoller().Poll(t), "a restart tells nothing again")
	sim.Anomify.AddAnomaly(vendor.Anomaly{ID: 2, Metric: "m", At: clock.Now().Add(-9 * time.Minute), Until: clock.Now()})
	require.Equal(t, 2, newPoller().Poll(t), "one that is over already opens and ends")

	long.Value, long.Score = 140, 0.99
	sim.Anomify.AddAnomaly(long)
	require.Equal(t, 1, poller.Poll(t), "a change is an event")
	require.Zero(t, poller.Poll(t), "once")
	require.Zero(t, newPoller().Poll(t), "after a restart, too")

	clock.Move(time.Hour)
	long.Until = clock.Now()
	sim.Anomify.AddAnomaly(long)
	require.Equal(t, 1, newPoller().Poll(t), "an end is seen long after the opening")
	require.Zero(t, newPoller().Poll(t))

	var got []string
	for _, e := range chain.Events(t) {
		got = append(got, e.GetNativeId()+" "+e.GetAnomaly().GetPhase().String())
	}
	require.Equal(t, []string{"1 PHASE_OPEN", "2 PHASE_OPEN", "2 PHASE_CLOSED", "1 PHASE_UPDATED", "1 PHASE_CLOSED"}, got)
	changed := chain.Events(t)[3]
	require.InDelta(t, 140, changed.GetAnomaly().GetValue(), 0)
	require.InDelta(t, 0.99, changed.GetAnomaly().GetScore(), 0)
	require.Equal(t, changed.GetObservedAt().AsTime(), changed.GetOccurredAt().AsTime(), "it happened when it was seen")
	require.Equal(t, began.Unix(), changed.GetAnomaly().GetStartedAt().GetSeconds())
	require.Equal(t, "metric:shop.checkout/errors now", chain.Events(t)[0].GetEntity())
	require.Equal(t, began.Unix(), chain.Events(t)[0].GetOccurredAt().GetSeconds())
}
