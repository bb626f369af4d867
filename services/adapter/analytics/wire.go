package analytics

import (
	"encoding/json"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
)

type wireSites struct {
	Sites []json.RawMessage `json:"sites"`
}

// wireSite keeps all but the id raw, so that a field in another shape than
// documented costs that field only.
type wireSite struct {
	ID        vendorhttp.ID   `json:"siteId"`
	Name      json.RawMessage `json:"name"`
	Domain    json.RawMessage `json:"domain"`
	IsActive  json.RawMessage `json:"isActive"`
	CreatedAt json.RawMessage `json:"createdAt"`
}

// wireStats is a site's statistics. All but visitors and page views can be done
// without and is raw, so that a part in another shape than documented costs
// itself only.
type wireStats struct {
	Visitors     *vendorhttp.Number `json:"visitors"`
	Pageviews    *vendorhttp.Number `json:"pageviews"`
	BounceRate   json.RawMessage    `json:"bounceRate"`
	AvgDuration  json.RawMessage    `json:"avgDuration"`
	TopPages     json.RawMessage    `json:"topPages"`
	TopReferrers json.RawMessage    `json:"topReferrers"`
	Browsers     json.RawMessage    `json:"browsers"`
	Countries    json.RawMessage    `json:"countries"`
}

// wireCount is an entry of any of the lists of counts, whose documented fields
// differ: a name is a `pathname`, `referrer`, `browser`, `country` or `name`, a
// count is `views` of a page and `count` of the others.
type wireCount struct {
	Pathname *string `json:"pathname"`
	Referrer *string `json:"referrer"`
	Browser  *string `json:"browser"`
	Country  *string `json:"country"`
	Name     *string `json:"name"`

	Views *vendorhttp.Number `json:"views"`
	Count *vendorhttp.Number `json:"count"`
}

type wireEvents struct {
	Events []json.RawMessage `json:"events"`

	raw string
}

type wirePageviews struct {
	Total  *vendorhttp.Number `json:"total"`
	Unique *vendorhttp.Number `json:"unique"`
	Chart  []json.RawMessage  `json:"chart"`

	raw string
}

type wireDay struct {
	Date  *string            `json:"date"`
	Count *vendorhttp.Number `json:"count"`
}

type wireRealtime struct {
	ActiveVisitors *vendorhttp.Number `json:"activeVisitors"`
	ActivePages    []json.RawMessage  `json:"activePages"`

	raw string
}

type wirePage struct {
	Path     *string            `json:"path"`
	Visitors *vendorhttp.Number `json:"visitors"`
}
