package anodot

import "encoding/json"

// Alert is an alert configuration as GET /api/v2/alerts lists it.
type Alert struct {
	ID            string        `json:"id"`
	Meta          Meta          `json:"meta"`
	Configuration Configuration `json:"configuration"`
	State         State         `json:"state"`
	Validation    Validation    `json:"validation"`
}

// Meta says who made an alert, and when. Times are epoch seconds.
type Meta struct {
	CreatedTime             int64  `json:"createdTime"`
	ModifiedTime            int64  `json:"modifiedTime"`
	CreatedBy               string `json:"createdBy"`
	ModifiedBy              string `json:"modifiedBy"`
	CreatorID               string `json:"creatorId"`
	ModifierID              string `json:"modifierId"`
	AssociatedDashboardTile *Tile  `json:"associatedDashboardTile"`
}

// Tile is the dashboard tile that an alert belongs to.
type Tile struct {
	DashboardID string `json:"dashboardId"`
	TileID      string `json:"tileId"`
}

// Configuration is what an alert watches and whom it tells.
type Configuration struct {
	TimeScale        string           `json:"timeScale"`
	Type             []string         `json:"type"`
	Title            string           `json:"title"`
	Owner            string           `json:"owner"`
	Description      string           `json:"description"`
	Search           Search           `json:"search"`
	Severity         string           `json:"severity"`
	IsOnlyOpen       bool             `json:"isOnlyOpen"`
	Channels         []string         `json:"channels"`
	Subscribers      []string         `json:"subscribers"`
	Conditions       []map[string]any `json:"conditions"`
	CorrelatedEvents CorrelatedEvents `json:"correlatedEvents"`
	// Extra holds what a configuration has beside these fields.
	Extra map[string]json.RawMessage `json:"-"`
}

// Search is the query whose metrics an alert watches.
type Search struct {
	Type        string     `json:"type"`
	Expression  Expression `json:"expression"`
	CompositeID string     `json:"compositeId,omitempty"`
}

// Expression is a list of terms that must all hold.
type Expression struct {
	Expression []Term `json:"expression"`
}

// Term is one condition on a metric's properties.
type Term struct {
	Type    string `json:"type"`
	Key     string `json:"key"`
	Value   string `json:"value"`
	IsExact bool   `json:"isExact"`
}

// CorrelatedEvents says which user events an alert shows.
type CorrelatedEvents struct {
	Query Expression `json:"query"`
}

// State is whether an alert runs. Times are epoch seconds.
type State struct {
	State      string  `json:"state"`
	ResumeTime *int64  `json:"resumeTime"`
	PausedTime *int64  `json:"pausedTime"`
	PausedBy   *string `json:"pausedBy"`
	PausedID   *string `json:"pausedId"`
}

// Validation says whether an alert's configuration is sound.
type Validation struct {
	IsValid bool      `json:"isValid"`
	General []Problem `json:"general"`
}

// Problem is one fault of a configuration.
type Problem struct {
	ID      int    `json:"id"`
	Message string `json:"message"`
}

// Feedback is one person's verdict on an anomaly that fired alerts.
type Feedback struct {
	ID string `json:"id"`
	// Type is GOOD_CATCH, or NOT_INTERESTING in one of its spellings.
	Type    string `json:"type"`
	Comment string `json:"comment,omitempty"`
	// CreatedTime is in epoch seconds.
	CreatedTime int64  `json:"createdTime"`
	UserName    string `json:"userName"`
	// AnomalyID is a link to the anomaly, see [AnomalyLink].
	AnomalyID string          `json:"anomalyId"`
	Alerts    []FeedbackAlert `json:"alerts"`
}

// FeedbackAlert is an alert that the judged anomaly fired.
type FeedbackAlert struct {
	// ID is a link to the alert's settings, see [AlertLink].
	ID string `json:"Id"`
	// EmailID is the first five characters of the anomaly's id.
	EmailID   string `json:"emailId"`
	AlertName string `json:"alertName"`
	// StartTime and EndTime are epoch seconds; an open alert has no end.
	StartTime int64 `json:"startTime"`
	EndTime   int64 `json:"endTime,omitempty"`
	// Status is OPEN or CLOSE.
	Status     string `json:"status"`
	AlertOwner string `json:"alertOwner"`
}

type feedbacksAnswer struct {
	Total     int        `json:"total"`
	Feedbacks []Feedback `json:"feedbacks"`
}

// errorsAnswer is the reference's error format; index and error are numbers in
// real answers.
type errorsAnswer struct {
	Errors []errorEntry `json:"errors"`
}

type errorEntry struct {
	Index       *int   `json:"index"`
	Error       int    `json:"error"`
	Description string `json:"description"`
}

// httpError is the second error format, which the reference shows for a data
// stream that does not exist.
type httpError struct {
	Path           string  `json:"path"`
	Message        string  `json:"message"`
	AdditionalInfo *string `json:"additionalInfo"`
	Name           string  `json:"name"`
	AndtErrorCode  int     `json:"andtErrorCode"`
	Status         int     `json:"status"`
}
