package securereporter

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/expr"
)

// Mapping is how the rows of one report become events.
type Mapping struct {
	report   string
	location *time.Location
	kind     event.Kind

	nativeID, occurredAt    *expr.Program
	entity, title, severity *expr.Program // nil where not mapped
	labels, measures        []field
}

// field is one label or measure.
type field struct {
	name    string
	program *expr.Program
}

// NewMapping compiles the mapping of a report, or returns everything that is
// wrong with it.
func NewMapping(report config.Report) (*Mapping, error) {
	c := &compiler{}
	m := &Mapping{
		report: report.Name, location: report.Location, kind: event.Kind(report.Event.Kind),
		nativeID:   c.compile("native_id", report.Event.NativeID, expr.Text),
		occurredAt: c.compile("occurred_at", report.Event.OccurredAt, expr.Time),
		entity:     c.optional("entity", report.Event.Entity, expr.Text),
		title:      c.optional("title", report.Event.Title, expr.Text),
		severity:   c.optional("severity", report.Event.Severity, expr.Text),
		labels:     c.fields("labels", report.Event.Labels, expr.Text),
		measures:   c.fields("measures", report.Event.Measures, expr.Number),
	}
	c.kind(m)
	if len(c.faults) > 0 {
		return nil, errors.Join(c.faults...)
	}
	return m, nil
}

// Report is the slug or number of the report.
func (m *Mapping) Report() string { return m.report }

// compiler collects faults.
type compiler struct {
	faults []error
}

func (c *compiler) compile(key, text string, want expr.Result) *expr.Program {
	program, err := expr.Row(text, want)
	if err != nil {
		c.faults = append(c.faults, fmt.Errorf("event.%s: %w", key, err))
	}
	return program
}

func (c *compiler) optional(key, text string, want expr.Result) *expr.Program {
	if text == "" {
		return nil
	}
	return c.compile(key, text, want)
}

func (c *compiler) fields(key string, texts map[string]string, want expr.Result) []field {
	fields := make([]field, 0, len(texts))
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		fields = append(fields, field{name, c.compile(key+"."+name, texts[name], want)})
	}
	return fields
}

// kind checks what the kind of the event demands.
func (c *compiler) kind(m *Mapping) {
	switch m.kind {
	case event.KindTraffic:
	case event.KindAnomaly:
		for _, measure := range m.measures {
			if !slices.Contains(anomalyMeasures(), measure.name) {
				c.faults = append(c.faults, fmt.Errorf("event.measures.%s: an anomaly has the measures %v only; "+
					"remove it, or map the rows to kind: traffic", measure.name, anomalyMeasures()))
			}
		}
	default:
		c.faults = append(c.faults, fmt.Errorf("event.kind: %q is neither traffic nor anomaly", m.kind))
	}
}

// anomalyMeasures are the fields of an anomaly that a report may fill.
func anomalyMeasures() []string {
	return []string{"value", "score", "expected_lower", "expected_upper"}
}
