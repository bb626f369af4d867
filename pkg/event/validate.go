package event

import (
	"errors"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// Faults of an event that cannot be judged. They are reasons of dead letters.
var (
	ErrNoID         = errors.New("event has no id")
	ErrNoSource     = errors.New("event has no legal source name ([a-z][a-z0-9-]*)")
	ErrNoOccurredAt = errors.New("event has no occurred_at")
	ErrTimeRange    = errors.New("event time lies outside the years 1 to 9999")
	ErrNoPayload    = errors.New("event has no payload (anomaly, feedback or traffic)")
	ErrTooLong      = errors.New("event has an id, source, native_id or entity that is too long")
)

// Bounds of the envelope's texts, in bytes. They travel in headers and
// subjects, which a NATS server bounds too; a text that it does not take would
// otherwise be tried for ever.
const (
	maxID   = 128
	maxName = 1024
)

// IsSourceName reports whether name is a legal source name: [a-z][a-z0-9-]*. It
// is asked of every event, so it is no regular expression.
func IsSourceName(name string) bool {
	for i := range len(name) {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z':
		case i > 0 && (c == '-' || '0' <= c && c <= '9'):
		default:
			return false
		}
	}
	return name != ""
}

// Validate returns what keeps the event from being published or judged, nil
// for a good one. It checks the envelope, not what a vendor may say in it.
func Validate(e *eventv1.Event) error {
	switch {
	case e.GetId() == "":
		return ErrNoID
	case !IsSourceName(e.GetSource()):
		return ErrNoSource
	case len(e.GetId()) > maxID, len(e.GetSource()) > maxID, len(e.GetNativeId()) > maxName, len(e.GetEntity()) > maxName:
		return ErrTooLong
	case e.GetOccurredAt() == nil:
		return ErrNoOccurredAt
	case !e.GetOccurredAt().IsValid(), e.GetObservedAt() != nil && !e.GetObservedAt().IsValid():
		return ErrTimeRange
	case KindOf(e) == "":
		return ErrNoPayload
	default:
		return nil
	}
}
