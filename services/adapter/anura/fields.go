package anura

import (
	"encoding/json"
	"errors"
	"maps"
	"strconv"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
)

var errNoObject = errors.New("is no object")

// fields are those of an object that nobody takes yet. What is taken is gone;
// what cannot be read as wanted stays, so that the rest of them can be kept.
type fields map[string]json.RawMessage

func fieldsOf(record json.RawMessage) (fields, error) {
	var f fields
	if json.Unmarshal(record, &f) != nil || f == nil {
		return nil, errNoObject
	}
	return f, nil
}

// take decodes a field into v and reports whether it could. A null is taken and
// leaves v as it is.
func (f fields) take(name string, v any) bool {
	raw, ok := f[name]
	if !ok || json.Unmarshal(raw, v) != nil {
		return false
	}
	delete(f, name)
	return true
}

// text takes a text or a number, decoded; "" for none.
func (f fields) text(name string) string {
	var text vendorhttp.ID
	f.take(name, &text)
	return decode(string(text))
}

// whole takes a number that is whole and not negative; 0 for none.
func (f fields) whole(name string) int64 {
	var n count
	f.take(name, &n)
	return int64(n)
}

// day takes a day of the form YYYYMMDD; 0 for none.
func (f fields) day(name string) int32 {
	var text vendorhttp.ID
	if json.Unmarshal(f[name], &text) != nil {
		return 0
	}
	day, err := dayNumber(string(text))
	if err != nil {
		return 0
	}
	delete(f, name)
	return day
}

// number takes a number; 0 for none.
func (f fields) number(name string) float64 {
	var n vendorhttp.Number
	f.take(name, &n)
	return float64(n)
}

// flag takes true or false, which forms write as 1 and 0; false for none.
func (f fields) flag(name string) bool {
	var flag bool
	if f.take(name, &flag) {
		return flag
	}
	var text vendorhttp.ID
	if json.Unmarshal(f[name], &text) != nil {
		return false
	}
	flag, err := strconv.ParseBool(string(text))
	if err == nil {
		delete(f, name)
	}
	return flag
}

// time takes a time as RFC 3339 writes it; nil for none. What has not happened
// is null, or false.
func (f fields) time(name string) *timestamppb.Timestamp {
	var flag bool
	if raw := string(f[name]); raw == "null" || raw == "false" {
		f.take(name, &flag)
		return nil
	}
	var text string
	if json.Unmarshal(f[name], &text) != nil {
		return nil
	}
	at, err := time.Parse(time.RFC3339Nano, decode(text))
	if err != nil {
		// The offset's plus sign was not encoded, and decoding made it a space.
		at, err = time.Parse(time.RFC3339Nano, text)
	}
	stamp := timestamppb.New(at)
	if err != nil || stamp.CheckValid() != nil {
		return nil
	}
	delete(f, name)
	return stamp
}

// rest returns what nobody has taken, as JSON; nil for nothing.
func (f fields) rest() map[string]string {
	maps.DeleteFunc(f, func(_ string, raw json.RawMessage) bool { return string(raw) == "null" })
	if len(f) == 0 {
		return nil
	}
	rest := make(map[string]string, len(f))
	for name, raw := range f {
		rest[name] = string(raw)
	}
	return rest
}
