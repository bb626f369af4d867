package anura_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/poll"
	"github.com/signalbox-io/signalbox/pkg/rpc"
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

func TestChain_BadRecordsAreDeadLettersOnceThroughRestarts(t *testing.T) {
	t.Parallel()
	clock := pollertest.NoonUTC()
	sim := simulator.New(simulator.Options{Now: clock.Now})
	sim.Anura.AddInstance(vendor.Instance{ID: 7, Name: "My Shop"})
	sim.Anura.AddInstance(vendor.Instance{ID: 8, Name: "Broken"})
	for campaign, suspect := range map[string]int{"first": 46, "second": 46, "third": 7} {
		sim.Anura.AddCounts(vendor.Place{Instance: 7, Campaign: campaign}, clock.Now(), vendor.Counts{Suspect: suspect, NonSuspect: 54})
	}
	spoiled := pollertest.Spoil(sim.Handler(), "/anura/v1/interface/instances", `"id":8`, `"id":{"n":8}`)
	chain := pollertest.NewChain(t, config.Source{
		Name: account, Vendor: eventv1.Vendor_VENDOR_ANURA, BaseURL: "/anura/v1",
		Credential: config.NewSecret(simulator.DefaultAnuraToken),
		Instances:  []string{"all"}, Campaigns: []string{"first", "second", "third"},
	}, clock, adapter.New, pollertest.Spoil(spoiled, "/anura/v1/direct/overview", `",46,`, `","many",`))
	newPoller := func() *pollertest.Poller {
		return chain.Poller(t, poll.Vendor{Name: eventv1.Vendor_VENDOR_ANURA, Open: func(source config.Source) (poll.Fetcher, error) {
			return anura.NewSource(source, anurav1.NewAnuraServiceClient(chain.Conn), clock.Now), nil
		}})
	}

	poller := newPoller()
	published, rejected := poller.PollBad(t)
	require.Equal(t, 1, published)
	require.Equal(t, 3, rejected, "an instance, and the same day of two campaigns")
	for range 3 {
		clock.Move(time.Minute)
		require.Zero(t, poller.Poll(t))
		require.Zero(t, newPoller().Poll(t))
	}
	row := `unreadable ["` + clock.Now().Format("20060102") + `","many",54]`
	require.Equal(t, []string{`unreadable {"id":{"n":8},"name":"Broken","status":1}`, row, row}, chain.Dead(t))
	require.Equal(t, "campaign:third", chain.Events(t)[0].GetEntity())
}

func TestChain_AForeignInstanceKeepsNoOtherFromBeingRead(t *testing.T) {
	t.Parallel()
	clock := pollertest.NoonUTC()
	sim := simulator.New(simulator.Options{Now: clock.Now})
	sim.Anura.AddInstance(vendor.Instance{ID: 7, Name: "My Shop"})
	sim.Anura.AddCounts(vendor.Place{Instance: 7}, clock.Now(), vendor.Counts{Suspect: 1, NonSuspect: 1})
	chain := pollertest.NewChain(t, config.Source{
		Name: account, Vendor: eventv1.Vendor_VENDOR_ANURA, BaseURL: "/anura/v1",
		Credential: config.NewSecret(simulator.DefaultAnuraToken), Instances: []string{"99", "7"},
	}, clock, adapter.New, sim.Handler())
	source := anura.NewSource(chain.Source, anurav1.NewAnuraServiceClient(chain.Conn), clock.Now)
	batch, err := source.Fetch(t.Context(), poll.Window{From: clock.Now().Add(-time.Hour), To: clock.Now()})
	require.Equal(t, "REFUSED_BY_VENDOR", rpc.Reason(err))
	require.ErrorContains(t, err, "get overview of instance 99: ")
	require.Len(t, batch.Events, 1)
	require.Equal(t, "instance:7", batch.Events[0].GetEntity())
}
