package analytics

// The wire types are the documentation's response examples.

type sitesAnswer struct {
	Sites []siteEntry `json:"sites"`
}

type siteEntry struct {
	SiteID    string `json:"siteId"`
	Name      string `json:"name"`
	Domain    string `json:"domain"`
	IsActive  bool   `json:"isActive"`
	CreatedAt string `json:"createdAt"`
}

type statsAnswer struct {
	Visitors     int             `json:"visitors"`
	Pageviews    int             `json:"pageviews"`
	BounceRate   int             `json:"bounceRate"`
	AvgDuration  int             `json:"avgDuration"`
	TopPages     []pageEntry     `json:"topPages"`
	TopReferrers []referrerEntry `json:"topReferrers"`
	Browsers     []browserEntry  `json:"browsers"`
	Countries    []countryEntry  `json:"countries"`
}

type pageEntry struct {
	Pathname string `json:"pathname"`
	Views    int    `json:"views"`
}

type referrerEntry struct {
	Referrer string `json:"referrer"`
	Count    int    `json:"count"`
}

type browserEntry struct {
	Browser string `json:"browser"`
	Count   int    `json:"count"`
}

type countryEntry struct {
	Country string `json:"country"`
	Count   int    `json:"count"`
}

type eventsAnswer struct {
	Events []eventEntry `json:"events"`
}

type eventEntry struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

type pageviewsAnswer struct {
	Total  int        `json:"total"`
	Unique int        `json:"unique"`
	Chart  []dayEntry `json:"chart"`
}

type dayEntry struct {
	Date  string `json:"date"`
	Count int    `json:"count"`
}

// Realtime is who is on a site at this moment.
type Realtime struct {
	ActiveVisitors int          `json:"activeVisitors"`
	ActivePages    []ActivePage `json:"activePages"`
}

// ActivePage is a page that is being looked at.
type ActivePage struct {
	Path     string `json:"path"`
	Visitors int    `json:"visitors"`
}

type errorAnswer struct {
	Error string `json:"error"`
}
