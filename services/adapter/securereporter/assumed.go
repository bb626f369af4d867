package securereporter

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
)

// What the vendor's document leaves open, and what is assumed of it:
//
//   - Which HTTP status a failure has. `ok: false` is one under any status.
//   - Datetimes without a zone are in UTC where no zone is configured: the
//     server's time is "as utc".
//   - Choices are a list, bare or under "choices" or "records": of values, of
//     pairs of value and label, or of objects. An object under "choices" has
//     the values as names.
//   - The server's time is a JSON text, a bare text, an object with it, or a
//     number of seconds since 1970.
//   - A report's definition is an object with its fields under "fields" or
//     "report_fields", and GET reads it.
//   - A template takes bind variables as a call does.
//   - A mail is ordered when the status is 2xx and the answer does not say that
//     it is not ok. Whatever else it says is not known.
//
// Where an answer has another shape, it is an error and not a guess. What is
// known of nothing in an answer that is read stays in its raw JSON.

// parts are those of a JSON object, not read yet.
type parts = map[string]json.RawMessage

// The places where parts of an answer are looked for.
func choicesIn(o parts) (json.RawMessage, bool) { return firstOf(o, "choices", "records") }
func valueIn(o parts) (json.RawMessage, bool)   { return firstOf(o, "value", "id", "key") }
func labelIn(o parts) (json.RawMessage, bool)   { return firstOf(o, "label", "name", "text", "display") }

func timeIn(o parts) (json.RawMessage, bool) {
	return firstOf(o, "server_time", "server_iso_time", "time", "utc", "iso", "datetime", "now")
}
func fieldLists() []string { return []string{"fields", "report_fields"} }

// timeLayouts are the forms in which a server may write its time; without a
// zone it is UTC. The first is the document's.
func timeLayouts() []string {
	return []string{naiveLayout, time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", time.RFC1123}
}

// Seconds since 1970 that can be a server's time: later than the vendor's
// product, and too small for milliseconds.
const (
	earliestEpoch = 1e9
	latestEpoch   = 1e11
)

// errNoTime is a text that is no time.
var errNoTime = errors.New("is no time")

// parseServerTime reads a server's time.
func parseServerTime(text string) (time.Time, error) {
	text = strings.TrimSpace(text)
	for _, layout := range timeLayouts() {
		if at, err := time.ParseInLocation(layout, text, time.UTC); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, errNoTime
}

// epochTime reads a server's time from seconds since 1970.
func epochTime(seconds float64) (time.Time, error) {
	if seconds < earliestEpoch || seconds > latestEpoch {
		return time.Time{}, errNoTime
	}
	return time.UnixMicro(int64(seconds * 1e6)).UTC(), nil
}

// firstOf returns the first of the named parts that the object has and that is
// not null.
func firstOf(o parts, names ...string) (json.RawMessage, bool) {
	for _, name := range names {
		if part, ok := o[name]; ok && string(part) != "null" {
			return part, true
		}
	}
	return nil, false
}

// failureIn returns what an answer says of a failure under a 2xx status, nil
// for none: the one shape that is documented, and that any call may have.
func failureIn(answer vendorhttp.Answer) *vendorhttp.Error {
	var w struct {
		OK *bool `json:"ok"`
	}
	if err := json.Unmarshal([]byte(answer.Body), &w); err == nil && w.OK != nil && !*w.OK {
		return reportFailed(answer, messageOf(answer))
	}
	return nil
}
