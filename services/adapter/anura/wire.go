package anura

import (
	"encoding/json"
	"net/url"
	"strconv"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
)

// Texts are URL-encoded in requests and answers alike, inside the JSON. Every
// body has the token besides. Days are numbers of the form YYYYMMDD.

// instancesRequest is the body of POST /interface/instances.
type instancesRequest struct {
	Name string `json:"name,omitempty"`
	All  *bool  `json:"all,omitempty"`
	paging
}

// scope is what most bodies begin with: the days and whose traffic.
type scope struct {
	Start    int32  `json:"start"`
	End      int32  `json:"end"`
	Instance any    `json:"instance,omitempty"`
	Source   string `json:"source,omitempty"`
	Campaign string `json:"campaign,omitempty"`
}

// scoped is a request that says whose traffic of which days it is about.
type scoped interface {
	GetStart() int32
	GetEnd() int32
	GetInstance() string
	GetTrafficSource() string
	GetCampaign() string
}

func scopeOf(req scoped) scope {
	return scope{
		Start: req.GetStart(), End: req.GetEnd(), Instance: instanceParameter(req.GetInstance()),
		Source: url.QueryEscape(req.GetTrafficSource()), Campaign: url.QueryEscape(req.GetCampaign()),
	}
}

// overviewRequest is the body of the overviews.
type overviewRequest struct {
	scope
	Chart bool `json:"chart"`
}

// paging is the page that is asked for, from 1.
type paging struct {
	Page  int `json:"page"`
	Limit int `json:"limit"`
}

type wireInstances struct {
	Instances []json.RawMessage `json:"instances"`
	Query     json.RawMessage   `json:"query"`
}

type wireInstance struct {
	ID   vendorhttp.ID `json:"id"`
	Name vendorhttp.ID `json:"name"`
}

type wireOverview struct {
	Total json.RawMessage `json:"total"`
	Chart json.RawMessage `json:"chart"`
}

type wireTotal struct {
	NonSuspect *count `json:"nonsuspect"`
	Suspect    *count `json:"suspect"`
	Mobile     count  `json:"mobile"`
}

// unlessTrue returns the vendor's flag for what is the case unless told
// otherwise; nil, which is not sent, where nobody tells.
func unlessTrue(isExcluded bool) *bool {
	if !isExcluded {
		return nil
	}
	included := false
	return &included
}

// instanceParameter writes an id as the vendor does: a number, or an encoded
// text. It returns nil for none.
func instanceParameter(id string) any {
	if id == "" {
		return nil
	}
	if n, err := strconv.ParseUint(id, 10, 53); err == nil {
		return n
	}
	return url.QueryEscape(id)
}
