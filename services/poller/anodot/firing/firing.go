// Package firing turns the firings of Anodot's alerts into anomaly events: the
// same ones, with the same ids, whether a firing was polled or pushed. It does
// no I/O and refuses to guess the alert that fired or when it did.
//
// An alert is taken to fire once in a group of firings: group and alert are what
// both ways tell, and a push does not have the id that a poll has. Where an
// alert fires several times in a group, each firing has events of its own by the
// time at which it began, but they are updates of one thing, so that rules
// count it once.
package firing

import (
	"strings"
	"time"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// Firing is one firing of one alert, as the vendor tells of it at one time.
type Firing struct {
	// Source is the configured account.
	Source string
	// ID of the firing, "" where it is not told.
	ID string
	// GroupID of the firings that belong together, "" where it is not told.
	GroupID string
	// AlertID is the id of the alert configuration, which pauses act on.
	AlertID string
	// Title of the alert.
	Title string
	// URL where a person can look at it, may be empty.
	URL string
	// Severity, unspecified where none is told.
	Severity eventv1.Severity
	// Labels of the events; empty values are left out.
	Labels map[string]string
	// Phase the firing is in; unspecified counts as open.
	Phase eventv1.Phase
	// Started is when it began, by the vendor's clock.
	Started time.Time
	// Ended is when it ended; zero while it goes on, or where it is not told.
	Ended time.Time
	// Metric is the one that counts most of those that take part.
	Metric Metric
	// Raw is the vendor's JSON, secrets removed.
	Raw string
}

// Metric is one metric of a firing. The zero value is a firing that names none.
type Metric struct {
	// Name as the vendor writes it.
	Name string
	// AnomalyID is the anomaly of the metric, "" where it is not told.
	AnomalyID string
	// Direction in which it went: UP, DOWN, in any case.
	Direction string
	// Peak is its extreme value.
	Peak float64
	// Score is 0 to 1.
	Score float64
}

// Fault returns what keeps the firing from becoming events, as a reason of a
// dead letter and in words; "" for a good one.
func (f Firing) Fault() (reason, detail string) {
	switch {
	case f.AlertID == "":
		return "no_alert_id", "it names no alert configuration"
	case f.Started.IsZero():
		return "no_time", "it does not say when it began"
	case f.GroupID == "" && f.ID == "":
		return "no_id", "it has neither an id nor a group"
	default:
		return "", ""
	}
}

// nativeID is the vendor's identity of the firing.
func (f Firing) nativeID() string {
	if f.GroupID == "" {
		return f.ID
	}
	return f.GroupID + "/" + f.AlertID
}

// AlertType writes the vendor's word for the kind of an alert in one way:
// anomaly, static, no_data. Others stay as they are, in small letters.
func AlertType(word string) string {
	word = strings.ToLower(word)
	if strings.ReplaceAll(strings.ReplaceAll(word, " ", ""), "_", "") == "nodata" {
		return "no_data"
	}
	return word
}
