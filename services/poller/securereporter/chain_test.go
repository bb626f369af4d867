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

func TestChain_BadRowsAreDeadLettersOnceThroughRestarts(t *testing.T) {
	t.Parallel()
	clock := pollertest.NoonUTC()
	sim := simulator.New(simulator.Options{Now: clock.Now})
	reports := []config.Report{botTraffic(), botTraffic()}
	reports[1].Name = "2"
	for _, name := range []string{"Bot Traffic", "Other"} {
		sim.SecureReporter.AddReport(vendor.Report{Name: name})
	}
	at := clock.Now()
	for _, slug := range []string{"bot-traffic", "other"} {
		sim.SecureReporter.AddRow(slug, vendor.Row{At: at, Columns: map[string]any{"bad": "row"}})
		sim.SecureReporter.AddRow(slug, vendor.Row{At: at, Columns: map[string]any{
			"site": "shop", "hour": vendor.NaiveTime(at), "requests": 960, "bots": 480,
		}})
	}
	spoiled := pollertest.Spoil(sim.Handler(), "/secure-reporter/api/call/bot-traffic/", `{"bad":"row"}`, `["bad row"]`)
	chain := pollertest.NewChain(t, config.Source{
		Name: account, Vendor: eventv1.Vendor_VENDOR_SECURE_REPORTER, BaseURL: "/secure-reporter",
		Credential: config.NewSecret(simulator.DefaultSecureReporterToken), Reports: reports,
	}, clock, adapter.New, pollertest.Spoil(spoiled, "/secure-reporter/api/call/2/", `{"bad":"row"}`, `["bad row"]`))
	newPoller := func() *pollertest.Poller {
		return chain.Poller(t, poll.Vendor{Name: eventv1.Vendor_VENDOR_SECURE_REPORTER, Open: func(source config.Source) (poll.Fetcher, error) {
			return securereporter.NewSource(source, securereporterv1.NewSecureReporterServiceClient(chain.Conn), clock.Now)
		}})
	}

	poller := newPoller()
	published, rejected := poller.PollBad(t)
	require.Equal(t, 2, published)
	require.Equal(t, 2, rejected, "one of each report")
	for range 3 {
		clock.Move(time.Minute)
		require.Zero(t, poller.Poll(t))
		require.Zero(t, newPoller().Poll(t))
	}
	require.Equal(t, []string{`unreadable ["bad row"]`, `unreadable ["bad row"]`}, chain.Dead(t))
}
