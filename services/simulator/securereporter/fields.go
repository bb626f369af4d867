package securereporter

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
)

// Field is one thing that people fill in before they run a report.
type Field struct {
	// Name is the parameter's.
	Name string
	// Order is its place among the report's fields.
	Order int
	// Choices are the values that it can take.
	Choices []Choice
}

// Choice is one value that a field can take.
type Choice struct {
	Value string `json:"value"`
	Label string `json:"label"`
}

type numberedField struct {
	Field
	number int
}

// number gives fields their numbers, in the order in which they are added, and
// sorts them by their place. The caller holds the lock.
func (v *Vendor) number(fields []Field) []numberedField {
	numbered := make([]numberedField, 0, len(fields))
	for _, f := range fields {
		v.fields++
		numbered = append(numbered, numberedField{Field: f, number: v.fields})
	}
	slices.SortStableFunc(numbered, func(a, b numberedField) int { return cmp.Compare(a.Order, b.Order) })
	return numbered
}

func (v *Vendor) choices(w http.ResponseWriter, r *http.Request) {
	choices, ok := v.choicesOf(r.PathValue("field"))
	if !ok {
		fail(w, http.StatusNotFound, "there is no report field "+strconv.Quote(r.PathValue("field")))
		return
	}
	writeJSON(w, http.StatusOK, choices)
}

func (v *Vendor) choicesOf(number string) ([]Choice, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, known := range v.reports {
		for _, f := range known.fields {
			if strconv.Itoa(f.number) == number {
				return append([]Choice{}, f.Choices...), true
			}
		}
	}
	return nil, false
}

type definitionAnswer struct {
	ID     int           `json:"id"`
	Name   string        `json:"name"`
	Slug   string        `json:"slug"`
	Fields []fieldAnswer `json:"fields"`
}

type fieldAnswer struct {
	ID         int    `json:"id"`
	Name       string `json:"name"`
	FieldOrder int    `json:"field_order"`
	HasChoices string `json:"has_choices"`
}

// definition takes numbers only, as <int:report_id> says.
func (v *Vendor) definition(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("report")
	found, ok := v.snapshot(id)
	if !ok || strconv.Itoa(found.number) != id {
		fail(w, http.StatusNotFound, "there is no report number "+strconv.Quote(id))
		return
	}
	answer := definitionAnswer{ID: found.number, Name: found.Name, Slug: Slug(found.Name), Fields: []fieldAnswer{}}
	for _, f := range found.fields {
		answer.Fields = append(answer.Fields, fieldAnswer{
			ID: f.number, Name: f.Name, FieldOrder: f.Order, HasChoices: flag(len(f.Choices) > 0),
		})
	}
	writeJSON(w, http.StatusOK, answer)
}

// flag writes the vendor's flags.
func flag(yes bool) string {
	if yes {
		return "Y"
	}
	return "N"
}
