package anura

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// line is one row of a report, its counts in the order of the columns.
type line struct {
	name   string
	counts []measure
	tally
}

// report answers one table of one product.
func (v *Vendor) report(p product, d dimension) handler {
	return func(w http.ResponseWriter, asked parameters) {
		days, ok := v.scope(w, asked, rollingDays)
		if !ok {
			return
		}
		lines, sum := v.lines(p, d, asked, days)
		if err := sortLines(p, lines, asked.text("sort")); err != nil {
			writeError(w, http.StatusBadRequest, err.Error())
			return
		}
		shown, turned, err := turn(lines, asked)
		if err != nil {
			writeError(w, http.StatusBadRequest, err.Error())
			return
		}
		answer := map[string]any{
			"total": p.total(sum), "table": v.table(p, d.shown(asked), asked, shown, sum),
			"query": reportQuery{
				Start: wholeDay(days.start), End: wholeDay(days.end), Instance: encodedOrFalse(asked.text("instance")),
				Search: encodedOrFalse(asked.text("search")), Sort: cmp.Or(asked.text("sort"), defaultSort), page: turned,
			},
		}
		if asked.flag("chart", false) {
			answer["chart"] = p.chart(v.byDay(p, asked.filter(days)))
		}
		writeJSON(w, http.StatusOK, answer)
	}
}

// lines adds up what the request asks for, unsorted, and all of it.
func (v *Vendor) lines(p product, d dimension, asked parameters, days span) ([]line, tally) {
	shown, byName := d.shown(asked), map[string]tally{}
	v.each(asked.filter(days), func(key cell, t tally) {
		if key.product == p && d.holds(asked, key) {
			name := shown.of(key)
			byName[name] = byName[name].plus(t)
		}
	})
	var lines []line
	var sum tally
	for name, t := range byName {
		if searched(v.instanceName(shown, name), asked) {
			lines = append(lines, line{name, p.measures(t), t})
			sum = sum.plus(t)
		}
	}
	return lines, sum
}

// searched reports whether a first column is one that the request looks for.
func searched(name string, asked parameters) bool {
	name, text := strings.ToLower(name), strings.ToLower(asked.text("search"))
	if asked.flag("startswith", false) {
		return strings.HasPrefix(name, text)
	}
	return strings.Contains(name, text)
}

// sortLines puts lines into the order asked for, and equal ones into that of
// their names.
func sortLines(p product, lines []line, order string) error {
	keys := strings.Split(cmp.Or(order, defaultSort), ",")
	if len(keys) > maxSortings {
		return fmt.Errorf("sort takes up to %d columns", maxSortings)
	}
	slices.SortFunc(lines, func(a, b line) int { return strings.Compare(a.name, b.name) })
	for _, key := range slices.Backward(keys) {
		column, way, _ := strings.Cut(key, ":")
		at, err := strconv.Atoi(column)
		if err != nil || at < 0 || at > len(p.measures(tally{})) || way != "asc" && way != "desc" {
			return errors.New("sort must be column:asc or column:desc, the column by its number")
		}
		slices.SortStableFunc(lines, func(a, b line) int {
			order := compareLines(at, a, b)
			if way == "desc" {
				return -order
			}
			return order
		})
	}
	return nil
}

func compareLines(column int, a, b line) int {
	if column == 0 {
		return strings.Compare(a.name, b.name)
	}
	return cmp.Compare(a.counts[column-1].count, b.counts[column-1].count)
}

func (v *Vendor) table(p product, shown level, asked parameters, lines []line, sum tally) table {
	got := table{Headers: []string{url.QueryEscape(shown.header)}, Rows: [][]any{}}
	rates, rules := asked.flag("rates", false), asked.flag("rules", false)
	for _, m := range p.measures(tally{}) {
		got.Headers = append(got.Headers, m.header)
		if rates && m.header != "Requests" {
			got.Headers = append(got.Headers, m.header+"+Rate")
		}
	}
	if rules {
		got.Headers = append(got.Headers, "Rule+Sets")
	}
	got.All = cells(p, v.first(shown, allOf(shown)), sum, rates, rules)
	for _, l := range lines {
		got.Rows = append(got.Rows, cells(p, v.first(shown, l.name), l.tally, rates, rules))
	}
	return got
}

func cells(p product, first string, t tally, rates, rules bool) []any {
	row := []any{first}
	for _, m := range p.measures(t) {
		row = append(row, m.count)
		if rates && m.header != "Requests" {
			row = append(row, strconv.FormatFloat(100*float64(m.count)/float64(max(t.requests(), 1)), 'f', 2, 64))
		}
	}
	if rules {
		row = append(row, url.QueryEscape("[]"))
	}
	return row
}

func allOf(shown level) string {
	if shown.parameter == "instance" {
		return allInstances
	}
	return "All"
}

// first is the first cell of a row: an instance is an object, encoded as a
// whole.
func (v *Vendor) first(shown level, name string) string {
	if shown.parameter != "instance" {
		return url.QueryEscape(name)
	}
	id, err := strconv.Atoi(name)
	object := map[string]any{"id": id, "name": v.instanceName(shown, name)}
	if err != nil {
		object["id"] = name
	}
	encoded, err := json.Marshal(object)
	if err != nil {
		return ""
	}
	return url.QueryEscape(string(encoded))
}

// instanceName returns the name of an instance by its id, and of anything else
// what it is.
func (v *Vendor) instanceName(shown level, name string) string {
	if shown.parameter != "instance" {
		return name
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, instance := range v.instances {
		if instanceID(instance.ID) == name {
			return instance.Name
		}
	}
	return name
}

func instanceID(id int) string { return strconv.Itoa(id) }
