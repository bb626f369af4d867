package anura

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
//   - The overview has a chart only if it is asked for.
//   - A form's boolean is 1 or 0; other values are ignored.
//   - There is no rate limit.
const (
	rollingDays         = 7
	overviewRollingDays = 31

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

type overviewAnswer struct {
	Total total   `json:"total"`
	Chart [][]any `json:"chart,omitempty"`
}

type total struct {
	NonSuspect int `json:"nonsuspect"`
	Suspect    int `json:"suspect"`
	Mobile     int `json:"mobile"`
}

type errorAnswer struct {
	Error string `json:"error"`
}
