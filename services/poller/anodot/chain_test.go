package anodot_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/poll"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	adapter "github.com/signalbox-io/signalbox/services/adapter/anodot"
	"github.com/signalbox-io/signalbox/services/poller/anodot"
	"github.com/signalbox-io/signalbox/services/poller/pollertest"
	"github.com/signalbox-io/signalbox/services/simulator"
	vendor "github.com/signalbox-io/signalbox/services/simulator/anodot"
)

func TestChain_VerdictsArriveOnceThroughRestarts(t *testing.T) {
	t.Parallel()
	clock := pollertest.NoonUTC()
	sim := simulator.New(simulator.Options{Now: clock.Now})
	chain := pollertest.NewChain(t, config.Source{
		Name: account, Vendor: eventv1.Vendor_VENDOR_ANODOT, BaseURL: "/anodot",
		Credential: config.NewSecret(simulator.DefaultAnodotRefreshToken),
	}, clock, adapter.New, sim.Handler())
	newPoller := func() *pollertest.Poller {
		return chain.Poller(t, poll.Vendor{
			Name: eventv1.Vendor_VENDOR_ANODOT, MaxWindow: 6 * time.Hour,
			Open: func(source config.Source) (poll.Fetcher, error) {
				return anodot.NewSource(source, anodotv1.NewAnodotServiceClient(chain.Conn), clock.Now), nil
			},
		})
	}
	const noisy, useful = "6d59552d-7d61-44ae-bf20-2d39555af8c7", "0c1f6a52-55a4-4c5e-8d0b-7a3f0d0e9b11"
	say := func(id, verdict string, ago time.Duration, links ...string) {
		f := vendor.Feedback{
			ID: id, Type: verdict, UserName: "ana@example.com", CreatedTime: clock.Now().Add(-ago).Unix(),
			AnomalyID: vendor.AnomalyLink("d863a79ec48b407a808379facc89df7e", noisy),
		}
		for _, link := range links {
			f.Alerts = append(f.Alerts, vendor.FeedbackAlert{ID: link, AlertName: "Checkout", Status: "OPEN"})
		}
		sim.Anodot.AddFeedback(f)
	}

	say("f1", "NOT_INTERESETING", 30*time.Minute, vendor.AlertLink(noisy), vendor.AlertEditLink(useful))
	poller := newPoller()
	require.Equal(t, 2, poller.Poll(t))
	require.Zero(t, poller.Poll(t))
	clock.Move(time.Minute)
	say("f2", "GOOD_CATCH", 0, vendor.AlertLink(useful))
	say("late", "GOOD_CATCH", 9*time.Minute, vendor.AlertLink(noisy))
	require.Equal(t, 2, newPoller().Poll(t))
	clock.Move(20 * time.Hour)
	say("while away", "GOOD_CATCH", 13*time.Hour, vendor.AlertLink(noisy))
	require.Equal(t, 1, newPoller().Poll(t))
	require.Zero(t, newPoller().Poll(t))

	var got []string
	for _, e := range chain.Events(t) {
		got = append(got, e.GetNativeId()+" "+e.GetFeedback().GetVerdict().String())
	}
	require.ElementsMatch(t, []string{
		"f1/" + noisy + " VERDICT_NOT_INTERESTING", "f1/" + useful + " VERDICT_NOT_INTERESTING",
		"f2/" + useful + " VERDICT_GOOD_CATCH", "late/" + noisy + " VERDICT_GOOD_CATCH",
		"while away/" + noisy + " VERDICT_GOOD_CATCH",
	}, got)
	require.Equal(t, "d863a79ec48b407a808379facc89df7e", chain.Events(t)[0].GetFeedback().GetAnomalyId())
}
