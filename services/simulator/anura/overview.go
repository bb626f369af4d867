package anura

import (
	"maps"
	"net/http"
	"slices"
)

func (v *Vendor) overview(w http.ResponseWriter, asked parameters) {
	days, err := asked.window(v.now(), overviewRollingDays)
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	if !v.knowsInstance(asked.text("instance")) {
		v.Refuse(w, nil)
		return
	}
	byDay := v.byDay(asked.filter(days))
	var sum Counts
	for _, counts := range byDay {
		sum = sum.plus(counts)
	}
	answer := overviewAnswer{Total: total(sum)}
	if asked.flag("chart", false) {
		answer.Chart = chart(byDay)
	}
	writeJSON(w, http.StatusOK, answer)
}

// chart is a table with its header in the first row, a day a row.
func chart(byDay map[string]Counts) [][]any {
	rows := [][]any{{"Date", "Suspect", "Non-Suspect"}}
	for _, day := range slices.Sorted(maps.Keys(byDay)) {
		rows = append(rows, []any{day, byDay[day].Suspect, byDay[day].NonSuspect})
	}
	return rows
}
