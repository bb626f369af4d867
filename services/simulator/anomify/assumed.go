package anomify

import "time"

// The documentation leaves these questions open. What is assumed:
//
//   - /anomalies takes from_timestamp and until_timestamp (unix seconds, both
//     included) and metric (exact), from the query, a form, or the "data"
//     object of a JSON body. Without a start it looks back one day. It answers
//     the objects of /anomaly/{id} in a list, oldest first, without pages.
//   - /watcher/create takes the form of the public "threshold watcher"; name
//     and chips are required. A name may be used twice. Creating, updating,
//     deleting and undeleting are POST only, anything else is 405.
//   - /watchers/list shows deleted watchers too, marked as such.
//   - /ping and /status answer without a credential.
//   - An error's HTTP status equals status.code, and data.message explains it.
//   - An unauthorized call is 401 and is given a session, which by itself
//     grants nothing.
//   - There is no rate limit.
const (
	anomaliesLookBack = 24 * time.Hour

	defaultExpirationTime = 3600

	// maxWatchers keeps a client that runs wild from filling the memory.
	maxWatchers = 10_000
)

type anomaliesAnswer struct {
	Anomalies      []anomalyEntry `json:"anomalies"`
	FromTimestamp  int64          `json:"from_timestamp"`
	UntilTimestamp int64          `json:"until_timestamp"`
	Total          int            `json:"total"`
}

// Watcher is a watcher as the API lists it.
type Watcher struct {
	ID    int64    `json:"id"`
	Name  string   `json:"name"`
	Chips []string `json:"chips"`
	Alert bool     `json:"alert"`
	// ExpirationTime is in seconds.
	ExpirationTime int64 `json:"expiration_time"`
	Deleted        bool  `json:"deleted"`
	// CreatedTimestamp is in unix seconds.
	CreatedTimestamp int64 `json:"created_timestamp"`
}

type watcherAnswer struct {
	Watcher Watcher `json:"watcher"`
}

type watchersAnswer struct {
	Watchers []Watcher `json:"watchers"`
}

type messageAnswer struct {
	Message string `json:"message"`
}
