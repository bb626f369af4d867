package anomify

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
)

// Everything in this file is assumed: the vendor documents the names
// /anomalies, /watchers/list and /watcher/create and no shape of theirs. The
// assumptions follow the documented single anomaly, the parameters documented
// for /watcher/threshold, and the engine behind the vendor, which returns
// lists as maps by id. A look at the vendor's /doc/openapi replaces this file.

// listIn returns the list of the given name in data: an array, or a map by id
// in order of its keys.
func listIn(data json.RawMessage, name string) ([]json.RawMessage, *vendorhttp.Error) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(data, &fields) != nil {
		return nil, vendorhttp.Errorf(vendorhttp.BadAnswer, "the envelope's data is no object with %q", name)
	}
	list, ok := fields[name]
	if !ok {
		return nil, vendorhttp.Errorf(vendorhttp.BadAnswer, "the envelope's data has no %q", name)
	}
	var records []json.RawMessage
	if json.Unmarshal(list, &records) == nil {
		return records, nil
	}
	var byID map[string]json.RawMessage
	if json.Unmarshal(list, &byID) != nil {
		return nil, vendorhttp.Errorf(vendorhttp.BadAnswer, "%q is neither an array nor a map", name)
	}
	for _, id := range sortedKeys(byID) {
		records = append(records, withID(byID[id], id))
	}
	return records, nil
}

func sortedKeys(m map[string]json.RawMessage) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, compareIDs)
	return keys
}

// withID gives a record that has no id of its own the key under which it
// stands in a map.
func withID(record json.RawMessage, id string) json.RawMessage {
	var fields map[string]json.RawMessage
	if json.Unmarshal(record, &fields) != nil || fields == nil || len(fields["id"]) > 0 {
		return record
	}
	quoted, err := json.Marshal(id)
	if err != nil {
		return record
	}
	fields["id"] = quoted
	keyed, err := json.Marshal(fields)
	if err != nil {
		return record
	}
	return keyed
}

// wireWatcher is a watcher in lists and in the answer to its creation.
type wireWatcher struct {
	ID      vendorhttp.ID   `json:"id"`
	Name    string          `json:"name"`
	Chips   json.RawMessage `json:"chips"`
	Alert   flag            `json:"alert"`
	Deleted flag            `json:"deleted"`
}

// flag is a boolean that may come as true, 1 or "1".
type flag bool

// UnmarshalJSON reads the flag; what is none is false.
func (f *flag) UnmarshalJSON(data []byte) error {
	text := strings.Trim(string(data), `"`)
	*f = text == "true" || text == "1"
	return nil
}

func watcherOf(record json.RawMessage) (*anomifyv1.Watcher, error) {
	var w wireWatcher
	if err := json.Unmarshal(record, &w); err != nil {
		return nil, fmt.Errorf("watcher cannot be read: %w", err)
	}
	if w.ID == "" {
		return nil, errors.New("watcher has no id")
	}
	return &anomifyv1.Watcher{
		Id: string(w.ID), Name: w.Name, Chips: chipsOf(w.Chips), Alert: bool(w.Alert), Deleted: bool(w.Deleted),
	}, nil
}

// chipsOf reads an array of chips, or the comma list in which they were sent.
func chipsOf(raw json.RawMessage) []string {
	var chips []string
	if json.Unmarshal(raw, &chips) == nil {
		return chips
	}
	var list string
	if json.Unmarshal(raw, &list) == nil && list != "" {
		return strings.Split(list, ",")
	}
	return nil
}

func createdWatcherOf(data json.RawMessage) (*anomifyv1.Watcher, error) {
	var fields struct {
		Watcher json.RawMessage `json:"watcher"`
	}
	if err := json.Unmarshal(data, &fields); err != nil || len(fields.Watcher) == 0 {
		return nil, errors.New(`the envelope's data has no "watcher"`)
	}
	return watcherOf(fields.Watcher)
}

func watcherForm(name string, chips []string, alert bool) url.Values {
	return url.Values{
		"name":  {name},
		"chips": {strings.Join(chips, ",")},
		"alert": {strconv.FormatBool(alert)},
	}
}
