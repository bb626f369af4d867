package anura

import (
	"net/http"
	"net/url"
	"strconv"
)

func (v *Vendor) listSources(w http.ResponseWriter, asked parameters) {
	v.listNames(w, asked, "sources", allSources, func(p Place) string { return p.Source })
}

func (v *Vendor) listCampaigns(w http.ResponseWriter, asked parameters) {
	v.listNames(w, asked, "campaigns", allCampaigns, func(p Place) string { return p.Campaign })
}

// listNames answers the names of one kind under that kind's key.
func (v *Vendor) listNames(w http.ResponseWriter, asked parameters, kind, everything string, nameOf func(Place) string) {
	days, ok := v.scope(w, asked, rollingDays)
	if !ok {
		return
	}
	all := asked.flag("all", true)
	names := []string{}
	if all {
		names = append(names, url.QueryEscape(everything))
	}
	for _, name := range v.names(asked.filter(days), nameOf) {
		names = append(names, url.QueryEscape(name))
	}
	shown, turned, err := turn(names, asked)
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		kind: shown,
		"query": namesQuery{
			Start:    wholeDay(days.start),
			End:      wholeDay(days.end),
			Instance: encodedOrFalse(asked.text("instance")),
			Source:   encodedOrFalse(asked.text("source")),
			Campaign: encodedOrFalse(asked.text("campaign")),
			All:      all,
			page:     turned,
		},
	})
}

// wholeDay turns a checked YYYYMMDD into the number it is written as.
func wholeDay(day string) int {
	n, _ := strconv.Atoi(day)
	return n
}
