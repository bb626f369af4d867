package anura

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
)

// Everything in this file is assumed, from the way in which a public dashboard
// reads the vendor's answers: the chart of an overview is a table whose first
// row names the columns, one further row a day; a day is written YYYYMMDD.
// That days are days in UTC is assumed too, because tokens expire by it.

// overview is an overview whose days are still to be read.
type overview struct {
	total   *anurav1.Counts
	columns columns
	rows    []json.RawMessage
	raw     string
}

// firstDayRow is the chart's first row of a day; the row before it names the
// columns.
const firstDayRow = 1

// columns tells where a chart's row has what.
type columns struct{ day, suspect, nonsuspect int }

// overview reads the total and the head of the chart. Without a chart, the
// total of a single day is the count of that day.
func (w wireOverview) overview(start, end int32) (*overview, *vendorhttp.Error) {
	total, failure := totalOf(w.Total)
	if failure != nil {
		return nil, failure
	}
	var rows []json.RawMessage
	if len(w.Chart) > 0 && json.Unmarshal(w.Chart, &rows) != nil {
		return nil, vendorhttp.Errorf(vendorhttp.BadAnswer, "the chart is no table")
	}
	if len(rows) == 0 && start == end {
		return &overview{total: total, columns: columns{0, 1, 2}, rows: singleDay(start, total)}, nil
	}
	if len(rows) == 0 {
		return nil, vendorhttp.Errorf(vendorhttp.BadAnswer, "answer has no chart of the days")
	}
	c, err := columnsOf(rows[0])
	if err != nil {
		return nil, vendorhttp.Errorf(vendorhttp.BadAnswer, "the chart's first row: %v", err)
	}
	return &overview{total: total, columns: c, rows: rows[firstDayRow:]}, nil
}

func singleDay(day int32, total *anurav1.Counts) []json.RawMessage {
	row := fmt.Sprintf("[%d,%d,%d]", day, total.GetSuspect(), total.GetNonsuspect())
	return []json.RawMessage{json.RawMessage(row)}
}

func columnsOf(row json.RawMessage) (columns, error) {
	var names []string
	if err := json.Unmarshal(row, &names); err != nil {
		return columns{}, errors.New("it does not name columns")
	}
	for i, name := range names {
		names[i] = lettersOf(decode(name))
	}
	c := columns{
		day:        slices.Index(names, "date"),
		suspect:    slices.Index(names, "suspect"),
		nonsuspect: slices.Index(names, "nonsuspect"),
	}
	if c.day < 0 || c.suspect < 0 || c.nonsuspect < 0 {
		return columns{}, errors.New("it lacks one of Date, Suspect, Non-Suspect")
	}
	return c, nil
}

func lettersOf(name string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

func (c columns) dayOf(row json.RawMessage) (*anurav1.DayCounts, error) {
	var cells []json.RawMessage
	if err := json.Unmarshal(row, &cells); err != nil {
		return nil, fmt.Errorf("row is no list: %w", err)
	}
	if len(cells) <= max(c.day, c.suspect, c.nonsuspect) {
		return nil, errors.New("row is shorter than the chart's first one")
	}
	var day vendorhttp.ID
	var suspect, nonsuspect *count
	if err := errors.Join(
		json.Unmarshal(cells[c.day], &day),
		json.Unmarshal(cells[c.suspect], &suspect),
		json.Unmarshal(cells[c.nonsuspect], &nonsuspect),
	); err != nil {
		return nil, fmt.Errorf("row cannot be read: %w", err)
	}
	if suspect == nil || nonsuspect == nil {
		return nil, errors.New("row lacks a count")
	}
	at, err := time.Parse(dayLayout, decode(string(day)))
	if err != nil {
		return nil, fmt.Errorf("%s is no day of the form YYYYMMDD", vendorhttp.Cut(strconv.Quote(string(day)), 40))
	}
	return &anurav1.DayCounts{
		Day:     int32(at.Year()*10_000 + int(at.Month())*100 + at.Day()),
		Suspect: int64(*suspect), Nonsuspect: int64(*nonsuspect),
	}, nil
}
