package securereporter

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"

	securereporterv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/securereporter/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

func recordOf(row json.RawMessage) (*securereporterv1.Record, error) {
	var columns map[string]json.RawMessage
	if err := json.Unmarshal(row, &columns); err != nil {
		return nil, fmt.Errorf("row is no object: %w", err)
	}
	if columns == nil {
		return nil, errors.New("row is null")
	}
	record := &securereporterv1.Record{
		Cells: make(map[string]*securereporterv1.Cell, len(columns)),
		Raw:   adapter.Raw(string(row)),
	}
	for name, value := range columns {
		record.Cells[name] = cellOf(value)
	}
	return record, nil
}

// cellOf keeps the value's own type. What is none of the three (an object, a
// list, a number beyond float64) is kept as the text of its JSON.
func cellOf(value json.RawMessage) *securereporterv1.Cell {
	text := string(value)
	switch text[0] {
	case 'n':
		return &securereporterv1.Cell{}
	case 't', 'f':
		return &securereporterv1.Cell{Value: &securereporterv1.Cell_Flag{Flag: text == "true"}}
	case '"':
		var decoded string
		if json.Unmarshal(value, &decoded) == nil {
			text = decoded
		}
	default:
		if n, err := strconv.ParseFloat(text, 64); err == nil && !math.IsInf(n, 0) {
			return &securereporterv1.Cell{Value: &securereporterv1.Cell_Number{Number: n}}
		}
	}
	return &securereporterv1.Cell{Value: &securereporterv1.Cell_Text{Text: text}}
}
