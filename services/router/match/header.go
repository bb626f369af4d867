package match

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/event"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// Header is what a router needs to know of an event before it matters whether
// any condition holds: whether it was seen before and whether it is late. Of
// an event read from wire bytes, the texts are parts of those bytes: clone
// what is kept.
type Header struct {
	// ID is the event's identity.
	ID string
	// Source is the name of the configured source.
	Source string
	// NativeID is the vendor's identity of the thing.
	NativeID string
	// Entity is what the event is about.
	Entity string
	// AlertID is the alert that an anomaly or a feedback is about, "" for none.
	AlertID string
	// Verdict is a feedback's.
	Verdict eventv1.Verdict
	// Kind is the event's kind, "" for an event without a payload.
	Kind event.Kind
	// OccurredAt is the event's time in UTC, the zero time where it is absent.
	OccurredAt time.Time
	// ObservedAt is when it was seen in UTC, the zero time where it is absent.
	ObservedAt time.Time
}

// Header returns the header of the event that was read last.
func (m *Matcher) Header() Header { return m.header }

// stamp is a timestamp as messages carry it.
type stamp struct {
	seconds int64
	nanos   int32
}

func (s stamp) time() time.Time { return time.Unix(s.seconds, int64(s.nanos)).UTC() }

// skeleton is an event with nothing but what validation looks at, made of a
// header without allocating.
type skeleton struct {
	occurredAt, observedAt stamp
	occurred, observed     timestamppb.Timestamp
	event                  eventv1.Event
	anomaly                eventv1.Event_Anomaly
	feedback               eventv1.Event_Feedback
	traffic                eventv1.Event_Traffic
}

// Validate returns what [event.Validate] says of the event that was read last,
// without unmarshalling it.
func (m *Matcher) Validate() error {
	if m.event != nil {
		return event.Validate(m.event)
	}
	s := &m.skeleton
	s.event.Id, s.event.Source = m.header.ID, m.header.Source
	s.event.NativeId, s.event.Entity = m.header.NativeID, m.header.Entity
	s.event.OccurredAt = stampOf(m.values[slotOccurredAt].present, s.occurredAt, &s.occurred)
	s.event.ObservedAt = stampOf(m.values[slotObservedAt].present, s.observedAt, &s.observed)
	switch m.kind {
	case kindAnomaly:
		s.event.Payload = &s.anomaly
	case kindFeedback:
		s.event.Payload = &s.feedback
	case kindTraffic:
		s.event.Payload = &s.traffic
	default:
		s.event.Payload = nil
	}
	return event.Validate(&s.event)
}

func stampOf(present bool, s stamp, into *timestamppb.Timestamp) *timestamppb.Timestamp {
	if !present {
		return nil
	}
	into.Seconds, into.Nanos = s.seconds, s.nanos
	return into
}
