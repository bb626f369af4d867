package anomify

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
)

// fill sets the fields of a watcher that a form names and leaves the others.
func fill(watcher *Watcher, form url.Values) error {
	if form.Has("name") {
		watcher.Name = form.Get("name")
	}
	if form.Has("chips") {
		watcher.Chips = splitChips(form.Get("chips"))
	}
	if form.Has("alert") {
		alert, err := strconv.ParseBool(form.Get("alert"))
		if err != nil {
			return errors.New("alert must be true or false")
		}
		watcher.Alert = alert
	}
	if !form.Has("expiration_time") {
		return nil
	}
	unit, ok := secondsIn(form.Get("expiration_time_unit"))
	if !ok {
		return errors.New("expiration_time_unit must be second, minute, hour, day or week")
	}
	count, err := strconv.ParseInt(form.Get("expiration_time"), 10, 32)
	if err != nil || count <= 0 {
		return errors.New("expiration_time must be a positive whole number")
	}
	watcher.ExpirationTime = count * unit
	return nil
}

func splitChips(list string) []string {
	chips := []string{}
	for chip := range strings.SplitSeq(list, ",") {
		if chip = strings.TrimSpace(chip); chip != "" {
			chips = append(chips, chip)
		}
	}
	return chips
}

func secondsIn(unit string) (int64, bool) {
	switch unit {
	case "", "second":
		return 1, true
	case "minute":
		return 60, true
	case "hour":
		return 60 * 60, true
	case "day":
		return 24 * 60 * 60, true
	case "week":
		return 7 * 24 * 60 * 60, true
	default:
		return 0, false
	}
}
