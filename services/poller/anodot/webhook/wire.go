package webhook

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
)

// What the vendor pushes, in the standard and in the extended template. The
// shape is that of the vendor's public pages; its reference says only that a
// push is a JSON object. What is of another kind than these pages show counts as
// not there: a push matters more than one of its fields.

// push is the whole of it. The extended template has AlertGroupStatus besides.
type push struct {
	Severity         text              `json:"severity"`
	InvestigationURL text              `json:"investigationUrl"`
	StartTimeEpoch   number            `json:"startTimeEpoch"`
	AnomalyID        text              `json:"anomalyId"`
	AlertGroupID     text              `json:"alertGroupId"`
	AlertGroupStatus text              `json:"alertGroupStatus"`
	TimeScale        text              `json:"timeScale"`
	Type             text              `json:"type"`
	Alerts           []json.RawMessage `json:"alerts"`
}

// alert is one firing.
type alert struct {
	Title            text              `json:"title"`
	AlertStatus      text              `json:"alertStatus"`
	AlertID          text              `json:"alertId"`
	AlertSettingsURL text              `json:"alertSettingsUrl"`
	Severity         text              `json:"severity"`
	Metrics          []json.RawMessage `json:"metrics"`
}

// metric is one metric of a firing.
type metric struct {
	Name              text   `json:"name"`
	Direction         text   `json:"direction"`
	StartTimeEpoch    number `json:"startTimeEpoch"`
	DurationInSeconds number `json:"durationInSeconds"`
	Peak              number `json:"peak"`
	// Significance is 0 to 100.
	Significance number `json:"significance"`
}

// score is the significance as a poll tells it, 0 to 1.
func (m metric) score() float64 { return float64(m.Significance) / 100 }

// text is a text, or a number written as one.
type text string

// UnmarshalJSON takes whatever is there.
func (t *text) UnmarshalJSON(data []byte) error {
	var value any
	if err := json.Unmarshal(data, &value); err != nil {
		return err
	}
	switch v := value.(type) {
	case string:
		*t = text(strings.TrimSpace(v))
	case float64:
		*t = text(strconv.FormatFloat(v, 'f', -1, 64))
	default:
		*t = ""
	}
	return nil
}

// number is a number, or one in a text; 0 for none.
type number float64

// UnmarshalJSON takes whatever is there.
func (n *number) UnmarshalJSON(data []byte) error {
	var t text
	if err := json.Unmarshal(data, &t); err != nil {
		return err
	}
	value, err := strconv.ParseFloat(string(t), 64)
	if err != nil || math.IsNaN(value) || math.IsInf(value, 0) {
		value = 0
	}
	*n = number(value)
	return nil
}

// maxEpoch is the last second that an event may have, of the year 9999. What
// is beyond is milliseconds, or no time.
const maxEpoch = 253402300799

// time is a time in epoch seconds, zero for none.
func (n number) time() time.Time {
	if n < 1 || n > maxEpoch {
		return time.Time{}
	}
	return time.Unix(int64(n), 0).UTC()
}
