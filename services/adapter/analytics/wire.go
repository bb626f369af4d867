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

// wireStats is the part of a site's statistics that is read; the vendor's
// lists of pages, referrers, browsers and countries ride along as they are.
// The figures that can be done without are raw, so that one in another shape
// than documented costs itself only.
type wireStats struct {
	Visitors    *vendorhttp.Number `json:"visitors"`
	Pageviews   *vendorhttp.Number `json:"pageviews"`
	BounceRate  json.RawMessage    `json:"bounceRate"`
	AvgDuration json.RawMessage    `json:"avgDuration"`
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
