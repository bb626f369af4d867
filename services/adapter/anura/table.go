package anura

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// reportOf reads one page of a report. Only the table is indispensable; what
// else cannot be read is kept as it came.
func reportOf(answer fields, isScript bool) (*anurav1.ListReportRowsResponse, *vendorhttp.Error) {
	table, err := fieldsOf(answer["table"])
	if err != nil {
		return nil, vendorhttp.Errorf(vendorhttp.BadAnswer, "answer has no table: it %v", err)
	}
	var headers []string
	var rows []json.RawMessage
	if !table.take("headers", &headers) || len(headers) == 0 {
		return nil, vendorhttp.Errorf(vendorhttp.BadAnswer, "the table does not name its columns")
	}
	if !table.take("rows", &rows) || rows == nil {
		return nil, vendorhttp.Errorf(vendorhttp.BadAnswer, "the table has no list of rows")
	}
	delete(answer, "table")
	delete(answer, "query")
	columns := reportColumns(headers)
	got := &anurav1.ListReportRowsResponse{Columns: columns}
	var rejected []adapter.Rejection
	got.Rows, rejected = adapter.ReadEach(rows, rowOf(columns))
	got.Rejected = rejectedRecords(rejected, 0)
	readSums(got, answer, table, isScript)
	got.Extra = restOf(answer, table)
	return got, nil
}

// readSums reads what a report has besides its rows.
func readSums(got *anurav1.ListReportRowsResponse, answer, table fields, isScript bool) {
	if all, err := rowOf(got.GetColumns())(table["all"]); err == nil {
		got.All = all
		delete(table, "all")
	}
	if chart, ok := chartOf(answer["chart"]); ok {
		got.Chart = chart
		delete(answer, "chart")
	}
	if isScript {
		if total, err := scriptCountsOf(answer["total"]); err == nil {
			got.ScriptTotal = total
			delete(answer, "total")
		}
		return
	}
	if total, failure := totalOf(answer["total"]); failure == nil {
		got.Total = total
		delete(answer, "total")
	}
}

// restOf returns what is left of the answer and of its table.
func restOf(answer, table fields) map[string]string {
	for name, raw := range table {
		answer["table."+name] = raw
	}
	return answer.rest()
}

// chartOf reads a chart, whose columns are named in its first row. Nothing
// about it is documented, so that each row is taken as it is.
func chartOf(raw json.RawMessage) ([]*anurav1.ReportRow, bool) {
	var rows [][]json.RawMessage
	if json.Unmarshal(raw, &rows) != nil {
		return nil, false
	}
	chart := make([]*anurav1.ReportRow, 0, len(rows))
	for _, cells := range rows {
		row := &anurav1.ReportRow{}
		for _, cell := range cells {
			row.Cells = append(row.Cells, cellOf(cell, false))
		}
		chart = append(chart, row)
	}
	return chart, true
}

func reportColumns(headers []string) []*anurav1.ReportColumn {
	columns := make([]*anurav1.ReportColumn, 0, len(headers))
	for _, header := range headers {
		name := decode(header)
		words, isRate := strings.CutSuffix(lettersOf(name), "rate")
		measure := valueOf[anurav1.Measure](words)
		columns = append(columns, &anurav1.ReportColumn{Name: name, Measure: measure, IsRate: isRate && measure != 0})
	}
	return columns
}

func rowOf(columns []*anurav1.ReportColumn) func(json.RawMessage) (*anurav1.ReportRow, error) {
	return func(raw json.RawMessage) (*anurav1.ReportRow, error) {
		var cells []json.RawMessage
		if json.Unmarshal(raw, &cells) != nil || cells == nil {
			return nil, errors.New("row is no list")
		}
		if len(cells) != len(columns) {
			return nil, fmt.Errorf("row has %d cells for %d columns", len(cells), len(columns))
		}
		row := &anurav1.ReportRow{}
		for i, cell := range cells {
			isNumber := columns[i].GetMeasure() != 0
			read := cellOf(cell, isNumber)
			if _, ok := read.GetValue().(*anurav1.ReportCell_Number); isNumber && !ok && read.GetValue() != nil {
				return nil, fmt.Errorf("%s is no number", columns[i].GetName())
			}
			row.Cells = append(row.Cells, read)
		}
		return row, nil
	}
}

// cellOf reads one cell. A version that looks like a number stays a text; a
// count, and a rate, may come as a text that holds a number.
func cellOf(raw json.RawMessage, isNumber bool) *anurav1.ReportCell {
	var number vendorhttp.Number
	var text string
	isText := json.Unmarshal(raw, &text) == nil
	switch {
	case string(raw) == "null":
		return &anurav1.ReportCell{}
	case (isNumber && text != "" || !isText) && json.Unmarshal(raw, &number) == nil:
		return &anurav1.ReportCell{Value: &anurav1.ReportCell_Number{Number: float64(number)}}
	case isText:
		text = decode(text)
		if entity := entityOf(text); entity != nil {
			return &anurav1.ReportCell{Value: &anurav1.ReportCell_Entity{Entity: entity}}
		}
		return &anurav1.ReportCell{Value: &anurav1.ReportCell_Text{Text: text}}
	}
	if entity := entityOf(string(raw)); entity != nil {
		return &anurav1.ReportCell{Value: &anurav1.ReportCell_Entity{Entity: entity}}
	}
	return &anurav1.ReportCell{Value: &anurav1.ReportCell_Json{Json: string(raw)}}
}

// entityOf reads the JSON object that is in an instance's cell; nil for any
// other text. Its texts are encoded with the whole, not once more.
func entityOf(text string) *anurav1.ReportEntity {
	if !strings.HasPrefix(text, "{") {
		return nil
	}
	var w wireInstance
	if json.Unmarshal([]byte(text), &w) != nil || w.ID == "" {
		return nil
	}
	return &anurav1.ReportEntity{Id: string(w.ID), Name: string(w.Name)}
}
