package analytics

// Hits are what a site has had in some span of time.
type Hits struct {
	Visitors, Pageviews int
	// Bounces are the visitors who left after one page.
	Bounces int
	// Seconds is how long all visitors stayed, together.
	Seconds int
	// Pages, Referrers, Browsers and Countries break the hits down.
	Pages, Referrers, Browsers, Countries map[string]int
	// Events are the site's custom events by name.
	Events map[string]int
}

// add adds more to h, which must have been made by newHits.
func (h *Hits) add(more Hits) {
	h.Visitors += more.Visitors
	h.Pageviews += more.Pageviews
	h.Bounces += more.Bounces
	h.Seconds += more.Seconds
	addAll(h.Pages, more.Pages)
	addAll(h.Referrers, more.Referrers)
	addAll(h.Browsers, more.Browsers)
	addAll(h.Countries, more.Countries)
	addAll(h.Events, more.Events)
}

func newHits() Hits {
	return Hits{
		Pages:     map[string]int{},
		Referrers: map[string]int{},
		Browsers:  map[string]int{},
		Countries: map[string]int{},
		Events:    map[string]int{},
	}
}

func addAll(into, more map[string]int) {
	for name, count := range more {
		into[name] += count
	}
}
