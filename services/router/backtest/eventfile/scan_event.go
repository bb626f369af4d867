package eventfile

import (
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// eventScanner reads one event.
type eventScanner struct {
	scanner

	event *eventv1.Event
	// seen has a bit for each field of the message at hand that was there: one
	// that is there twice is protojson's to refuse.
	seen uint32
}

// scanEvent returns the event of a line, nil if protojson must read it.
func scanEvent(line []byte) *eventv1.Event {
	s := &eventScanner{scanner: scanner{text: line}, event: &eventv1.Event{}}
	s.object(s.member)
	if !s.ended() {
		return nil
	}
	return s.event
}

// once marks field number n as there.
func (s *eventScanner) once(n uint) {
	bit := uint32(1) << n
	if s.seen&bit != 0 {
		s.fail()
	}
	s.seen |= bit
}

// message reads a message within the event.
func (s *eventScanner) message(member func(name []byte)) {
	outer := s.seen
	s.seen = 0
	s.object(member)
	s.seen = outer
}

func (s *eventScanner) member(name []byte) {
	e := s.event
	switch string(name) {
	case "id":
		s.once(1)
		e.Id = s.string()
	case "source":
		s.once(2)
		e.Source = s.string()
	case "vendor":
		s.once(3)
		e.Vendor = eventv1.Vendor(s.enum(eventv1.Vendor_value))
	case "nativeId", "native_id":
		s.once(4)
		e.NativeId = s.string()
	case "occurredAt", "occurred_at":
		s.once(5)
		e.OccurredAt = s.timestamp()
	case "observedAt", "observed_at":
		s.once(6)
		e.ObservedAt = s.timestamp()
	case "entity":
		s.once(7)
		e.Entity = s.string()
	case "severity":
		s.once(8)
		e.Severity = eventv1.Severity(s.enum(eventv1.Severity_value))
	case "labels":
		s.once(9)
		e.Labels = s.texts()
	case "title":
		s.once(10)
		e.Title = s.string()
	case "url":
		s.once(11)
		e.Url = s.string()
	case "raw":
		s.once(15)
		e.Raw = s.string()
	default:
		s.payload(name)
	}
}

// payload reads what happened; a second payload is protojson's to refuse.
func (s *eventScanner) payload(name []byte) {
	s.once(12)
	switch string(name) {
	case "anomaly":
		a := &eventv1.Anomaly{}
		s.event.Payload = &eventv1.Event_Anomaly{Anomaly: a}
		s.message(func(name []byte) { s.anomaly(a, name) })
	case "feedback":
		f := &eventv1.Feedback{}
		s.event.Payload = &eventv1.Event_Feedback{Feedback: f}
		s.message(func(name []byte) { s.feedback(f, name) })
	case "traffic":
		t := &eventv1.Traffic{}
		s.event.Payload = &eventv1.Event_Traffic{Traffic: t}
		s.message(func(name []byte) { s.traffic(t, name) })
	default:
		s.fail()
	}
}

func (s *eventScanner) anomaly(a *eventv1.Anomaly, name []byte) {
	switch string(name) {
	case "metric":
		s.once(1)
		a.Metric = s.string()
	case "alertId", "alert_id":
		s.once(2)
		a.AlertId = s.string()
	case "anomalyId", "anomaly_id":
		s.once(3)
		a.AnomalyId = s.string()
	case "detector":
		s.once(4)
		a.Detector = s.string()
	case "score":
		s.once(5)
		a.Score = s.number()
	case "value":
		s.once(6)
		a.Value = s.number()
	case "expectedLower", "expected_lower":
		s.once(7)
		a.ExpectedLower = new(s.number())
	case "expectedUpper", "expected_upper":
		s.once(8)
		a.ExpectedUpper = new(s.number())
	case "direction":
		s.once(9)
		a.Direction = eventv1.Direction(s.enum(eventv1.Direction_value))
	case "phase":
		s.once(10)
		a.Phase = eventv1.Phase(s.enum(eventv1.Phase_value))
	case "startedAt", "started_at":
		s.once(11)
		a.StartedAt = s.timestamp()
	case "endedAt", "ended_at":
		s.once(12)
		a.EndedAt = s.timestamp()
	default:
		s.fail()
	}
}

func (s *eventScanner) feedback(f *eventv1.Feedback, name []byte) {
	switch string(name) {
	case "verdict":
		s.once(1)
		f.Verdict = eventv1.Verdict(s.enum(eventv1.Verdict_value))
	case "comment":
		s.once(2)
		f.Comment = s.string()
	case "user":
		s.once(3)
		f.User = s.string()
	case "alertId", "alert_id":
		s.once(4)
		f.AlertId = s.string()
	case "alertTitle", "alert_title":
		s.once(5)
		f.AlertTitle = s.string()
	case "anomalyId", "anomaly_id":
		s.once(6)
		f.AnomalyId = s.string()
	default:
		s.fail()
	}
}

func (s *eventScanner) traffic(t *eventv1.Traffic, name []byte) {
	switch string(name) {
	case "windowStart", "window_start":
		s.once(1)
		t.WindowStart = s.timestamp()
	case "windowEnd", "window_end":
		s.once(2)
		t.WindowEnd = s.timestamp()
	case "measures":
		s.once(3)
		t.Measures = s.numbers()
	default:
		s.fail()
	}
}

// enum reads a value by its name.
func (s *eventScanner) enum(values map[string]int32) int32 {
	value, known := values[string(s.plain())]
	if !known {
		s.fail()
	}
	return value
}

// texts reads a map of texts. A name that is there twice is protojson's to
// refuse.
func (s *eventScanner) texts() map[string]string {
	out := map[string]string{}
	s.object(func(raw []byte) {
		name := string(raw)
		if _, known := out[name]; known {
			s.fail()
		}
		out[name] = s.string()
	})
	return out
}

// numbers reads a map of numbers.
func (s *eventScanner) numbers() map[string]float64 {
	out := map[string]float64{}
	s.object(func(raw []byte) {
		name := string(raw)
		if _, known := out[name]; known {
			s.fail()
		}
		out[name] = s.number()
	})
	return out
}
