package anura

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// Everything in this file is assumed.
//
// The chart of an overview, from the way in which a public dashboard reads it:
// a table whose first row names the columns, one further row a day; a day is
// written YYYYMMDD. That days are days in UTC, because tokens expire by it.
//
// The overview of Script, of which nobody shows an answer: it has the shape of
// Direct's and the words in which the vendor speaks of Script, requests and
// responses, good, warn and bad. Counts of other names are kept under theirs.
//
// Not here, because it is no shape: that the link to a raw report's file is read
// with GET and without the token, and that it may lead on to another place.

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
	number, err := dayNumber(decode(string(day)))
	if err != nil {
		return nil, err
	}
	return &anurav1.DayCounts{Day: number, Suspect: int64(*suspect), Nonsuspect: int64(*nonsuspect)}, nil
}

// scriptOverview reads the total and the days. Without a chart, the total of a
// single day is the count of that day.
func (w wireOverview) scriptOverview(start, end int32) (*anurav1.GetScriptOverviewResponse, *vendorhttp.Error) {
	total, err := scriptCountsOf(w.Total)
	if err != nil {
		return nil, vendorhttp.Errorf(vendorhttp.BadAnswer, "answer has no readable total: it %v", err)
	}
	var rows []json.RawMessage
	if len(w.Chart) > 0 && json.Unmarshal(w.Chart, &rows) != nil {
		return nil, vendorhttp.Errorf(vendorhttp.BadAnswer, "the chart is no table")
	}
	got := &anurav1.GetScriptOverviewResponse{Total: total}
	switch {
	case len(rows) > 0:
		return got, readScriptDays(got, rows)
	case start == end:
		got.Days = []*anurav1.ScriptDay{{Day: start, Counts: total}}
		return got, nil
	default:
		return nil, vendorhttp.Errorf(vendorhttp.BadAnswer, "answer has no chart of the days")
	}
}

func readScriptDays(got *anurav1.GetScriptOverviewResponse, rows []json.RawMessage) *vendorhttp.Error {
	var names []string
	if err := json.Unmarshal(rows[0], &names); err != nil {
		return vendorhttp.Errorf(vendorhttp.BadAnswer, "the chart's first row does not name columns")
	}
	for i, name := range names {
		names[i] = lettersOf(decode(name))
	}
	at := slices.Index(names, "date")
	if at < 0 {
		return vendorhttp.Errorf(vendorhttp.BadAnswer, "the chart's first row lacks Date")
	}
	days, rejected := adapter.ReadEach(rows[firstDayRow:], func(row json.RawMessage) (*anurav1.ScriptDay, error) {
		return scriptDayOf(row, names, at)
	})
	slices.SortStableFunc(days, func(a, b *anurav1.ScriptDay) int { return cmp.Compare(a.GetDay(), b.GetDay()) })
	got.Days, got.Rejected = days, rejectedRecords(rejected, firstDayRow)
	return nil
}

// scriptDayOf reads one row of the chart as the object that its columns make.
func scriptDayOf(row json.RawMessage, names []string, date int) (*anurav1.ScriptDay, error) {
	var cells []json.RawMessage
	if err := json.Unmarshal(row, &cells); err != nil {
		return nil, fmt.Errorf("row is no list: %w", err)
	}
	if len(cells) != len(names) {
		return nil, fmt.Errorf("row has %d cells for %d columns", len(cells), len(names))
	}
	var day vendorhttp.ID
	if err := json.Unmarshal(cells[date], &day); err != nil {
		return nil, fmt.Errorf("day is %w", err)
	}
	number, err := dayNumber(decode(string(day)))
	if err != nil {
		return nil, err
	}
	counts := fields{}
	for i, cell := range cells {
		if i != date {
			counts[names[i]] = cell
		}
	}
	return &anurav1.ScriptDay{Day: number, Counts: scriptCounts(counts)}, nil
}

func scriptCountsOf(raw json.RawMessage) (*anurav1.ScriptCounts, error) {
	f, err := fieldsOf(raw)
	if err != nil {
		return nil, err
	}
	return scriptCounts(f), nil
}

func scriptCounts(f fields) *anurav1.ScriptCounts {
	return &anurav1.ScriptCounts{
		Requests: f.whole("requests"), Responses: f.whole("responses"),
		Good: f.whole("good"), Warn: f.whole("warn"), Bad: f.whole("bad"), Mobile: f.whole("mobile"),
		Extra: f.rest(),
	}
}
