package anura

import (
	"encoding/json"
	"errors"

	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
)

// rawReportOf reads one raw report, of a list or whole. Only the id is
// indispensable; what is in no shape that is shown is kept as it came.
func rawReportOf(record json.RawMessage) (*anurav1.RawReport, error) {
	f, err := fieldsOf(record)
	if err != nil {
		return nil, errors.New("raw report is no object")
	}
	report := &anurav1.RawReport{Id: f.text("id")}
	if report.GetId() == "" {
		return nil, errors.New("raw report has no id")
	}
	report.Name, report.StatusText = f.text("name"), f.text("status")
	report.Status = valueOf[anurav1.RawStatus](report.GetStatusText())
	report.InstanceId, report.InstanceName = f.text("instance_id"), f.text("instance_name")
	if report.GetInstanceName() == "" {
		report.InstanceName = f.text("instance")
	}
	readType(report, f)
	readTimes(report, f)
	readColumns(report, f)
	readFilters(report, f)
	report.Start, report.End, report.SendEmail = f.day("start"), f.day("end"), f.flag("send_email")
	report.FileName, report.FileSize, report.Rows = f.text("file_name"), f.whole("file_size"), f.whole("rows")
	report.ProcessingMinutes = f.number("processing_minutes")
	report.Extra = f.rest()
	return report, nil
}

func readType(report *anurav1.RawReport, f fields) {
	kind := fields{"type": f["type"]}
	if report.Type = valueOf[anurav1.RawType](kind.text("type")); report.GetType() != 0 {
		delete(f, "type")
	}
}

func readTimes(report *anurav1.RawReport, f fields) {
	report.RequestedAt, report.CreatedAt = f.time("requested"), f.time("created")
	report.FailedAt, report.TimedOutAt = f.time("failed"), f.time("timed_out")
	report.CancelledAt, report.AlertedAt = f.time("cancelled"), f.time("alerted")
	report.ExpiresAt = f.time("expires")
}

func readColumns(report *anurav1.RawReport, f fields) {
	columns, err := fieldsOf(f["columns"])
	if err != nil {
		return
	}
	delete(f, "columns")
	var standard []string
	var additional []int32
	if columns.take("standard", &standard) {
		for _, name := range standard {
			report.StandardColumns = append(report.StandardColumns, decode(name))
		}
	}
	if columns.take("additional", &additional) {
		report.AdditionalColumns = additional
	}
	for name, raw := range columns {
		f["columns."+name] = raw
	}
}

// readFilters takes the filters if it understands every one of them.
func readFilters(report *anurav1.RawReport, f fields) {
	var filters []wireRawFilter
	if json.Unmarshal(f["filters"], &filters) != nil {
		return
	}
	read := make([]*anurav1.RawFilter, 0, len(filters))
	for _, w := range filters {
		operator := valueOf[anurav1.RawOperator](w.Operator)
		if operator == 0 {
			return
		}
		read = append(read, &anurav1.RawFilter{Column: decode(w.Column), Operator: operator, Value: decode(w.Value)})
	}
	delete(f, "filters")
	report.Filters = read
}
