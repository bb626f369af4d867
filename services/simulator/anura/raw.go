package anura

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// rawReport is one report of single requests.
type rawReport struct {
	id, name, kind string
	instance       int
	days           span
	standard       []string
	additional     []int
	filters        []rawFilter
	sendEmail      bool
	requested      time.Time
	// failed is when it failed; zero for one that did not.
	failed time.Time
}

type rawFilter struct {
	Column   string `json:"column"`
	Operator string `json:"operator"`
	Value    string `json:"value"`
}

// RawReports returns the names of the raw reports that have been asked for, in
// order.
func (v *Vendor) RawReports() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	names := make([]string, 0, len(v.raws))
	for _, r := range v.raws {
		names = append(names, r.name)
	}
	return names
}

// FailRawReport makes the raw report of this id fail.
func (v *Vendor) FailRawReport(id string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, r := range v.raws {
		if r.id == id {
			r.failed = v.now()
		}
	}
}

// rawReport returns the raw report of this id as it is now.
func (v *Vendor) rawReport(id string) (rawReport, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, r := range v.raws {
		if r.id == id {
			return *r, true
		}
	}
	return rawReport{}, false
}

func (r *rawReport) status(now time.Time) string {
	switch {
	case !r.failed.IsZero():
		return "Failed"
	case now.Sub(r.requested) < rawTakes:
		return "In Progress"
	default:
		return "Ready"
	}
}

func (v *Vendor) requestRaw(w http.ResponseWriter, asked parameters) {
	report, err := v.readRaw(asked)
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	if !v.knowsInstance(asked.text("instance")) {
		v.Refuse(w, nil)
		return
	}
	if reason := v.admitRaw(report); reason != "" {
		writeJSON(w, http.StatusOK, map[string]any{"success": false, "message": url.QueryEscape(reason)})
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"success": true, "message": url.QueryEscape("Your report is being generated."), "id": report.id,
	})
}

// admitRaw adds the report, or returns why not.
func (v *Vendor) admitRaw(report *rawReport) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := v.now()
	if v.minutesLeft(now) < 1 {
		return "No processing minutes are left today."
	}
	if slices.ContainsFunc(v.raws, func(r *rawReport) bool { return r.status(now) == "In Progress" }) {
		return "Another report is being generated."
	}
	report.id = fmt.Sprintf("raw%05d", len(v.raws)+1)
	report.requested = now
	v.raws = append(v.raws, report)
	return ""
}

// minutesLeft is what is left of the day's processing. The caller holds the
// lock.
func (v *Vendor) minutesLeft(now time.Time) int {
	left := rawMinutes
	for _, r := range v.raws {
		if r.requested.UTC().Format(dayLayout) == now.UTC().Format(dayLayout) {
			left--
		}
	}
	return left
}

func (v *Vendor) readRaw(asked parameters) (*rawReport, error) {
	kind := asked.text("type")
	if !slices.Contains([]string{"request", "response", "direct"}, kind) {
		return nil, errors.New("type must be request, response or direct")
	}
	instance, err := strconv.Atoi(asked.text("instance"))
	if err != nil {
		return nil, errors.New("instance must be the ID of an instance")
	}
	days, err := asked.window(v.now(), rawRollingDays)
	if err != nil {
		return nil, err
	}
	standard := asked.list("standard")
	if len(standard) == 0 {
		return nil, errors.New("at least one standard column is required")
	}
	filters, err := asked.filters(standard)
	if err != nil {
		return nil, err
	}
	report := &rawReport{
		name: asked.text("name"), kind: kind, instance: instance, days: days, standard: standard, filters: filters,
		sendEmail: asked.flag("send_email", true),
	}
	if report.name == "" {
		report.name = "Anura Raw " + title(kind) + " Report " + v.now().UTC().Format(dayLayout)
	}
	for _, number := range asked.list("additional") {
		n, err := strconv.Atoi(number)
		if err != nil {
			return nil, errors.New("additional columns are referenced by number")
		}
		report.additional = append(report.additional, n)
	}
	return report, nil
}

