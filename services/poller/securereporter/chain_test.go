package securereporter_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/poll"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	securereporterv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/securereporter/v1"
	adapter "github.com/signalbox-io/signalbox/services/adapter/securereporter"
	"github.com/signalbox-io/signalbox/services/poller/pollertest"
	"github.com/signalbox-io/signalbox/services/poller/securereporter"
	"github.com/signalbox-io/signalbox/services/simulator"
	vendor "github.com/signalbox-io/signalbox/services/simulator/securereporter"
)

func TestChain_RowsArriveOnceThroughRestarts(t *testing.T) {
	t.Parallel()
	clock := pollertest.NoonUTC()
	sim := simulator.New(simulator.Options{Now: clock.Now})
	sim.SecureReporter.AddReport(vendor.Report{Name: "Bot Traffic", Binds: []vendor.Bind{vendor.LastDays("_days", "")}})
	add := func(site string, ago time.Duration, bots int) {
		at := clock.Now().Add(-ago)
		sim.SecureReporter.AddRow("bot-traffic", vendor.Row{At: at, Columns: map[string]any{
			"site": site, "hour": vendor.NaiveTime(at), "requests": 960, "bots": bots,
		}})
	}
	report := botTraffic()
	report.Parameters = map[string]string{"_days": "1"}
	chain := pollertest.NewChain(t, config.Source{
		Name: account, Vendor: eventv1.Vendor_VENDOR_SECURE_REPORTER, BaseURL: "/secure-reporter",
		Credential: config.NewSecret(simulator.DefaultSecureReporterToken), Reports: []config.Report{report},
	}, clock, adapter.New, sim.Handler())
	newPoller := func() *pollertest.Poller {
		return chain.Poller(t, poll.Vendor{Name: eventv1.Vendor_VENDOR_SECURE_REPORTER, Open: func(source config.Source) (poll.Fetcher, error) {
			return securereporter.NewSource(source, securereporterv1.NewSecureReporterServiceClient(chain.Conn), clock.Now)
		}})
	}

	add("shop", 2*time.Hour, 480)
	add("blog", time.Minute, 7)
	poller := newPoller()
	require.Equal(t, 2, poller.Poll(t))
	require.Zero(t, poller.Poll(t))
	clock.Move(time.Minute)
	require.Zero(t, newPoller().Poll(t), "a restart tells nothing again")

	add("shop", 3*time.Hour, 510)
	require.Equal(t, 1, poller.Poll(t), "a row that comes late is not lost")
	clock.Move(20 * time.Hour)
	add("shop", 0, 3)
	require.Equal(t, 1, newPoller().Poll(t))

	bots := map[string][]float64{}
	for _, e := range chain.Events(t) {
		bots[e.GetEntity()] = append(bots[e.GetEntity()], e.GetTraffic().GetMeasures()["invalid"])
	}
	require.Equal(t, map[string][]float64{"site:shop": {480, 510, 3}, "site:blog": {7}}, bots)
}
