package expr

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// render writes a value in a line.
func render(value ref.Val) (string, error) {
	switch v := value.(type) {
	case types.String:
		return string(v), nil
	case enumValue:
		return v.name, nil
	case types.Double:
		return shortest(float64(v)), nil
	case types.Int:
		return strconv.FormatInt(int64(v), 10), nil
	case types.Uint:
		return strconv.FormatUint(uint64(v), 10), nil
	case types.Bool:
		return strconv.FormatBool(bool(v)), nil
	case types.Timestamp:
		return v.UTC().Format(time.RFC3339Nano), nil
	case types.Duration:
		return v.String(), nil
	default:
		return "", fmt.Errorf("expected a text, got %s", value.Type().TypeName())
	}
}

// shortest writes the fewest digits that read back as the same number,
// without an exponent for the magnitudes people write.
func shortest(f float64) string {
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

func number(value ref.Val) (float64, error) {
	switch v := value.(type) {
	case types.Double:
		return float64(v), nil
	case types.Int:
		return float64(v), nil
	case types.Uint:
		return float64(v), nil
	default:
		return 0, fmt.Errorf("expected a number, got %s", value.Type().TypeName())
	}
}

// maxUnixSeconds is the largest number read as seconds, about the year 5138;
// larger ones are milliseconds.
const maxUnixSeconds = 1e11

func instant(value ref.Val, loc *time.Location) (time.Time, error) {
	switch v := value.(type) {
	case types.Timestamp:
		return v.UTC(), nil
	case types.String:
		return parseTime(string(v), loc)
	default:
		n, err := number(value)
		if err != nil {
			return time.Time{}, fmt.Errorf("expected a time, got %s", value.Type().TypeName())
		}
		if math.Abs(n) > maxUnixSeconds {
			n /= 1000
		}
		if math.IsNaN(n) || math.Abs(n) > maxUnixSeconds {
			return time.Time{}, fmt.Errorf("%s is no time", shortest(n))
		}
		whole, fraction := math.Modf(n)
		return time.Unix(int64(whole), int64(fraction*1e9)).UTC(), nil
	}
}

// parseTime reads the forms that databases and vendors write.
func parseTime(s string, loc *time.Location) (time.Time, error) {
	if loc == nil {
		loc = time.UTC
	}
	s = strings.TrimSpace(s)
	layouts := []string{
		time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999 -0700",
		"2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04", "2006-01-02T15:04",
		time.DateOnly,
	}
	for _, layout := range layouts {
		if t, err := time.ParseInLocation(layout, s, loc); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time: expected 2006-01-02, 2006-01-02 15:04:05 or RFC 3339", s)
}
