package analytics

import (
	"net/http"
	"time"
)

// events lists a site's custom events, grouped by name.
func (v *Vendor) events(w http.ResponseWriter, r *http.Request) {
	hits, ok := v.asked(w, r)
	if !ok {
		return
	}
	all := sorted(hits.Events, len(hits.Events), func(n string, c int) eventEntry { return eventEntry{n, c} })
	writeJSON(w, http.StatusOK, eventsAnswer{Events: all})
}

// pageviews counts the views of a site or of one of its pages, in total and by
// day.
func (v *Vendor) pageviews(w http.ResponseWriter, r *http.Request) {
	days := rangeOf(r)
	if days == 0 {
		writeBadRange(w)
		return
	}
	answer, ok := v.countViews(r.PathValue("id"), days, r.URL.Query().Get("pathname"))
	if !ok {
		writeForbidden(w)
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

func (v *Vendor) countViews(siteID string, days int, pathname string) (pageviewsAnswer, bool) {
	today := v.now().UTC()
	v.mu.Lock()
	defer v.mu.Unlock()
	known := v.find(siteID)
	if known == nil {
		return pageviewsAnswer{}, false
	}
	answer := pageviewsAnswer{Chart: []dayEntry{}}
	for back := days - 1; back >= 0; back-- {
		answer.add(known.days, today.AddDate(0, 0, -back), pathname)
	}
	if pathname != "" {
		answer.Unique = min(answer.Unique, answer.Total)
	}
	return answer, true
}

// add counts one day in.
func (a *pageviewsAnswer) add(byDay map[string]Hits, day time.Time, pathname string) {
	date := day.Format(dayLayout)
	hits := byDay[date]
	views := hits.Pageviews
	if pathname != "" {
		views = hits.Pages[pathname]
	}
	a.Total += views
	a.Unique += hits.Visitors
	if views > 0 {
		a.Chart = append(a.Chart, dayEntry{Date: date, Count: views})
	}
}
