// Package duration is how files of Signalbox write lengths of time: as Go does,
// and with whole days. It knows no clock.
package duration

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// Parse reads a duration as Go writes it, to which whole days may be
// put in front: 250ms, 1h30m, 90d, 1d12h. A day is 24 hours. A number without
// a unit is refused.
func Parse(text string) (time.Duration, error) {
	days, rest, ok := strings.Cut(text, "d")
	if !ok {
		return parsePlain(text, text)
	}
	count, err := strconv.ParseInt(days, 10, 64)
	if err != nil || count > int64(math.MaxInt64/day) || count < int64(math.MinInt64/day) {
		return 0, badDuration(text)
	}
	whole := time.Duration(count) * day
	if rest == "" {
		return whole, nil
	}
	part, err := parsePlain(rest, text)
	if err != nil || count < 0 || part < 0 || whole > math.MaxInt64-part || strings.HasPrefix(rest, "+") {
		return 0, badDuration(text)
	}
	return whole + part, nil
}

func parsePlain(text, whole string) (time.Duration, error) {
	value, err := time.ParseDuration(text)
	if err != nil || text == "0" {
		return 0, badDuration(whole)
	}
	return value, nil
}

func badDuration(text string) error {
	return fmt.Errorf("%q is no duration; write a number and a unit (ms, s, m, h, d), such as 30s, 5m, 1h30m or 90d", text)
}

// Format writes a duration as Parse reads it, in its largest
// whole units: 90d, 1h30m, 5m.
func Format(value time.Duration) string {
	if value > 0 && value%day == 0 {
		return strconv.FormatInt(int64(value/day), 10) + "d"
	}
	return plain(value)
}

// plain writes a duration as Go does, without the units that are zero.
func plain(value time.Duration) string {
	text := value.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// few is up to where people count in hours and not in days: 24h, 72h, but 4d.
const few = 3 * day

// Short writes a duration for people, in milliseconds at the finest, and as Parse
// reads it: 11.088s, 1h30m, 24h, 100d, 4d6h.
func Short(value time.Duration) string {
	value = value.Round(time.Millisecond)
	if value <= few {
		return plain(value)
	}
	text := strconv.FormatInt(int64(value/day), 10) + "d"
	if rest := value % day; rest > 0 {
		text += plain(rest)
	}
	return text
}
