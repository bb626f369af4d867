package anura

import "time"

// The documentation leaves these questions open. Endpoints and answers follow
// public material; beyond that is assumed:
//
//   - A missing or unknown token is 400 ("complete and valid token string"),
//     one that ran out 401.
//   - A method other than POST is 404: the documentation knows five statuses.
//   - Errors are {"error": "…"}.
//   - Days are days in UTC. The rolling window lets a request start up to 7
//     (overview: 31) days before today, and end today at the latest.
//   - instance is a number, or "All Instances". source and campaign match
//     anywhere in the name, in any case.
//   - A chart comes only if it is asked for, and reports have the overviews'.
//   - Script has the shapes of Direct and the words requests, responses, good,
//     warn, bad and mobile.
//   - A report of sessions tells instances apart, with an instance sources, with
//     a source campaigns; the others go by their drill-down parameters, whose
//     values are exact. What is not known of traffic is "Unknown".
//   - Columns are counted from 0 and sorted by "1:desc". Rates are texts, in
//     percent of the requests, behind their counts. Rule sets are the last
//     column, a list encoded as JSON.
//   - A raw report is ready a minute after it was asked for and has then used a
//     minute. One that is asked for while another is made, or when no minutes
//     are left, is {"success": false} with 200. An unknown one is 404, one that
//     is not ready 400. The usage of processing time is 403: the token is no
//     administrator's.
//   - The link to a raw report is one to this account's own host.
//   - A form's boolean is 1 or 0; other values are ignored.
//   - There is no rate limit.
const (
	rollingDays         = 7
	overviewRollingDays = 31
	rawRollingDays      = 90

	// defaultSort and defaultRawSort are documented.
	defaultSort    = "1:desc"
	defaultRawSort = "3:desc"
	maxSortings    = 3

	rawMinutes     = 360
	rawConcurrent  = 1
	rawAtDashboard = 2
	rawTakes       = time.Minute
	rawKept        = 30 * 24 * time.Hour

	defaultLimit = 20
	maxLimit     = 1000

	allInstances = "All Instances"
	allSources   = "All Sources"
	allCampaigns = "All Campaigns"
)

// instanceEntry is one row of /interface/instances. ID is a number, or the
// encoded words "All Instances".
type instanceEntry struct {
	ID     any    `json:"id"`
	Name   string `json:"name"`
	Status int    `json:"status"`
}

type instancesAnswer struct {
	Instances []instanceEntry `json:"instances"`
	Query     instancesQuery  `json:"query"`
}

type instancesQuery struct {
	// Name is the asked name, or false.
	Name any  `json:"name"`
	All  bool `json:"all"`
	page
}

// namesQuery is the echo of a request for sources or campaigns.
type namesQuery struct {
	Start    int  `json:"start"`
	End      int  `json:"end"`
	Instance any  `json:"instance"`
	Source   any  `json:"source"`
	Campaign any  `json:"campaign,omitempty"`
	All      bool `json:"all"`
	page
}

type page struct {
	Page    int `json:"page"`
	Limit   int `json:"limit"`
	Results int `json:"results"`
	Pages   int `json:"pages"`
}

type table struct {
	Headers []string `json:"headers"`
	All     []any    `json:"all"`
	Rows    [][]any  `json:"rows"`
}

type reportQuery struct {
	Start    int    `json:"start"`
	End      int    `json:"end"`
	Instance any    `json:"instance"`
	Search   any    `json:"search"`
	Sort     string `json:"sort"`
	page
}

type rawQuery struct {
	Sort string `json:"sort"`
	page
}

type errorAnswer struct {
	Error string `json:"error"`
}
