package anomify

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
)

// Everything in this file is assumed. The vendor documents the names of its
// endpoints, and shapes of a single anomaly, of a pattern, of the session's
// user and of admin alerts only; the rest follows these, the parameters of
// /watcher/threshold, and the engine behind the vendor, which returns lists as
// maps by id. What is assumed besides the shapes below:
//
//   - Data hold what was asked for under its own name: `anomalies`, `watcher`,
//     `metric`, `patterns`, `matches`, `exclusions`, `types`, `chips`, `users`,
//     `channels`, `events`, `admin_alert`, `timeseries`, `yhat`, `org`.
//   - Windows are from_timestamp and until_timestamp.
//   - A change is a POST of a form; a status of 200 in its envelope says that it
//     was done, whatever its data show.
//   - /exclusion/test changes nothing.
//   - Pictures are the body of the answer, not an address in an envelope.
//
// A look at the vendor's /doc/openapi replaces this file.

const (
	// whole is the name of all the data.
	whole = ""
	// maxRecords bounds a list. There are no pages that are known of.
	maxRecords = 100_000
)

var errNoAnomaly = errors.New(`the envelope's data has no "anomaly"`)

// recordIn returns what data has under the name.
func recordIn(data json.RawMessage, name string) (json.RawMessage, *vendorhttp.Error) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(data, &fields) != nil || fields == nil {
		return nil, vendorhttp.Errorf(vendorhttp.BadAnswer, "the envelope's data is no object with %q", name)
	}
	if name == whole {
		return data, nil
	}
	record, ok := fields[name]
	if !ok {
		return nil, vendorhttp.Errorf(vendorhttp.BadAnswer, "the envelope's data has no %q", name)
	}
	return record, nil
}

// listIn returns the list of the given name in data: an array, or a map by id
// in order of its keys.
func listIn(data json.RawMessage, name string) ([]json.RawMessage, *vendorhttp.Error) {
	list, failure := recordIn(data, name)
	if failure != nil {
		return nil, failure
	}
	return recordsIn(list, name, func(id string, record json.RawMessage) json.RawMessage { return withKey(record, "id", id) })
}

// recordsIn returns the records of a list: those of an array, or those of a map
// in order of its keys, each given its key.
func recordsIn(
	list json.RawMessage, name string, keyed func(string, json.RawMessage) json.RawMessage,
) ([]json.RawMessage, *vendorhttp.Error) {
	var records []json.RawMessage
	var byKey map[string]json.RawMessage
	if json.Unmarshal(list, &records) != nil && json.Unmarshal(list, &byKey) != nil {
		return nil, vendorhttp.Errorf(vendorhttp.BadAnswer, "%q is neither an array nor a map", name)
	}
	if max(len(records), len(byKey)) > maxRecords {
		return nil, vendorhttp.Errorf(vendorhttp.BadAnswer,
			"%q holds more than %d records; ask for a shorter span", name, maxRecords)
	}
	for _, key := range sortedKeys(byKey) {
		records = append(records, keyed(key, byKey[key]))
	}
	return records, nil
}

// totalIn returns how many records data says there are, 0 where it does not.
func totalIn(data json.RawMessage) int64 {
	var fields struct {
		Total json.Number `json:"total"`
	}
	if json.Unmarshal(data, &fields) != nil {
		return 0
	}
	total, err := fields.Total.Int64()
	if err != nil {
		return 0
	}
	return max(total, 0)
}

func sortedKeys(m map[string]json.RawMessage) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, compareIDs)
	return keys
}

// withKey gives a record that has no field of the name the key under which it
// stands in a map.
func withKey(record json.RawMessage, name, key string) json.RawMessage {
	var fields map[string]json.RawMessage
	if json.Unmarshal(record, &fields) != nil || fields == nil || len(fields[name]) > 0 {
		return record
	}
	quoted, err := json.Marshal(key)
	if err != nil {
		return record
	}
	fields[name] = quoted
	keyed, err := json.Marshal(fields)
	if err != nil {
		return record
	}
	return keyed
}

// watcherOf reads a watcher. Its chips may be the comma list in which they were
// sent.
func watcherOf(record json.RawMessage) (*anomifyv1.Watcher, error) {
	w, err := objectOf[anomifyv1.Watcher](record)
	if err != nil {
		return nil, fmt.Errorf("watcher %w", err)
	}
	if list := w.GetExtra().GetFields()["chips"].GetStringValue(); list != "" {
		w.Chips = strings.Split(list, ",")
		delete(w.GetExtra().GetFields(), "chips")
	}
	if len(w.GetExtra().GetFields()) == 0 {
		w.Extra = nil
	}
	return w, nil
}

// channelOf reads a channel, which may be its bare name.
func channelOf(record json.RawMessage) (*anomifyv1.Channel, error) {
	var name string
	if json.Unmarshal(record, &name) == nil && name != "" {
		return &anomifyv1.Channel{Name: &name}, nil
	}
	return partOf[anomifyv1.Channel](record)
}

