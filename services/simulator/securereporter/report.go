package securereporter

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Report is a query that can be called. Its number is its place in the order
// in which reports were added, from 1.
type Report struct {
	// Name is what people call it; the path has its [Slug].
	Name string
	// Binds are the query's bind variables.
	Binds []Bind
	// Fields are what people fill in before they run it, in any order.
	Fields []Field
	// Template is the HTML of a report of the template type, empty for a report
	// of rows.
	Template string
}

// Bind is a variable of a query that a call sets by a query parameter.
type Bind struct {
	// Name is the parameter's, without the colon (_days).
	Name string
	// Default is used where a call does not set it; empty means that a call
	// must.
	Default string
	// Keep reports whether the row belongs to the result for this value, or
	// what is wrong with the value.
	Keep func(value string, row Row, now time.Time) (bool, error)
}

// Row is one row of a report's result.
type Row struct {
	// At is when the row's facts were known.
	At time.Time
	// Columns are the row's fields.
	Columns map[string]any
}

type report struct {
	Report
	number int
	fields []numberedField
	rows   []Row
}

// AddReport makes a report known. One of the same slug is replaced, with its
// rows.
func (v *Vendor) AddReport(r Report) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if known := v.find(Slug(r.Name)); known != nil {
		*known = report{Report: r, number: known.number, fields: v.number(r.Fields)}
		return
	}
	v.reports = append(v.reports, &report{Report: r, number: len(v.reports) + 1, fields: v.number(r.Fields)})
}

// AddRow puts a row behind a report's others, and reports whether the report
// is known. The oldest row goes when there are too many.
func (v *Vendor) AddRow(slug string, row Row) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	known := v.find(slug)
	if known == nil {
		return false
	}
	if len(known.rows) >= maxRows {
		known.rows = slices.Delete(known.rows, 0, 1)
	}
	known.rows = append(known.rows, row)
	return true
}

// find looks a report up by slug or number. The caller holds the lock.
func (v *Vendor) find(id string) *report {
	for _, r := range v.reports {
		if id == Slug(r.Name) || id == strconv.Itoa(r.number) {
			return r
		}
	}
	return nil
}

func (v *Vendor) callReport(w http.ResponseWriter, r *http.Request) {
	found, ok := v.snapshot(r.PathValue("report"))
	if !ok {
		fail(w, http.StatusNotFound, "there is no report "+strconv.Quote(r.PathValue("report")))
		return
	}
	records, err := found.run(parametersOf(r), v.now())
	if err != nil {
		fail(w, http.StatusOK, err.Error())
		return
	}
	writeJSON(w, http.StatusOK, answer{OK: true, Records: records})
}

func (v *Vendor) snapshot(id string) (report, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	known := v.find(id)
	if known == nil {
		return report{}, false
	}
	return report{
		Report: known.Report, number: known.number,
		fields: slices.Clone(known.fields), rows: slices.Clone(known.rows),
	}, true
}

// parametersOf returns what a GET says of bind variables: in its query, or in
// its body as the documentation's sample code has it.
func parametersOf(r *http.Request) url.Values {
	given := formOf(r)
	maps.Copy(given, r.URL.Query())
	return given
}

// formOf returns the fields of a form in the body, none of a body that is none.
func formOf(r *http.Request) url.Values {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxForm))
	if err != nil || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return url.Values{}
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return url.Values{}
	}
	return form
}

func (r report) run(asked url.Values, now time.Time) ([]map[string]any, error) {
	values := make([]string, len(r.Binds))
	for i, bind := range r.Binds {
		values[i] = bind.Default
		if asked.Has(bind.Name) {
			values[i] = asked.Get(bind.Name)
		}
		if values[i] == "" {
			return nil, fmt.Errorf("no value for bind variable :%s", bind.Name)
		}
	}
	records := []map[string]any{}
	for _, row := range r.rows {
		keep, err := r.keeps(row, values, now)
		if err != nil {
			return nil, err
		}
		if keep {
			records = append(records, row.Columns)
		}
	}
	return records, nil
}

func (r report) keeps(row Row, values []string, now time.Time) (bool, error) {
	for i, bind := range r.Binds {
		keep, err := bind.Keep(values[i], row, now)
		if err != nil {
			return false, fmt.Errorf("bind variable :%s: %w", bind.Name, err)
		}
		if !keep {
			return false, nil
		}
	}
	return true, nil
}

// LastDays is a bind variable that keeps the rows of as many past days as its
// value says.
func LastDays(name, byDefault string) Bind {
	return Bind{Name: name, Default: byDefault, Keep: func(value string, row Row, now time.Time) (bool, error) {
		days, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return false, fmt.Errorf("%q is no number of days", value)
		}
		return now.Sub(row.At).Hours() <= days*24, nil
	}}
}

// Equal is a bind variable that keeps the rows whose column has its value.
func Equal(name, column string) Bind {
	return Bind{Name: name, Keep: func(value string, row Row, _ time.Time) (bool, error) {
		return fmt.Sprint(row.Columns[column]) == value, nil
	}}
}
