package securereporter

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	securereporterv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/securereporter/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// The vendor's flags.
const (
	flagYes = "Y"
	flagNo  = "N"
)

// naiveLayout is the vendor's datetime, with or without a fraction of a second.
const naiveLayout = "2006-01-02 15:04:05"

// recordOf reads a row, its datetimes in the zone.
func recordOf(row json.RawMessage, zone *time.Location) (*securereporterv1.Record, error) {
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
		record.Cells[name] = cellOf(value, zone)
	}
	return record, nil
}

// cellOf keeps the value's own type. What is none of the three (an object, a
// list, a number beyond float64) is kept as the text of its JSON.
func cellOf(value json.RawMessage, zone *time.Location) *securereporterv1.Cell {
	text := string(value)
	switch text[0] {
	case 'n':
		return &securereporterv1.Cell{}
	case 't', 'f':
		return &securereporterv1.Cell{Value: &securereporterv1.Cell_Flag{Flag: text == "true"}}
	case '"':
		var decoded string
		if json.Unmarshal(value, &decoded) == nil {
			return textCell(decoded, zone)
		}
	default:
		if n, err := strconv.ParseFloat(text, 64); err == nil && !math.IsInf(n, 0) {
			return &securereporterv1.Cell{Value: &securereporterv1.Cell_Number{Number: n}}
		}
	}
	return &securereporterv1.Cell{Value: &securereporterv1.Cell_Text{Text: text}}
}

// textCell keeps the text and says besides what it can be read as.
func textCell(text string, zone *time.Location) *securereporterv1.Cell {
	cell := &securereporterv1.Cell{Value: &securereporterv1.Cell_Text{Text: text}, Time: naiveTime(text, zone)}
	if text == flagYes || text == flagNo {
		yes := text == flagYes
		cell.Yes = &yes
	}
	return cell
}

// naiveTime returns the instant of a datetime without a zone, nil for any other
// text. Most texts are none, so their length and dashes are looked at first.
func naiveTime(text string, zone *time.Location) *timestamppb.Timestamp {
	if len(text) < len(naiveLayout) || text[4] != '-' || text[10] != ' ' {
		return nil
	}
	at, err := time.ParseInLocation(naiveLayout, text, zone)
	if err != nil {
		return nil
	}
	if seen := timestamppb.New(at); seen.IsValid() {
		return seen
	}
	return nil
}
