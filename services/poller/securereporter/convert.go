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
			reject(reason, at, m.explain(reason, err), record.GetRaw())
			continue
		}
		for _, o := range r.omitted {
			batch.Omit(o.field, fmt.Sprintf("report %s, row %d: event.%s; mend the mapping or the report where it should have one", m.report, at, o.fault))
		}
		e := eventOf(source, m.kind, &r, observed)
		e.Raw = poll.Raw(record.GetRaw())
		batch.Events = append(batch.Events, e)
	}
	return batch
}

// explain says what keeps a row from being an event, and what to do.
func (m *Mapping) explain(reason string, err error) string {
	key, program := "native_id", m.nativeID
	if reason == "no_time" {
		key, program = "occurred_at", m.occurredAt
	}
	said := "it gave an empty text"
	if err != nil {
		said = err.Error()
	}
	return fmt.Sprintf("event.%s: `%s`: %s; mend the mapping or the report, and a poll of the mended row takes it", key, program, said)
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
