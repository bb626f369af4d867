package engine_test

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

func ExampleEngine() {
	set, err := rule.Load([]rule.File{{Name: "rules.yaml", Data: []byte(`
rules:
  - name: quiet
    mode: auto
    on: [feedback]
    key: [feedback.alert_id]
    count: {at_least: 2, within: 24h}
    do: [{pause_alert: {source: anodot-prod, alert_id: "${feedback.alert_id}", for: 6h}}]
`)}}, rule.Catalog{})
	if err != nil {
		fmt.Println(err)
		return
	}
	e := engine.New(set, engine.Settings{MaxLateness: time.Hour})
	for i, user := range []string{"Ann", "Bob"} {
		now := time.Date(2026, 1, 5, 9+i, 0, 0, 0, time.UTC)
		for _, out := range e.Event(engine.Input{
			Sequence: uint64(i + 1),
			Time:     now,
			Event: &eventv1.Event{
				Id: user, Source: "anodot-prod", OccurredAt: timestamppb.New(now), ObservedAt: timestamppb.New(now),
				Payload: &eventv1.Event_Feedback{Feedback: &eventv1.Feedback{User: user, AlertId: "17"}},
			},
		}) {
			fmt.Println(out.Decision.GetOutcome(), out.Decision.GetDetail())
			for _, a := range out.Actions {
				fmt.Println(a.GetType(), a.GetTarget(), a.GetExpiresAt().AsTime().Format(time.RFC3339))
			}
		}
	}
	// Output:
	// OUTCOME_HELD_COUNT count 1 of 2
	// OUTCOME_FIRED count 2 of 2
	// pause_alert alert:17 2026-01-05T16:00:00Z
}
