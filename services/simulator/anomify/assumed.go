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
//   - Every other answer has what was asked for under its own name, lists as
//     arrays. The engine behind the vendor has them as maps by id; ListByID
//     makes them so.
//   - /anomaly/train takes anomaly_id and label, and makes a pending pattern of
//     an anomaly that can be trained on.
//   - An exclusion has a type and a value. Here it keeps nothing out.
//   - /exclusion/test shows the metrics that it would keep out.
//   - /metric/{name}/timeseries has pairs of time and value, yhat a map by time.
//   - Pictures are PNG and the body of the answer; /image/anomaly takes
//     anomaly_id, /image/metric takes metric.
//   - /org/adminalerts reads, and changes where it is a POST with type_…
//     parameters; users in it are comma lists of ids.
//   - A pattern is disabled for good.
const (
	anomaliesLookBack = 24 * time.Hour

	defaultExpirationTime = 3600

	// maxWatchers keeps a client that runs wild from filling the memory.
	maxWatchers = 10_000
)

type anomaliesAnswer struct {
	Anomalies      any   `json:"anomalies"`
	FromTimestamp  int64 `json:"from_timestamp"`
	UntilTimestamp int64 `json:"until_timestamp"`
	Total          int   `json:"total"`
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
	Watchers any `json:"watchers"`
}

type messageAnswer struct {
	Message string `json:"message"`
}

// Point is one point of a series.
type Point struct {
	At    time.Time
	Value float64
}

// Match is one time that a metric looked like a pattern.
type Match struct {
	// ID is unique within the organization.
	ID        int64   `json:"id"`
	MetricID  int     `json:"metric_id"`
	Metric    string  `json:"metric"`
	PatternID int64   `json:"pattern_id"`
	Timestamp int64   `json:"timestamp"`
	Value     float64 `json:"value"`
	// Validated is 0 for no, 1 for yes, 2 for refused.
	Validated int `json:"validated"`
}

// Exclusion keeps metrics out of the analysis.
type Exclusion struct {
	ID               int64  `json:"id"`
	Type             string `json:"type"`
	Value            string `json:"value"`
	CreatedTimestamp int64  `json:"created_timestamp"`
}

type exclusionType struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// metricEntry is a metric in lists, with what they are ordered by.
type metricEntry struct {
	ID            int    `json:"id"`
	Name          string `json:"name"`
	Anomalies     int    `json:"anomalies"`
	LastAnomaly   int64  `json:"last_anomaly_timestamp"`
	LastMatch     int64  `json:"last_match_timestamp"`
	AnomaliesText string `json:"anomalies_string"`
}

// User is a person of the organization.
type User struct {
	ID    int64  `json:"id"`
	OrgID int64  `json:"org_id"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

// Channel is where alerts can go.
type Channel struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
	Type string `json:"type"`
}

// Event is something that happened to the organization.
type Event struct {
	ID        int64  `json:"id"`
	Type      string `json:"type"`
	Timestamp int64  `json:"timestamp"`
}
