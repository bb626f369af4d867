package anura

import (
	"encoding/json"
	"net/url"
	"strconv"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
)

// Texts are URL-encoded in requests and answers alike, inside the JSON.

// instancesRequest is the body of POST /interface/instances.
type instancesRequest struct {
	Token string `json:"token"`
	Page  int    `json:"page"`
	Limit int    `json:"limit"`
}

// overviewRequest is the body of POST /direct/overview. Days are numbers of
// the form YYYYMMDD.
type overviewRequest struct {
	Token    string `json:"token"`
	Start    int32  `json:"start"`
	End      int32  `json:"end"`
	Instance any    `json:"instance,omitempty"`
	Campaign string `json:"campaign,omitempty"`
	Chart    bool   `json:"chart"`
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

// pages returns how many pages the vendor says there are, 1 if it says
// nothing.
func (w wireInstances) pages() int {
	var query struct {
		Pages count `json:"pages"`
	}
	if json.Unmarshal(w.Query, &query) != nil {
		return 1
	}
	return int(max(query.Pages, 1))
}

func (w wireInstances) fault(pages int) *vendorhttp.Error {
	switch {
	case w.Instances == nil:
		return vendorhttp.Errorf(vendorhttp.BadAnswer, "answer has no list of instances")
	case pages > maxPages:
		return vendorhttp.Errorf(vendorhttp.BadAnswer,
			"answer is the first of %d pages of %d instances; no more than %d are read", pages, pageSize, maxPages)
	default:
		return nil
	}
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
