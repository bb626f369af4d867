package analytics

import (
	"cmp"
	"maps"
	"math"
	"net/http"
	"slices"
)

func (v *Vendor) stats(w http.ResponseWriter, r *http.Request) {
	hits, ok := v.asked(w, r)
	if !ok {
		return
	}
	writeJSON(w, http.StatusOK, statsAnswer{
		Visitors:     hits.Visitors,
		Pageviews:    hits.Pageviews,
		BounceRate:   rounded(100*hits.Bounces, hits.Visitors),
		AvgDuration:  rounded(hits.Seconds, hits.Visitors),
		TopPages:     top(hits.Pages, func(n string, c int) pageEntry { return pageEntry{n, c} }),
		TopReferrers: top(hits.Referrers, func(n string, c int) referrerEntry { return referrerEntry{n, c} }),
		Browsers:     top(hits.Browsers, func(n string, c int) browserEntry { return browserEntry{n, c} }),
		Countries:    top(hits.Countries, func(n string, c int) countryEntry { return countryEntry{n, c} }),
	})
}

// asked adds up what the call asks for, or refuses it.
func (v *Vendor) asked(w http.ResponseWriter, r *http.Request) (Hits, bool) {
	days := rangeOf(r)
	if days == 0 {
		writeBadRange(w)
		return Hits{}, false
	}
	hits, ok := v.lastDays(r.PathValue("id"), days)
	if !ok {
		writeForbidden(w)
	}
	return hits, ok
}

// rangeOf returns how many days a call asks for, 0 for a range that is none.
func rangeOf(r *http.Request) int {
	return daysIn(cmp.Or(r.URL.Query().Get("range"), defaultRange))
}

func writeBadRange(w http.ResponseWriter) {
	writeError(w, http.StatusBadRequest, "Bad request — range must be 7d, 30d or 90d")
}

// lastDays adds up what a site has had today and on the days before, and
// reports whether the site is known.
func (v *Vendor) lastDays(siteID string, days int) (Hits, bool) {
	today := v.now().UTC()
	v.mu.Lock()
	defer v.mu.Unlock()
	known := v.find(siteID)
	if known == nil {
		return Hits{}, false
	}
	sum := newHits()
	for back := range days {
		sum.add(known.days[today.AddDate(0, 0, -back).Format(dayLayout)])
	}
	return sum, true
}

func rounded(part, whole int) int {
	if whole == 0 {
		return 0
	}
	return int(math.Round(float64(part) / float64(whole)))
}

// top lists the largest entries, those of equal size by name.
func top[E any](counts map[string]int, entry func(name string, count int) E) []E {
	return sorted(counts, topEntries, entry)
}

// sorted lists at most so many entries, the largest first, those of equal size
// by name.
func sorted[E any](counts map[string]int, most int, entry func(name string, count int) E) []E {
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	names = names[:min(len(names), most)]
	entries := make([]E, 0, len(names))
	for _, name := range names {
		entries = append(entries, entry(name, counts[name]))
	}
	return entries
}
