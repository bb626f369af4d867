package anura

import (
	"strconv"
	"time"

	"github.com/signalbox-io/signalbox/pkg/rpc"
)

const (
	// overviewDays is the rolling time frame of the overviews. Whether the
	// vendor counts today among the 31 days is not documented, so it is.
	overviewDays = 31
	dayLayout    = "20060102"
)

// checkWindow refuses a range that is none or that leaves the time frame.
func checkWindow(start, end int32, now time.Time) error {
	today := now.UTC().Truncate(24 * time.Hour)
	oldest := today.AddDate(0, 0, 1-overviewDays)
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
			start, oldest.Format(dayLayout), overviewDays)
	case last.After(today):
		return rpc.FieldViolation("end", "%d lies after today, %s in UTC", end, today.Format(dayLayout))
	default:
		return nil
	}
}

func parseDay(day int32) (time.Time, error) {
	return time.Parse(dayLayout, strconv.Itoa(int(day)))
}
