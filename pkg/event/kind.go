package event

import (
	"slices"
	"strings"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// Kind is the sort of an event as rules, subjects and the command line write
// it.
type Kind string

// The kinds of event.
const (
	KindAnomaly  Kind = "anomaly"
	KindFeedback Kind = "feedback"
	KindTraffic  Kind = "traffic"
)

// Kinds returns every kind, in the order in which lists show them.
func Kinds() []Kind { return []Kind{KindAnomaly, KindFeedback, KindTraffic} }

// ParseKind returns the kind that s names and whether there is one.
func ParseKind(s string) (Kind, bool) {
	k := Kind(s)
	return k, slices.Contains(Kinds(), k)
}

// KindOf returns the event's kind, "" for an event without a payload.
func KindOf(e *eventv1.Event) Kind {
	switch e.GetPayload().(type) {
	case *eventv1.Event_Anomaly:
		return KindAnomaly
	case *eventv1.Event_Feedback:
		return KindFeedback
	case *eventv1.Event_Traffic:
		return KindTraffic
	default:
		return ""
	}
}

// VendorName returns the vendor as subjects, metrics and configuration write
// it: `anodot`, `secure_reporter`; `unspecified` for none.
func VendorName(v eventv1.Vendor) string {
	return strings.ToLower(strings.TrimPrefix(v.String(), "VENDOR_"))
}

// SeverityName returns the severity as subjects and the command line write
// it: `critical`; `none` for no severity.
func SeverityName(s eventv1.Severity) string {
	if s == eventv1.Severity_SEVERITY_UNSPECIFIED {
		return "none"
	}
	return strings.ToLower(strings.TrimPrefix(s.String(), "SEVERITY_"))
}

// ParseSeverity returns the severity that a vendor's word names, in any case;
// unspecified for a word that names none.
func ParseSeverity(word string) eventv1.Severity {
	name := "SEVERITY_" + strings.ToUpper(strings.TrimSpace(word))
	return eventv1.Severity(eventv1.Severity_value[name])
}
