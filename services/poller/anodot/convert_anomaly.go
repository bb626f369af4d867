package anodot

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/poll"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/poller/anodot/firing"
)

// ConvertAnomalies turns a page of anomalies that was seen at observed into
// events: its opening, always, then how it stands, or its end. How it stands is told
// where it has changed since it was first seen, or where others were merged into it.
func ConvertAnomalies(source string, page *anodotv1.ListAnomaliesResponse, observed time.Time) poll.Batch {
	var batch poll.Batch
	for _, a := range page.GetAnomalies() {
		if reason, detail := faultOf(a); reason != "" {
			batch.Reject(reason, fmt.Sprintf("anomaly %q: %s", a.GetId(), detail), record(map[string]string{
				"id": a.GetId(), "name": a.GetName(),
			}))
			continue
		}
		opened := anomalyEvent(source, a, eventv1.Phase_PHASE_OPEN, "", a.GetStartDate().AsTime(), observed)
		batch.Events = append(batch.Events, opened)
		if strings.EqualFold(a.GetState(), "closed") {
			batch.Events = append(batch.Events, anomalyEvent(source, a, eventv1.Phase_PHASE_CLOSED, "closed", endOf(a, observed), observed))
			continue
		}
		changed := anomalyEvent(source, a, eventv1.Phase_PHASE_UPDATED, standing(a), observed, observed)
		batch.Events = append(batch.Events, changed)
		if len(a.GetMergedIds()) == 0 { // merging is a change, whoever sees it
			batch.Change(changed.GetId(), opened.GetId())
		}
		batch.Follow(opened.GetId(), a.GetStartDate().AsTime())
	}
	reject(&batch, "anomaly", page.GetRejected())
	return batch
}

func faultOf(a *anodotv1.Anomaly) (reason, detail string) {
	switch {
	case a.GetId() == "":
		return "no_id", "it has no id"
	case a.GetStartDate() == nil:
		return "no_time", "it does not say when it began"
	default:
		return "", ""
	}
}

// standing identifies how an open anomaly stands: the vendor keeps no time of a
// change. A score that moves by less than a hundredth is none, because it does so
// with every data point.
func standing(a *anodotv1.Anomaly) string {
	merged := slices.Sorted(slices.Values(a.GetMergedIds()))
	return "changed/" + event.Hash(append(merged, metricOf(a), firing.Percent(share(a.GetScore())))...)
}

// share returns a score from 0 to 1, also of one that the vendor writes from 0 to 100.
func share(score float64) float64 {
	if score > 1 {
		return score / 100
	}
	return score
}

func endOf(a *anodotv1.Anomaly, observed time.Time) time.Time {
	if a.GetEndDate() == nil {
		return observed
	}
	return a.GetEndDate().AsTime()
}

func anomalyEvent(
	source string, a *anodotv1.Anomaly, phase eventv1.Phase, revision string, occurred, observed time.Time,
) *eventv1.Event {
	if occurred.After(observed) {
		occurred = observed // a clock that is ahead
	}
	metric := metricOf(a)
	e := &eventv1.Event{
		Id:         event.ID(source, a.GetId(), revision),
		Source:     source,
		Vendor:     eventv1.Vendor_VENDOR_ANODOT,
		NativeId:   a.GetId(),
		OccurredAt: timestamppb.New(occurred),
		ObservedAt: timestamppb.New(observed),
		Entity:     "anomaly:" + a.GetId(),
		Title:      anomalyTitle(a, metric) + map[eventv1.Phase]string{eventv1.Phase_PHASE_UPDATED: ", changed", eventv1.Phase_PHASE_CLOSED: ", over"}[phase],
		Payload: &eventv1.Event_Anomaly{Anomaly: &eventv1.Anomaly{
			Metric: metric, AnomalyId: a.GetId(), Detector: "anodot", Score: a.GetScore(), Phase: phase, StartedAt: a.GetStartDate(),
		}},
	}
	if metric != "" {
		e.Entity = "metric:" + metric
	}
	if phase == eventv1.Phase_PHASE_CLOSED {
		e.GetAnomaly().EndedAt = e.GetOccurredAt()
	}
	if a.GetResolution() != "" {
		e.Labels = map[string]string{"resolution": a.GetResolution()}
	}
	return e
}

// metricOf returns the name of the first metric. What a metric of an anomaly
// looks like is not documented; assumed is what firings show.
func metricOf(a *anodotv1.Anomaly) string {
	for _, m := range a.GetMetrics() {
		for _, field := range []string{"name", "what"} {
			if name := m.GetFields()[field].GetStringValue(); name != "" {
				return name
			}
		}
	}
	return ""
}

func anomalyTitle(a *anodotv1.Anomaly, metric string) string {
	switch {
	case a.GetName() != "":
		return a.GetName()
	case metric != "":
		return "anomaly of " + metric
	default:
		return "anomaly " + a.GetId()
	}
}
