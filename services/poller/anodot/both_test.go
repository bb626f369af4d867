package anodot_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/config"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	"github.com/signalbox-io/signalbox/services/poller/anodot"
	"github.com/signalbox-io/signalbox/services/poller/anodot/webhook"
	"github.com/signalbox-io/signalbox/services/simulator"
	vendor "github.com/signalbox-io/signalbox/services/simulator/anodot"
)

// A firing that is polled and pushed gives the same ids at each of its stages, its
// updates included, in both templates.
func TestChain_PushAndPollTellOfAFiringAlike(t *testing.T) {
	t.Parallel()
	for name, isExtended := range map[string]bool{"standard": false, "extended": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, simulator.Options{}, config.Anodot{TriggeredAlerts: config.TriggeredLean})
			pushed := map[string]bool{}
			hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil {
					w.WriteHeader(http.StatusBadRequest)
					return
				}
				batch, _ := webhook.Convert(account, body, b.clock.Now())
				for _, e := range batch.Events {
					pushed[e.GetId()] = true
				}
			}))
			t.Cleanup(hook.Close)
			b.sim.Anodot.AddWebhook(vendor.Webhook{Name: name, URL: hook.URL, Extended: isExtended})

			poller, began := b.poller(t), b.clock.Now().Add(-30*time.Minute)
			for _, stage := range []struct {
				status      string
				score, peak float64
			}{{"OPEN", 0.8, 91}, {"UPDATE", 0.8, 91}, {"UPDATE", 0.8049, 120.04}, {"UPDATE", 0.93, 120.04}, {"CLOSE", 0.93, 120.04}} {
				b.clock.Move(time.Minute)
				o := vendor.Object{
					"id": "t-1", "alertConfigurationId": "a", "groupId": "g", "status": stage.status, "severity": "high",
					"type": "ANOMALY", "title": "Drop", "timeScale": "5m", "startTime": began.Unix(), "updateTime": b.clock.Now().Unix(),
					"metrics": []vendor.Object{{"id": "m", "name": "what=bots", "status": "open", "startTime": began.Unix(), "intervals": []vendor.Object{
						{"status": "OPEN", "score": stage.score, "peak": stage.peak, "direction": "UP", "startTime": began.Unix()},
					}}},
				}
				b.sim.Anodot.AddTrigger(o)
				_, err := b.sim.Anodot.Push(t.Context(), o)
				require.NoError(t, err)
				poller.Poll(t)
			}
			polled := map[string]bool{}
			for _, e := range b.Events(t) {
				polled[e.GetId()] = true
			}
			require.Equal(t, polled, pushed)
			require.Len(t, polled, 5, "%v", b.told(t))
		})
	}
}

// A firing whose updates say nothing new is told once, however often the vendor
// looked at it.
func TestChain_AnUpdateThatSaysNothingNewIsNoEvent(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Options{}, config.Anodot{TriggeredAlerts: config.TriggeredLean})
	poller, began := b.poller(t), b.clock.Now().Add(-30*time.Minute)
	b.fire("1", "UPDATE", began, b.clock.Now())
	require.Equal(t, 2, poller.Poll(t), "it opened, and has changed")
	b.clock.Move(5 * time.Minute)
	b.fire("1", "UPDATE", began, b.clock.Now())
	require.Zero(t, poller.Poll(t))
}

// Of metrics whose scores differ by less than a push tells, the same one leads both ways.
func TestConvert_PushAndPollAgreeWhichMetricLeads(t *testing.T) {
	t.Parallel()
	interval := func(score float64) []*anodotv1.TriggeredInterval {
		return []*anodotv1.TriggeredInterval{{Score: &score, Peak: new(7.0), Direction: new("UP")}}
	}
	polled := anodot.ConvertFirings(account, &anodotv1.ListTriggeredAlertsResponse{Alerts: []*anodotv1.TriggeredAlert{{
		GroupId: new("g"), AlertConfigurationId: new("a"), Status: anodotv1.TriggerStatus_TRIGGER_STATUS_UPDATE.Enum(),
		StartTime: timestamppb.New(observed()), Metrics: []*anodotv1.TriggeredMetric{
			{Name: new("weak"), Intervals: interval(0.5)}, {Name: new("first"), Intervals: interval(0.881)}, {Name: new("second"), Intervals: interval(0.884)},
		},
	}}}, observed())
	for _, significances := range [][]any{{50, 88, 88}, {50.0, 88.1, 88.4}} {
		pushed, refusal := webhook.Convert(account, fmt.Appendf(nil, `{"startTimeEpoch":%d,"alertGroupId":"g","alerts":[{"alertId":"a","alertStatus":"update","metrics":[
			{"name":"weak","direction":"UP","peak":"7","significance":%v},
			{"name":"first","direction":"UP","peak":"7","significance":%v},
			{"name":"second","direction":"UP","peak":"7","significance":%v}]}]}`, append([]any{observed().Unix()}, significances...)...), observed())
		require.Nil(t, refusal)
		require.Len(t, polled.Events, 2)
		require.Equal(t, "first", polled.Events[1].GetAnomaly().GetMetric())
		require.Equal(t, polled.Events[1].GetId(), pushed.Events[1].GetId())
	}
}
