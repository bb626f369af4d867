package anura

import (
	"strconv"
	"time"
)

// dayLayout is how the vendor writes a day.
const dayLayout = "20060102"

// dayOf returns the start of the day that holds t. Days are taken to be days
// in UTC, as the tokens' are: the vendor does not say.
func dayOf(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

func number(day time.Time) int32 {
	return int32(day.Year()*10_000 + int(day.Month())*100 + day.Day())
}

// parseDay returns the start of the day YYYYMMDD and whether there is one.
func parseDay(n int32) (time.Time, bool) {
	day, err := time.Parse(dayLayout, strconv.Itoa(int(n)))
	return day, err == nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
