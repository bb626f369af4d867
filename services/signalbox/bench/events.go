package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/event"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

const (
	sourceAnomify = "anomify-prod"
	sourceAnodot  = "anodot-prod"

	// span is the event time that the events of a benchmark cover; none of
	// them is late.
	span         = 30 * time.Minute
	publishChunk = 2_000
)

// anomaly is the i-th of n events. Figures follow from i by multiplication
// with primes: spread out, and the same in each run.
func anomaly(i, n int, now time.Time) *eventv1.Event {
	at := timestamppb.New(now.Add(-span + span/time.Duration(n)*time.Duration(i)))
	id := strconv.Itoa(i)
	site := "site-" + strconv.Itoa(i*31%50)
	metric := site + ".requests.m" + strconv.Itoa(i*17%40)
	severity := eventv1.Severity_SEVERITY_MEDIUM
	if i%10 == 0 {
		severity = eventv1.Severity_SEVERITY_CRITICAL
	}
	return &eventv1.Event{
		Id: event.ID(sourceAnomify, id, ""), Source: sourceAnomify, Vendor: eventv1.Vendor_VENDOR_ANOMIFY,
		NativeId: id, OccurredAt: at, ObservedAt: at, Entity: "metric:" + metric, Severity: severity,
		Labels: map[string]string{"site": site, "tier": []string{"gold", "silver", "bronze", "tin"}[i*7%4]},
		Title:  metric + " left its range",
		Payload: &eventv1.Event_Anomaly{Anomaly: &eventv1.Anomaly{
			Metric: metric, AnomalyId: id, Detector: "detector-" + strconv.Itoa(i*13%4),
			Score: float64(i*7_919%1_000) / 1_000, Value: float64(i * 104_729 % 1_000),
			Direction: eventv1.Direction(1 + i*3%2), Phase: eventv1.Phase_PHASE_OPEN, StartedAt: at,
		}},
		Raw: `{"id":` + id + `,"metric":"` + metric + `","score":0.5,"value":17.25,"training":{"trainable":true}}`,
	}
}

// dislike is a verdict that makes the rule of rules/pause.yaml pause the alert.
func dislike(alertID string, now time.Time) *eventv1.Event {
	at := timestamppb.New(now)
	return &eventv1.Event{
		Id: event.ID(sourceAnodot, alertID, ""), Source: sourceAnodot, Vendor: eventv1.Vendor_VENDOR_ANODOT,
		NativeId: alertID, OccurredAt: at, ObservedAt: at, Entity: "alert:" + alertID,
		Payload: &eventv1.Event_Feedback{Feedback: &eventv1.Feedback{
			Verdict: eventv1.Verdict_VERDICT_NOT_INTERESTING, User: "bench", AlertId: alertID,
		}},
	}
}

// fill publishes n anomalies.
func fill(ctx context.Context, to *bus.Bus, n int) error {
	now := time.Now()
	events := make([]*eventv1.Event, n)
	for i := range events {
		events[i] = anomaly(i, n, now)
	}
	for chunk := range slices.Chunk(events, publishChunk) {
		if _, err := to.PublishEvents(ctx, chunk); err != nil {
			return fmt.Errorf("fill the stream: %w", err)
		}
	}
	return nil
}
