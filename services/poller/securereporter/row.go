package securereporter

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/expr"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	securereporterv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/securereporter/v1"
)

// row is what a row is mapped to.
type row struct {
	nativeID              string
	at                    time.Time
	entity, title, report string
	severity              eventv1.Severity
	labels                map[string]string
	measures              map[string]float64
	// omitted are the fields whose expression gave no value.
	omitted []omission
}

// omission is a field that is left out: its name in metrics, and its key, its
// expression and what is wrong with it in words.
type omission struct{ field, fault string }

func (r *row) omit(field, key string, program *expr.Program, why any) {
	r.omitted = append(r.omitted, omission{field, fmt.Sprintf("%s: `%s`: %v", key, program, why)})
}

// evaluate maps one record; a reason says why it cannot be an event.
func (m *Mapping) evaluate(record *securereporterv1.Record) (r row, reason string, err error) {
	vars := expr.RowVars(cells(record))
	r = row{report: m.report, labels: map[string]string{"report": m.report}, measures: map[string]float64{}}
	if r.nativeID, err = m.nativeID.Text(vars); err != nil || r.nativeID == "" {
		return r, "no_id", err
	}
	if r.at, err = m.occurredAt.Time(vars, m.location); err != nil {
		return r, "no_time", err
	}
	for _, label := range m.labels {
		if text := r.text("label "+label.name, "labels."+label.name, label.program, vars); text != "" {
			r.labels[label.name] = text
		}
	}
	for _, measure := range m.measures {
		r.measure(measure, vars)
	}
	r.describe(m, vars)
	return r, "", nil
}

// describe fills in what a reader sees first.
func (r *row) describe(m *Mapping, vars expr.Vars) {
	r.entity = r.text("entity", "entity", m.entity, vars)
	if site := r.labels["site"]; r.entity == "" && site != "" {
		r.entity = "site:" + site
	}
	if r.entity == "" {
		r.entity = "report:" + m.report
	}
	if r.title = r.text("title", "title", m.title, vars); r.title == "" {
		r.title = m.report + ": " + r.nativeID
	}
	word := r.text("severity", "severity", m.severity, vars)
	if r.severity = event.ParseSeverity(word); word != "" && r.severity == eventv1.Severity_SEVERITY_UNSPECIFIED {
		r.omit("severity", "severity", m.severity, fmt.Sprintf("it gave %.40q, which is none of critical, high, medium, low, info", word))
	}
}

// text evaluates a field that may be missing; nil has no value.
func (r *row) text(name, key string, program *expr.Program, vars expr.Vars) string {
	if program == nil {
		return ""
	}
	text, err := program.Text(vars)
	if err != nil {
		r.omit(name, key, program, err)
	}
	return text
}

func (r *row) measure(measure field, vars expr.Vars) {
	value, err := measure.program.Number(vars)
	switch {
	case err != nil:
		r.omit("measure "+measure.name, "measures."+measure.name, measure.program, err)
		return
	case math.IsNaN(value), math.IsInf(value, 0):
		r.omit("measure "+measure.name, "measures."+measure.name, measure.program, "it is no number")
		return
	}
	r.measures[measure.name] = value
}

// revision is over everything that a row is mapped to, so that a row that has
// changed is another event and a column that nobody maps changes nothing.
func (r *row) revision() string {
	parts := []string{r.at.Format(time.RFC3339Nano), r.entity, r.title, r.severity.String()}
	for _, name := range slices.Sorted(maps.Keys(r.labels)) {
		parts = append(parts, "label", name, r.labels[name])
	}
	for _, name := range slices.Sorted(maps.Keys(r.measures)) {
		parts = append(parts, "measure", name, strconv.FormatFloat(r.measures[name], 'g', -1, 64))
	}
	return event.Hash(parts...)
}

// cells are the values of a record's columns; null is an absent column.
func cells(record *securereporterv1.Record) map[string]any {
	values := make(map[string]any, len(record.GetCells()))
	for name, cell := range record.GetCells() {
		switch v := cell.GetValue().(type) {
		case *securereporterv1.Cell_Number:
			values[name] = v.Number
		case *securereporterv1.Cell_Text:
			values[name] = v.Text
		case *securereporterv1.Cell_Flag:
			values[name] = v.Flag
		}
	}
	return values
}
