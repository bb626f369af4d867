package securereporter

import (
	"cmp"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/poll"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	securereporterv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/securereporter/v1"
)

// Convert turns the rows of an answer that was seen at observed into events.
func Convert(source string, m *Mapping, answer *securereporterv1.CallReportResponse, observed time.Time) poll.Batch {
	var batch poll.Batch
	reject := func(reason string, at int32, detail, row string) {
		batch.RejectOf(m.report, reason, fmt.Sprintf("report %s, row %d: %s", m.report, at, detail), row)
	}
	unreadable := map[int32]bool{}
	for _, r := range answer.GetRejected() {
		unreadable[r.GetIndex()] = true
		reject("unreadable", r.GetIndex(), r.GetReason(), r.GetRaw())
	}
	at := int32(-1) // counted as the report counts
	for _, record := range answer.GetRecords() {
		at++
		for unreadable[at] {
			at++
		}
		r, reason, err := m.evaluate(record)
		if reason != "" {
			reject(reason, at, explain(reason, err), record.GetRaw())
			continue
		}
		for _, name := range r.omitted {
			batch.Omit(name)
		}
		e := eventOf(source, m.kind, &r, observed)
		e.Raw = poll.Raw(record.GetRaw())
		batch.Events = append(batch.Events, e)
	}
	return batch
}

func explain(reason string, err error) string {
	key := map[string]string{"no_id": "native_id", "no_time": "occurred_at"}[reason]
	if err == nil {
		return "event." + key + " gave an empty text"
	}
	return "event." + key + ": " + err.Error()
}

func eventOf(source string, kind event.Kind, r *row, observed time.Time) *eventv1.Event {
	nativeID := r.report + "/" + r.nativeID
	e := &eventv1.Event{
		Id:         event.ID(source, nativeID, r.revision()),
		Source:     source,
		Vendor:     eventv1.Vendor_VENDOR_SECURE_REPORTER,
		NativeId:   nativeID,
		OccurredAt: timestamppb.New(earlier(r.at, observed)),
		ObservedAt: timestamppb.New(observed),
		Entity:     r.entity,
		Severity:   r.severity,
		Labels:     r.labels,
		Title:      r.title,
	}
	if kind == event.KindAnomaly {
		e.Payload = &eventv1.Event_Anomaly{Anomaly: anomaly(r, e.GetOccurredAt())}
	} else {
		e.Payload = &eventv1.Event_Traffic{Traffic: &eventv1.Traffic{WindowEnd: e.GetOccurredAt(), Measures: r.measures}}
	}
	return e
}

// anomaly is about the metric that the label of that name tells, else about
// the report.
func anomaly(r *row, at *timestamppb.Timestamp) *eventv1.Anomaly {
	a := &eventv1.Anomaly{
		Metric:    cmp.Or(r.labels["metric"], r.report),
		AnomalyId: r.nativeID,
		Detector:  "secure_reporter",
		Score:     r.measures["score"],
		Value:     r.measures["value"],
		Phase:     eventv1.Phase_PHASE_OPEN,
		StartedAt: at,
	}
	if lower, ok := r.measures["expected_lower"]; ok {
		a.ExpectedLower = &lower
	}
	if upper, ok := r.measures["expected_upper"]; ok {
		a.ExpectedUpper = &upper
	}
	if value, ok := r.measures["value"]; ok {
		a.Direction = direction(value, a)
	}
	return a
}

// direction compares the value with the expected range; a value inside has
// none.
func direction(value float64, a *eventv1.Anomaly) eventv1.Direction {
	switch {
	case a.ExpectedUpper != nil && value > a.GetExpectedUpper():
		return eventv1.Direction_DIRECTION_UP
	case a.ExpectedLower != nil && value < a.GetExpectedLower():
		return eventv1.Direction_DIRECTION_DOWN
	default:
		return eventv1.Direction_DIRECTION_UNSPECIFIED
	}
}

// earlier keeps a row whose time has not come, such as the hour that goes on,
// from happening in the future.
func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