func title(word string) string { return strings.ToUpper(word[:1]) + word[1:] }

func (p parameters) filters(columns []string) ([]rawFilter, error) {
	known := []string{"equals", "not_equals", "starts_with", "ends_with", "contains", "not_contains", "empty", "not_empty"}
	filters := []rawFilter{}
	for {
		prefix := element("filters", len(filters))
		column, ok := p[prefix+"[column]"]
		if !ok {
			return filters, nil
		}
		f := rawFilter{column, p[prefix+"[operator]"], p[prefix+"[value]"]}
		if !slices.Contains(columns, column) && !slices.Contains(p.list("additional"), column) {
			return nil, fmt.Errorf("filter column %s is not among the report's", column)
		}
		if !slices.Contains(known, f.Operator) {
			return nil, fmt.Errorf("filter operator %s is unknown", f.Operator)
		}
		filters = append(filters, f)
	}
}

func (v *Vendor) listRaw(w http.ResponseWriter, asked parameters) {
	if asked.flag("processing_usage", false) {
		v.Fail(w, http.StatusForbidden)
		return
	}
	now, rows := v.now(), []map[string]any{}
	v.mu.Lock()
	left := v.minutesLeft(now)
	for _, r := range slices.Backward(v.raws) {
		if searched(r.name, asked) {
			rows = append(rows, v.rawRow(r, now))
		}
	}
	v.mu.Unlock()
	shown, turned, err := turn(rows, asked)
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"processing": map[string]any{"limits": map[string]int{
			"minutes_total": rawMinutes, "minutes_available": left,
			"api_concurrent": rawConcurrent, "dashboard_concurrent": rawAtDashboard,
		}},
		"table": map[string]any{"rows": shown},
		"query": rawQuery{Sort: cmp.Or(asked.text("sort"), defaultRawSort), page: turned},
	})
}

// rawRow is how a list shows a report. The caller holds the lock.
func (v *Vendor) rawRow(r *rawReport, now time.Time) map[string]any {
	status := r.status(now)
	row := map[string]any{
		"id": r.id, "name": url.QueryEscape(r.name), "instance": url.QueryEscape(v.nameOf(r.instance)), "type": title(r.kind),
		"requested": stamp(r.requested), "created": nil, "failed": nil, "timed_out": nil, "cancelled": nil,
		"status": status, "expires": stamp(r.requested.Add(rawKept)),
	}
	switch status {
	case "Ready":
		row["created"] = stamp(r.requested.Add(rawTakes))
	case "Failed":
		row["failed"] = stamp(r.failed)
	}
	return row
}

// stamp writes a time with its offset, as the documents do.
func stamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05-07:00") }

func (v *Vendor) nameOf(instance int) string {
	for _, i := range v.instances {
		if i.ID == instance {
			return i.Name
		}
	}
	return ""
}

func (v *Vendor) describeRaw(w http.ResponseWriter, asked parameters) {
	r, ok := v.rawReport(asked.text("raw"))
	if !ok {
		v.Fail(w, http.StatusNotFound)
		return
	}
	v.mu.Lock()
	row := v.rawRow(&r, v.now())
	v.mu.Unlock()
	row["instance_id"], row["instance_name"] = r.instance, row["instance"]
	delete(row, "instance")
	row["start"], row["end"] = wholeDay(r.days.start), wholeDay(r.days.end)
	row["columns"] = map[string]any{"standard": r.standard, "additional": append([]int{}, r.additional...)}
	row["filters"], row["send_email"], row["alerted"] = r.filters, r.sendEmail, nil
	row["file_name"], row["file_size"], row["rows"], row["processing_minutes"] = nil, nil, nil, nil
	if row["status"] == "Ready" {
		file := v.rawFile(r)
		row["file_name"], row["file_size"], row["rows"] = r.id+".zip", len(file.archive), file.rows
		row["processing_minutes"] = 1
		if r.sendEmail {
			row["alerted"] = row["created"]
		}
	}
	writeJSON(w, http.StatusOK, row)
}
