package match

import (
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/event"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// Read takes an event from a message, which must not change before the last
// call that is about it.
func (m *Matcher) Read(e *eventv1.Event) {
	m.reset()
	m.event = e
	m.kind = kindNumber(event.KindOf(e))
	m.readEvent(e)
	m.readLabels(e.GetLabels())
	switch m.kind {
	case kindAnomaly:
		m.odd = e.GetAnomaly() == nil
		m.readAnomaly(e.GetAnomaly())
	case kindFeedback:
		m.odd = e.GetFeedback() == nil
		m.readFeedback(e.GetFeedback())
	case kindTraffic:
		m.odd = e.GetTraffic() == nil
		m.readTraffic(e.GetTraffic())
	}
	m.fillHeader()
}

func (m *Matcher) readEvent(e *eventv1.Event) {
	v := m.values
	v[slotID] = textValue(e.GetId())
	v[slotSource] = textValue(e.GetSource())
	v[slotVendor] = numberValue(float64(e.GetVendor()))
	v[slotNativeID] = textValue(e.GetNativeId())
	v[slotEntity] = textValue(e.GetEntity())
	v[slotSeverity] = numberValue(float64(e.GetSeverity()))
	v[slotTitle] = textValue(e.GetTitle())
	v[slotURL] = textValue(e.GetUrl())
	v[slotRaw] = textValue(e.GetRaw())
	m.skeleton.occurredAt = m.readStamp(slotOccurredAt, e.GetOccurredAt())
	m.skeleton.observedAt = m.readStamp(slotObservedAt, e.GetObservedAt())
}

func (m *Matcher) readStamp(slot int, t *timestamppb.Timestamp) stamp {
	m.values[slot].present = t != nil
	return stamp{seconds: t.GetSeconds(), nanos: t.GetNanos()}
}

// readLabels looks up the labels that conditions read, or what is read of the
// labels that there are, whichever is quicker.
func (m *Matcher) readLabels(labels map[string]string) {
	if list := m.index.slots.labelList; len(list) < 2*len(labels) {
		for _, e := range list {
			if text, ok := labels[e.key]; ok {
				m.values[e.slot] = textValue(text)
			}
		}
		return
	}
	wanted := m.index.slots.labels
	for key, text := range labels {
		if slot, ok := wanted[key]; ok {
			m.values[slot] = textValue(text)
		}
	}
}

func (m *Matcher) readAnomaly(a *eventv1.Anomaly) {
	v := m.values
	v[slotAnomaly].present = a != nil
	v[slotMetric] = textValue(a.GetMetric())
	v[slotAlertID] = textValue(a.GetAlertId())
	v[slotAnomalyID] = textValue(a.GetAnomalyId())
	v[slotDetector] = textValue(a.GetDetector())
	v[slotScore] = numberValue(a.GetScore())
	v[slotValue] = numberValue(a.GetValue())
	if a != nil && a.ExpectedLower != nil {
		v[slotLower] = numberValue(a.GetExpectedLower())
	}
	if a != nil && a.ExpectedUpper != nil {
		v[slotUpper] = numberValue(a.GetExpectedUpper())
	}
	v[slotDirection] = numberValue(float64(a.GetDirection()))
	v[slotPhase] = numberValue(float64(a.GetPhase()))
	m.readStamp(slotStartedAt, a.GetStartedAt())
	m.readStamp(slotEndedAt, a.GetEndedAt())
}

func (m *Matcher) readFeedback(f *eventv1.Feedback) {
	v := m.values
	v[slotFeedback].present = f != nil
	v[slotVerdict] = numberValue(float64(f.GetVerdict()))
	v[slotComment] = textValue(f.GetComment())
	v[slotUser] = textValue(f.GetUser())
	v[slotFeedbackAlertID] = textValue(f.GetAlertId())
	v[slotAlertTitle] = textValue(f.GetAlertTitle())
	v[slotFeedbackAnomalyID] = textValue(f.GetAnomalyId())
}

func (m *Matcher) readTraffic(t *eventv1.Traffic) {
	m.values[slotTraffic].present = t != nil
	m.readStamp(slotWindowStart, t.GetWindowStart())
	m.readStamp(slotWindowEnd, t.GetWindowEnd())
	measures := t.GetMeasures()
	if list := m.index.slots.measureList; len(list) < 2*len(measures) {
		for _, e := range list {
			if f, ok := measures[e.key]; ok {
				m.values[e.slot] = numberValue(f)
			}
		}
		return
	}
	wanted := m.index.slots.measures
	for key, f := range measures {
		if slot, ok := wanted[key]; ok {
			m.values[slot] = numberValue(f)
		}
	}
}

// fillHeader takes the header from the slots.
func (m *Matcher) fillHeader() {
	m.header = Header{
		ID: m.values[slotID].text, Source: m.values[slotSource].text,
		NativeID: m.values[slotNativeID].text, Entity: m.values[slotEntity].text,
	}
	switch m.kind {
	case kindAnomaly:
		m.header.Kind, m.header.AlertID = event.KindAnomaly, m.values[slotAlertID].text
	case kindFeedback:
		m.header.Kind, m.header.AlertID = event.KindFeedback, m.values[slotFeedbackAlertID].text
		m.header.Verdict = eventv1.Verdict(m.values[slotVerdict].number)
	case kindTraffic:
		m.header.Kind = event.KindTraffic
	}
	if m.values[slotOccurredAt].present {
		m.header.OccurredAt = m.skeleton.occurredAt.time()
	}
	if m.values[slotObservedAt].present {
		m.header.ObservedAt = m.skeleton.observedAt.time()
	}
}
