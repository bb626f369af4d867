package anomify

import (
	"fmt"
	"strconv"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/poll"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// Convert turns an answer that was seen at observed into events. What it makes
// of an anomaly does not depend on when the anomaly is first seen: one that is
// over already gives its opening and its end, one that goes on its opening and how
// it stands, which is told where it has changed since.
func Convert(source string, answer *anomifyv1.ListAnomaliesResponse, observed time.Time) poll.Batch {
	var batch poll.Batch
	for _, anomaly := range answer.GetAnomalies() {
		if fault, detail := fault(anomaly); fault != "" {
			batch.Reject(fault, fmt.Sprintf("anomaly %q: %s", anomaly.GetId(), detail), anomaly.GetRaw())
			continue
		}
		opened := openedEvent(source, anomaly, observed)
		batch.Events = append(batch.Events, opened)
		if hasEnded(anomaly) {
			batch.Events = append(batch.Events, closedEvent(source, anomaly, observed))
		} else {
			changed := changedEvent(source, anomaly, observed)
			batch.Events = append(batch.Events, changed)
			batch.Change(changed.GetId(), opened.GetId())
			batch.Follow(opened.GetId(), anomaly.GetTimestamp().AsTime())
		}
	}
	reject(&batch, "anomaly", answer.GetRejected())
	return batch
}

func fault(anomaly *anomifyv1.Anomaly) (reason, detail string) {
	switch {
	case anomaly.GetId() == "":
		return "no_id", "it has no id"
	case anomaly.GetMetric() == "":
		return "no_metric", "it names no metric"
	case anomaly.GetTimestamp() == nil:
		return "no_time", "it does not say when it was seen"
	default:
		return "", ""
	}
}

// hasEnded reports whether the vendor gives an end. An end that is the
// beginning says nothing yet: the vendor writes it into anomalies of one data
// point while they go on.
func hasEnded(anomaly *anomifyv1.Anomaly) bool {
	return anomaly.GetUntilTimestamp() != nil &&
		anomaly.GetUntilTimestamp().AsTime().After(anomaly.GetTimestamp().AsTime())
}

func openedEvent(source string, anomaly *anomifyv1.Anomaly, observed time.Time) *eventv1.Event {
	e := eventOf(source, anomaly, observed)
	e.Id = event.ID(source, anomaly.GetId(), "")
	e.OccurredAt = notAfter(anomaly.GetTimestamp(), observed)
	e.GetAnomaly().Phase = eventv1.Phase_PHASE_OPEN
	return e
}

// changedEvent tells how an anomaly stands that goes on. The vendor keeps no time of
// a change, so its identity is what is told of it, and it happens when it is seen.
func changedEvent(source string, anomaly *anomifyv1.Anomaly, observed time.Time) *eventv1.Event {
	e := eventOf(source, anomaly, observed)
	e.Id = event.ID(source, anomaly.GetId(), "changed/"+event.Hash(
		anomaly.GetMetric(), exact(&anomaly.Value), exact(&anomaly.Score), exact(anomaly.ExpectedRangeLower), exact(anomaly.ExpectedRangeUpper)))
	e.OccurredAt = timestamppb.New(observed)
	e.Title += ", changed"
	e.GetAnomaly().Phase = eventv1.Phase_PHASE_UPDATED
	return e
}

// exact writes a number so that two that differ are written differently, "" for none.
func exact(f *float64) string {
	if f == nil {
		return ""
	}
	return strconv.FormatFloat(*f, 'g', -1, 64)
}

func closedEvent(source string, anomaly *anomifyv1.Anomaly, observed time.Time) *eventv1.Event {
	e := eventOf(source, anomaly, observed)
	until := anomaly.GetUntilTimestamp()
	e.Id = event.ID(source, anomaly.GetId(), strconv.FormatInt(until.GetSeconds(), 10))
	e.OccurredAt = notAfter(until, observed)
	e.Title += ", over"
	e.GetAnomaly().Phase = eventv1.Phase_PHASE_CLOSED
	e.GetAnomaly().EndedAt = until
	return e
}

// eventOf returns what the opening, a change and the end have in common.
func eventOf(source string, anomaly *anomifyv1.Anomaly, observed time.Time) *eventv1.Event {
	return &eventv1.Event{
		Source:     source,
		Vendor:     eventv1.Vendor_VENDOR_ANOMIFY,
		NativeId:   anomaly.GetId(),
		ObservedAt: timestamppb.New(observed),
		Entity:     "metric:" + anomaly.GetMetric(),
		Title:      title(anomaly),
		Payload: &eventv1.Event_Anomaly{Anomaly: &eventv1.Anomaly{
			Metric:        anomaly.GetMetric(),
			AnomalyId:     anomaly.GetId(),
			Detector:      "anomify",
			Score:         anomaly.GetScore(),
			Value:         anomaly.GetValue(),
			ExpectedLower: anomaly.ExpectedRangeLower,
			ExpectedUpper: anomaly.ExpectedRangeUpper,
			Direction:     direction(anomaly),
			StartedAt:     anomaly.GetTimestamp(),
		}},
		Raw: poll.Raw(anomaly.GetRaw()),
	}
}

// notAfter keeps what a clock that is ahead has stamped from happening in the
// future.
func notAfter(at *timestamppb.Timestamp, observed time.Time) *timestamppb.Timestamp {
	if at.AsTime().After(observed) {
		return timestamppb.New(observed)
	}
	return at
}

// direction compares the value with the expected range; a value inside has
// none.
func direction(anomaly *anomifyv1.Anomaly) eventv1.Direction {
	switch {
	case anomaly.ExpectedRangeUpper != nil && anomaly.GetValue() > anomaly.GetExpectedRangeUpper():
		return eventv1.Direction_DIRECTION_UP
	case anomaly.ExpectedRangeLower != nil && anomaly.GetValue() < anomaly.GetExpectedRangeLower():
		return eventv1.Direction_DIRECTION_DOWN
	default:
		return eventv1.Direction_DIRECTION_UNSPECIFIED
	}
}

func title(anomaly *anomifyv1.Anomaly) string {
	text := fmt.Sprintf("%s is %s", anomaly.GetMetric(), number(anomaly.GetValue()))
	lower, upper := anomaly.ExpectedRangeLower, anomaly.ExpectedRangeUpper
	switch {
	case lower != nil && upper != nil:
		text += fmt.Sprintf(", expected %s to %s", number(*lower), number(*upper))
	case upper != nil:
		text += ", expected up to " + number(*upper)
	case lower != nil:
		text += ", expected from " + number(*lower)
	}
	return text
}

func number(f float64) string { return strconv.FormatFloat(f, 'g', 6, 64) }
