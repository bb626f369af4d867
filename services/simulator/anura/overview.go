package anura

import (
	"maps"
	"net/http"
	"slices"
)

func (v *Vendor) overview(p product) handler {
	return func(w http.ResponseWriter, asked parameters) {
		days, ok := v.scope(w, asked, overviewRollingDays)
		if !ok {
			return
		}
		byDay := v.byDay(p, asked.filter(days))
		answer := map[string]any{"total": p.total(sumOf(byDay))}
		if asked.flag("chart", false) {
			answer["chart"] = p.chart(byDay)
		}
		writeJSON(w, http.StatusOK, answer)
	}
}

// scope reads the days and checks the instance that a request is about. It has
// answered if it reports false.
func (v *Vendor) scope(w http.ResponseWriter, asked parameters, rolling int) (span, bool) {
	days, err := asked.window(v.now(), rolling)
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return span{}, false
	}
	if !v.knowsInstance(asked.text("instance")) {
		v.Refuse(w, nil)
		return span{}, false
	}
	return days, true
}

func sumOf(byDay map[string]tally) tally {
	var sum tally
	for _, t := range byDay {
		sum = sum.plus(t)
	}
	return sum
}

// chart is a table with its header in the first row, a day a row.
func (p product) chart(byDay map[string]tally) [][]any {
	head := []any{"Date"}
	for _, m := range p.charted(tally{}) {
		head = append(head, m.header)
	}
	rows := [][]any{head}
	for _, day := range slices.Sorted(maps.Keys(byDay)) {
		row := []any{day}
		for _, m := range p.charted(byDay[day]) {
			row = append(row, m.count)
		}
		rows = append(rows, row)
	}
	return rows
}