// chipOf reads a chip, a text or an object with a name.
func chipOf(record json.RawMessage) (*string, error) {
	channel, err := channelOf(record)
	if err != nil || channel.GetName() == "" {
		return nil, errors.New("chip has no name")
	}
	return channel.Name, nil
}

// pointOf reads a point of a series: a pair of time and value, as the engine
// behind the vendor has it, or an object.
func pointOf(record json.RawMessage) (*anomifyv1.Point, error) {
	var pair []json.RawMessage
	if json.Unmarshal(record, &pair) == nil {
		if len(pair) != 2 {
			return nil, errors.New("point is no pair of time and value")
		}
		record = fmt.Appendf(nil, `{"timestamp":%s,"value":%s}`, pair[0], pair[1])
	}
	point, err := partOf[anomifyv1.Point](record)
	if err == nil && point.GetTimestamp() == nil {
		err = errors.New("point has no time")
	}
	return point, err
}

// pointsIn returns the points of the name, oldest first: an array, or a map by
// time whose values are numbers or objects. One broken point breaks the series:
// a hole in it would look like a gap of the metric.
func pointsIn[T any, M point[T]](data json.RawMessage, name string, convert convert[T]) ([]*T, error) {
	list, failure := recordIn(data, name)
	if failure != nil {
		return nil, failure
	}
	records, failure := recordsIn(list, name, timedRecord)
	if failure != nil {
		return nil, failure
	}
	points := make([]*T, 0, len(records))
	for i, record := range records {
		read, err := convert(record)
		if err != nil {
			return nil, fmt.Errorf("point %d of %q: %w", i, name, err)
		}
		points = append(points, read)
	}
	slices.SortStableFunc(points, func(a, b *T) int {
		return M(a).GetTimestamp().AsTime().Compare(M(b).GetTimestamp().AsTime())
	})
	return points, nil
}

// point is a point of a series.
type point[T any] interface {
	message[T]
	GetTimestamp() *timestamppb.Timestamp
}

// timedRecord gives the value of a map by time its time.
func timedRecord(at string, value json.RawMessage) json.RawMessage {
	if keyed := withKey(value, "timestamp", at); len(keyed) > 0 && keyed[0] == '{' {
		return keyed
	}
	quoted, err := json.Marshal(at)
	if err != nil {
		return value
	}
	return fmt.Appendf(nil, `[%s,%s]`, quoted, value)
}

func expectedPointOf(record json.RawMessage) (*anomifyv1.ExpectedPoint, error) {
	read, err := partOf[anomifyv1.ExpectedPoint](record)
	if err == nil && read.GetTimestamp() == nil {
		err = errors.New("has no time")
	}
	return read, err
}

// organisationOf reads the organisation, under its own name or as all the data.
func organisationOf(data json.RawMessage) (*anomifyv1.Organisation, error) {
	if org, failure := recordIn(data, "org"); failure == nil {
		data = org
	}
	return partOf[anomifyv1.Organisation](data)
}

func watcherForm(name string, chips []string, alert bool) url.Values {
	return url.Values{
		"name":  {name},
		"chips": {strings.Join(chips, ",")},
		"alert": {strconv.FormatBool(alert)},
	}
}

func trainForm(anomalyID, label string) url.Values {
	form := url.Values{anomalyIDParameter: {anomalyID}}
	if label != "" {
		form.Set("label", label)
	}
	return form
}

func exclusionForm(kind, value string) url.Values {
	return url.Values{"type": {kind}, "value": {value}}
}

func exclusionIDForm(id string) url.Values { return url.Values{"id": {id}} }

// adminAlertsForm names each field of each alert as the vendor documents it.
// That lists of users are comma lists is assumed.
func adminAlertsForm(changes []*anomifyv1.AdminAlertChange) url.Values {
	form := url.Values{}
	for _, change := range changes {
		prefix := "type_" + change.GetId() + "_"
		if change.Enabled != nil {
			form.Set(prefix+"enabled", strconv.FormatBool(change.GetEnabled()))
		}
		if change.WaitSeconds != nil {
			form.Set(prefix+"wait_seconds", strconv.FormatInt(change.GetWaitSeconds(), 10))
		}
		if change.SlackChannel != nil {
			form.Set(prefix+"slack_channel", change.GetSlackChannel())
		}
		for name, users := range map[string]*anomifyv1.UserIds{
			"email_users": change.GetEmailUsers(), "sms_users": change.GetSmsUsers(),
		} {
			if users != nil {
				form.Set(prefix+name, strings.Join(users.GetIds(), ","))
			}
		}
	}
	return form
}

// compareIDs orders numbers by size, which their texts do by length first.
func compareIDs(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}
