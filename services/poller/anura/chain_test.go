package anura_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/poll"
	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	adapter "github.com/signalbox-io/signalbox/services/adapter/anura"
	"github.com/signalbox-io/signalbox/services/poller/anura"
	"github.com/signalbox-io/signalbox/services/poller/pollertest"
	"github.com/signalbox-io/signalbox/services/simulator"
	vendor "github.com/signalbox-io/signalbox/services/simulator/anura"
)

func TestChain_CountsArriveOnceThroughRestarts(t *testing.T) {
	t.Parallel()
	clock := pollertest.NoonUTC()
	sim := simulator.New(simulator.Options{Now: clock.Now})
	sim.Anura.AddInstance(vendor.Instance{ID: 7, Name: "My Shop"})
	count := func(campaign string, ago time.Duration, suspect, rest int) {
		sim.Anura.AddCounts(vendor.Place{Instance: 7, Campaign: campaign}, clock.Now().Add(-ago),
			vendor.Counts{Suspect: suspect, NonSuspect: rest})
	}
	chain := pollertest.NewChain(t, config.Source{
		Name: account, Vendor: eventv1.Vendor_VENDOR_ANURA, BaseURL: "/anura/v1",
		Credential: config.NewSecret(simulator.DefaultAnuraToken),
		Instances:  []string{"all"}, Campaigns: []string{"spring sale", "newsletter"},
	}, clock, adapter.New, sim.Handler())
	newPoller := func() *pollertest.Poller {
		return chain.Poller(t, poll.Vendor{Name: eventv1.Vendor_VENDOR_ANURA, Open: func(source config.Source) (poll.Fetcher, error) {
			return anura.NewSource(source, anurav1.NewAnuraServiceClient(chain.Conn), clock.Now), nil
		}})
	}

	count("spring sale", 0, 46, 54)
	count("newsletter", 0, 0, 10)
	poller := newPoller()
	require.Equal(t, 2, poller.Poll(t))
	require.Zero(t, poller.Poll(t))
	clock.Move(time.Minute)
	require.Zero(t, newPoller().Poll(t), "a restart tells nothing again")

	count("spring sale", 0, 4, 0)
	require.Equal(t, 1, newPoller().Poll(t))

	events := chain.Events(t)
	ratios := map[string][]float64{}
	for _, e := range events {
		campaign := e.GetLabels()["campaign"]
		ratios[campaign] = append(ratios[campaign], e.GetTraffic().GetMeasures()["invalid_ratio"])
	}
	require.Equal(t, map[string][]float64{"spring sale": {0.46, 50.0 / 104}, "newsletter": {0}}, ratios)
	require.Equal(t, "campaign:spring sale", events[0].GetEntity())
	require.Equal(t, "My Shop", events[0].GetLabels()["instance_name"])
}

func TestChain_DaysThatPassedWhileThePollerWasAwayAreNotLost(t *testing.T) {
	t.Parallel()
	clock := pollertest.NoonUTC()
	clock.Move(-72 * time.Hour)
	sim := simulator.New(simulator.Options{Now: pollertest.NoonUTC().Now})
	sim.Anura.AddInstance(vendor.Instance{ID: 7, Name: "My Shop"})
	count := func(suspect int) {
		sim.Anura.AddCounts(vendor.Place{Instance: 7}, clock.Now(), vendor.Counts{Suspect: suspect})
	}
	chain := pollertest.NewChain(t, config.Source{
		Name: account, Vendor: eventv1.Vendor_VENDOR_ANURA, BaseURL: "/anura/v1",
		Credential: config.NewSecret(simulator.DefaultAnuraToken), Instances: []string{"7"},
	}, clock, adapter.New, sim.Handler())
	newPoller := func() *pollertest.Poller {
		return chain.Poller(t, poll.Vendor{Name: eventv1.Vendor_VENDOR_ANURA, Open: func(source config.Source) (poll.Fetcher, error) {
			return anura.NewSource(source, anurav1.NewAnuraServiceClient(chain.Conn), clock.Now), nil
		}})
	}

	count(1)
	require.Equal(t, 1, newPoller().Poll(t))
	for range 3 {
		clock.Move(24 * time.Hour)
		count(2)
	}
	require.Equal(t, 4, newPoller().Poll(t), "three days that are over and one that is open")
	require.Zero(t, newPoller().Poll(t))
	require.Len(t, chain.Events(t), 5)
}
