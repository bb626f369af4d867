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

// bench is the chain from a simulated account to a stream.
type bench struct {
	*pollertest.Chain

	clock *pollertest.Clock
	sim   *simulator.Server
}

func newBench(t *testing.T, options simulator.Options, settings config.Anodot) *bench {
	t.Helper()
	clock := pollertest.NoonUTC()
	options.Now = clock.Now
	sim := simulator.New(options)
	return &bench{clock: clock, sim: sim, Chain: pollertest.NewChain(t, config.Source{
		Name: account, Vendor: eventv1.Vendor_VENDOR_ANODOT, BaseURL: "/anodot", Anodot: settings,
		Credential: config.NewSecret(simulator.DefaultAnodotRefreshToken),
	}, clock, adapter.New, sim.Handler())}
}

// poller is one that has just been started.
func (b *bench) poller(t *testing.T) *pollertest.Poller {
	t.Helper()
	return b.Poller(t, poll.Vendor{
		Name: eventv1.Vendor_VENDOR_ANODOT, MaxWindow: 6 * time.Hour, FollowOpen: 24 * time.Hour,
		Open: func(source config.Source) (poll.Fetcher, error) {
			return anodot.NewSource(source, anodotv1.NewAnodotServiceClient(b.Conn), b.clock.Now), nil
		},
	})
}

// told lists the native ids and phases on the stream.
func (b *bench) told(t *testing.T) []string {
	t.Helper()
	var told []string
	for _, e := range b.Events(t) {
		told = append(told, e.GetNativeId()+" "+e.GetAnomaly().GetPhase().String())
	}
	return told
}

// fire puts a firing into the account, or changes it.
func (b *bench) fire(id, status string, began, changed time.Time) {
	o := vendor.Object{
		"id": id, "alertConfigurationId": "alert-" + id, "groupId": "group-" + id, "status": status, "severity": "high",
		"type": "ANOMALY", "title": "Drop", "timeScale": "5m", "startTime": began.Unix(), "updateTime": changed.Unix(),
		"metrics": []vendor.Object{{"id": "m", "name": "what=bots", "status": "open", "startTime": began.Unix(), "intervals": []vendor.Object{
			{"status": "OPEN", "score": 0.8, "peak": 91, "direction": "UP", "startTime": began.Unix()},
		}}},
	}
	if status == "CLOSE" {
		o["endTime"] = changed.Unix()
	}
	b.sim.Anodot.AddTrigger(o)
}

func TestChain_FiringsOpenChangeAndEndOnceInBothShapes(t *testing.T) {
	t.Parallel()
	for shape, isGrouped := range map[string]bool{config.TriggeredLean: false, config.TriggeredGroups: true} {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, simulator.Options{AnodotTriggeredGroups: isGrouped}, config.Anodot{TriggeredAlerts: shape})
			began := b.clock.Now().Add(-30 * time.Minute)
			b.fire("1", "OPEN", began, began)
			require.Equal(t, 1, b.poller(t).Poll(t))
			poller := b.poller(t)
			require.Zero(t, poller.Poll(t), "a restart tells nothing again")

			b.clock.Move(2 * time.Hour)
			b.fire("1", "UPDATE", began, b.clock.Now())
			b.fire("2", "CLOSE", b.clock.Now().Add(-9*time.Minute), b.clock.Now())
			require.Equal(t, 3, poller.Poll(t), "one changed, and one opened and ended meanwhile")
			require.Zero(t, poller.Poll(t))

			b.clock.Move(20 * time.Hour)
			b.fire("1", "CLOSE", began, b.clock.Now())
			poller = b.poller(t)
			require.Equal(t, 1, poller.Poll(t), "an end is seen long after the opening")
			require.Zero(t, poller.Poll(t))

			require.Equal(t, []string{
				"group-1/alert-1 PHASE_OPEN", "group-1/alert-1 PHASE_UPDATED",
				"group-2/alert-2 PHASE_OPEN", "group-2/alert-2 PHASE_CLOSED", "group-1/alert-1 PHASE_CLOSED",
			}, b.told(t))
			first := b.Events(t)[0]
			require.Equal(t, "alert:alert-1", first.GetEntity())
			require.Equal(t, began.Unix(), first.GetOccurredAt().GetSeconds())
			require.Equal(t, eventv1.Severity_SEVERITY_HIGH, first.GetSeverity())
			require.Equal(t, "what=bots", first.GetAnomaly().GetMetric())
			require.InDelta(t, 0.8, first.GetAnomaly().GetScore(), 0)
			require.Empty(t, b.sim.Excesses())
		})
	}
}

func TestChain_AWeekOfFiringsArrivesWhole(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Options{}, config.Anodot{TriggeredAlerts: config.TriggeredLean})
	b.Source.Poll.LookBack = 7 * 24 * time.Hour
	const count = 505 // the last one began in the first second of the week
	for n := range count {
		began := b.clock.Now().Add(-time.Duration(n) * 20 * time.Minute)
		b.fire(string(rune('a'+n%26))+began.Format("150405.02"), "CLOSE", began, began.Add(time.Minute))
	}
	poller := b.poller(t)
	require.Equal(t, 2*count, poller.Poll(t))
	require.Zero(t, poller.Poll(t))
}

func TestChain_AnomaliesOpenAndEndOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Options{}, config.Anodot{Anomalies: true})
	anomaly := vendor.Object{
		"id": "d863a79ec48b407a808379facc89df7e", "state": "open", "resolution": "short", "score": 0.7,
		"startDate": b.clock.Now().Add(-20 * time.Minute).Unix(), "metrics": []vendor.Object{{"name": "what=bots"}},
	}
	b.sim.Anodot.AddAnomaly(anomaly)
	poller := b.poller(t)
	require.Equal(t, 1, poller.Poll(t))
	require.Zero(t, b.poller(t).Poll(t))
	for told, score := range []float64{0.703, 0.82} { // a hundredth is a change
		b.sim.Anodot.AddAnomaly(vendor.Object{
			"id": anomaly["id"], "state": "open", "resolution": "short", "score": score, "startDate": anomaly["startDate"],
			"metrics": anomaly["metrics"],
		})
		require.Equal(t, told, poller.Poll(t))
		require.Zero(t, b.poller(t).Poll(t), "a restart tells nothing again")
	}
	anomaly = vendor.Object{
		"id": anomaly["id"], "state": "open", "resolution": "short", "score": 0.7, "startDate": anomaly["startDate"],
		"metrics": anomaly["metrics"], "mergedIds": []string{"e863a79ec48b407a808379facc89df7e"},
	}
	b.sim.Anodot.AddAnomaly(anomaly)
	require.Equal(t, 1, poller.Poll(t))
	b.clock.Move(3 * time.Hour)
	b.sim.Anodot.AddAnomaly(vendor.Object{
		"id": anomaly["id"], "state": "closed", "resolution": "short", "score": 0.9, "startDate": anomaly["startDate"],
		"endDate": b.clock.Now().Add(-time.Minute).Unix(), "metrics": anomaly["metrics"],
	})
	require.Equal(t, 1, b.poller(t).Poll(t))
	require.Zero(t, b.poller(t).Poll(t))
	id := "d863a79ec48b407a808379facc89df7e"
	require.Equal(t, []string{id + " PHASE_OPEN", id + " PHASE_UPDATED", id + " PHASE_UPDATED", id + " PHASE_CLOSED"}, b.told(t))
	require.Equal(t, "metric:what=bots", b.Events(t)[0].GetEntity())
}
