package config

import (
	"fmt"
	"regexp"
	"time"
	_ "time/tzdata" // time zones are known on machines without a zone database

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/expr"
	configv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/config/v1"
)

var reportName = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

func (c *checker) reports(path string, list []*configv1.Report) []Report {
	if len(list) == 0 {
		c.missing(path, "there is no report to read; write one with report: and event:")
	}
	reports := make([]Report, 0, len(list))
	for i, m := range list {
		reports = append(reports, c.report(fmt.Sprintf("%s[%d]", path, i), m))
	}
	return reports
}

func (c *checker) report(path string, m *configv1.Report) Report {
	switch name := m.GetReport(); {
	case name == "":
		c.missing(path+".report", "the report has no name; write report: followed by its slug or number")
	case !reportName.MatchString(name):
		c.document.Report(path+".report", "%q is no slug and no number of a report", name)
	}
	zone := textOr(m.GetTimeZone(), defaultTimeZone)
	location, err := time.LoadLocation(zone)
	if err != nil || zone == "Local" {
		c.document.Report(path+".time_zone", "%q is no time zone; write one such as Europe/Berlin or UTC", zone)
	}
	return Report{
		Name:       m.GetReport(),
		Parameters: m.GetParameters(),
		Location:   location,
		Event:      c.mapping(path+".event", m.GetEvent()),
	}
}

// mapping checks how a row becomes an event: every expression compiles, and
// what no event can do without is there.
func (c *checker) mapping(path string, m *configv1.ReportEvent) ReportEvent {
	c.reportKind(path+".kind", m.GetKind())
	c.required(path+".native_id", m.GetNativeId(), expr.Text, "row.site + \"/\" + row.hour")
	c.required(path+".occurred_at", m.GetOccurredAt(), expr.Time, "row.hour")
	c.row(path+".entity", m.GetEntity(), expr.Text)
	c.row(path+".title", m.GetTitle(), expr.Text)
	c.row(path+".severity", m.GetSeverity(), expr.Text)
	for name, text := range m.GetLabels() {
		_, err := expr.Row(text, expr.Text)
		c.expression(path+".labels."+name, err)
	}
	for name, text := range m.GetMeasures() {
		_, err := expr.Row(text, expr.Number)
		c.expression(path+".measures."+name, err)
	}
	return ReportEvent{
		Kind: m.GetKind(), NativeID: m.GetNativeId(), OccurredAt: m.GetOccurredAt(),
		Entity: m.GetEntity(), Title: m.GetTitle(), Severity: m.GetSeverity(),
		Labels: m.GetLabels(), Measures: m.GetMeasures(),
	}
}

func (c *checker) reportKind(path, kind string) {
	if kind == "" {
		c.missing(path, "the kind of the event is missing; write kind: traffic or kind: anomaly")
		return
	}
	c.oneOf(path, kind, string(event.KindTraffic), string(event.KindAnomaly))
}

func (c *checker) required(path, text string, want expr.Result, example string) {
	if text == "" {
		c.missing(path, "the expression is missing; write CEL over the row, such as "+example)
		return
	}
	c.row(path, text, want)
}

// row reports the faults of an expression over a row, "" being none.
func (c *checker) row(path, text string, want expr.Result) {
	if text == "" {
		return
	}
	_, err := expr.Row(text, want)
	c.expression(path, err)
}
