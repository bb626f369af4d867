package anura

import (
	"fmt"
	"strconv"
	"time"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
)

// The rolling time frames. Whether the vendor counts today among the days is
// not documented, so it is.
const (
	reportDays   = 7
	overviewDays = 31
	rawDays      = 90

	dayLayout = "20060102"
)

// checkWindow refuses a range that is none or that leaves the last days, today
// included.
func checkWindow(start, end int32, days int, now time.Time) error {
	today := now.UTC().Truncate(24 * time.Hour)
	oldest := today.AddDate(0, 0, 1-days)
	first, err := parseDay(start)
	if err != nil {
		return rpc.FieldViolation("start", "%d is no day of the form YYYYMMDD", start)
	}
	last, err := parseDay(end)
	switch {
	case err != nil:
		return rpc.FieldViolation("end", "%d is no day of the form YYYYMMDD", end)
	case last.Before(first):
		return rpc.FieldViolation("end", "%d lies before start", end)
	case first.Before(oldest):
		return rpc.FieldViolation("start", "%d is older than %s; the vendor answers for the last %d days only",
			start, oldest.Format(dayLayout), days)
	case last.After(today):
		return rpc.FieldViolation("end", "%d lies after today, %s in UTC", end, today.Format(dayLayout))
	default:
		return nil
	}
}

func parseDay(day int32) (time.Time, error) {
	return time.Parse(dayLayout, strconv.Itoa(int(day)))
}

// dayNumber reads a day as an answer writes it, and returns it as a number of
// the same form. One of the first millennium would not have that form.
func dayNumber(text string) (int32, error) {
	at, err := time.Parse(dayLayout, text)
	if err != nil || at.Year() < 1000 {
		return 0, fmt.Errorf("%s is no day of the form YYYYMMDD", vendorhttp.Cut(strconv.Quote(text), 40))
	}
	return int32(at.Year()*10_000 + int(at.Month())*100 + at.Day()), nil
}
