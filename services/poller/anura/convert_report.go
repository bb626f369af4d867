package anura

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/signalbox-io/signalbox/pkg/poll"
	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// maxCount is the greatest count that a number of the vendor's JSON can hold
// exactly.
const maxCount = 1 << 53

// convertRows turns one page of a table of the day asked.First into an event
// for each row.
func convertRows(source string, p part, asked Question, page *anurav1.ListReportRowsResponse) poll.Batch {
	var batch poll.Batch
	table := p.tableID(asked.First)
	for i, row := range page.GetRows() {
		e, err := eventOfRow(source, p, asked, page.GetColumns(), row)
		if err != nil {
			batch.RejectOf(table, "unreadable", fmt.Sprintf("%s of %s on %d, page %d, row %d: %v",
				p.report, p.Place, number(asked.First), page.GetPage(), i, err), recordOf(row))
			continue
		}
		batch.Events = append(batch.Events, e)
	}
	for _, r := range page.GetRejected() {
		batch.RejectOf(table, "unreadable", fmt.Sprintf("%s of %s on %d, page %d, row %d: %s",
			p.report, p.Place, number(asked.First), page.GetPage(), r.GetIndex(), r.GetReason()), r.GetRaw())
	}
	return batch
}

func eventOfRow(
	source string, p part, asked Question, columns []*anurav1.ReportColumn, row *anurav1.ReportRow,
) (*eventv1.Event, error) {
	if len(row.GetCells()) == 0 || len(row.GetCells()) != len(columns) {
		return nil, errors.New("its cells are not those of the columns")
	}
	_, word := p.dimension()
	name, of := textOf(row.GetCells()[0], word)
	if name == "" {
		return nil, errors.New("its first column is no text")
	}
	counts, err := rowMeasures(columns, row)
	if err != nil {
		return nil, err
	}
	product, _ := p.product()
	labels := p.labels()
	labels["product"], labels["report"], labels[of] = product, p.report, name
	return trafficOf(source, asked, asked.First, fact{
		nativeID: p.rowID(name, asked.First),
		revision: revisionOf(counts),
		entity:   of + ":" + name,
		labels:   labels,
		title:    lineOf(name, counts),
		measures: counts,
	}), nil
}

// key is the identity of the part.
func (p part) key() string {
	id := p.report + ":" + url.PathEscape(p.Instance)
	if p.Campaign != "" {
		id += "/" + url.PathEscape(p.Campaign)
	}
	return id
}

// tableID is the identity of the part's table of a day.
func (p part) tableID(day time.Time) string { return p.key() + "/" + day.Format(dayLayout) }

// rowID is the identity of a row of a day. A name is escaped, because it may
// hold what keeps the parts of an identity apart.
func (p part) rowID(name string, day time.Time) string {
	return p.key() + "/" + url.PathEscape(name) + "/" + day.Format(dayLayout)
}

// recordOf is the row alone, in the same words at each poll.
func recordOf(row *anurav1.ReportRow) string {
	cells := make([]any, 0, len(row.GetCells()))
	for _, cell := range row.GetCells() {
		switch v := cell.GetValue().(type) {
		case *anurav1.ReportCell_Text:
			cells = append(cells, v.Text)
		case *anurav1.ReportCell_Number:
			cells = append(cells, v.Number)
		case *anurav1.ReportCell_Entity:
			cells = append(cells, map[string]string{"id": v.Entity.GetId(), "name": v.Entity.GetName()})
		case *anurav1.ReportCell_Json:
			cells = append(cells, v.Json)
		default:
			cells = append(cells, nil)
		}
	}
	return inJSON(cells)
}

// inJSON writes what can always be written: texts, finite numbers and maps.
func inJSON(value any) string {
	record, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(record)
}

// rowMeasures returns the counts of a row under their names.
func rowMeasures(columns []*anurav1.ReportColumn, row *anurav1.ReportRow) (map[string]float64, error) {
	counts := map[string]float64{}
	for i, column := range columns {
		if column.GetMeasure() == 0 || column.GetIsRate() {
			continue
		}
		cell, isNumber := row.GetCells()[i].GetValue().(*anurav1.ReportCell_Number)
		if !isNumber || cell.Number < 0 || cell.Number > maxCount || cell.Number != math.Trunc(cell.Number) {
			return nil, fmt.Errorf("%s is no count", column.GetName())
		}
		name := strings.ToLower(strings.TrimPrefix(column.GetMeasure().String(), "MEASURE_"))
		counts[name] = cell.Number
	}
	_, isDirect := counts["suspect"]
	_, isScript := counts["bad"]
	if !isDirect && !isScript {
		return nil, errors.New("it counts neither suspect requests nor bad ones")
	}
	if _, ok := counts["requests"]; !ok {
		counts["requests"] = counts["nonsuspect"] + counts["suspect"] + counts["good"] + counts["warn"] + counts["bad"]
	}
	return withRatio(counts), nil
}

// withRatio adds what the counts say of invalid traffic. Nothing divided by
// nothing is no ratio.
func withRatio(counts map[string]float64) map[string]float64 {
	counts["invalid"] = counts["suspect"] + counts["bad"]
	if counts["requests"] > 0 {
		counts["invalid_ratio"] = counts["invalid"] / counts["requests"]
	}
	return counts
}

// revisionOf is the same for the same counts.
func revisionOf(counts map[string]float64) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		b.WriteString(name + "=" + strconv.FormatFloat(counts[name], 'g', -1, 64) + ";")
	}
	return b.String()
}

func lineOf(name string, counts map[string]float64) string {
	verdict := "suspect"
	if _, ok := counts["bad"]; ok {
		verdict = "bad"
	}
	return fmt.Sprintf("%s: %.0f of %.0f requests are %s", name, counts["invalid"], counts["requests"], verdict)
}
