package anomify

// envelope is the form of every answer.
type envelope struct {
	Status status `json:"status"`
	Data   any    `json:"data"`
}

// status is the first half of the envelope. Times are unix seconds, durations
// seconds.
type status struct {
	CreatedTimestamp         int64           `json:"created_timestamp"`
	CreatedString            string          `json:"created_string"`
	Duration                 float64         `json:"duration"`
	Language                 string          `json:"language"`
	Timezone                 timezone        `json:"timezone"`
	Code                     int             `json:"code"`
	OldestCachedComponentAge int             `json:"oldest_cached_component_age"`
	SessionID                string          `json:"session_id,omitempty"`
	OrgOnboardingStatusID    int             `json:"org_onboarding_status_id"`
	APIHost                  string          `json:"api_host"`
	UserOnboardingFlags      map[string]bool `json:"user_onboarding_flags"`
}

type timezone struct {
	TimezoneType int    `json:"timezone_type"`
	Timezone     string `json:"timezone"`
}

// anomalyEntry is an anomaly as GET /anomaly/{id} shows it.
type anomalyEntry struct {
	ID                  int64    `json:"id"`
	MetricID            int      `json:"metric_id"`
	Metric              string   `json:"metric"`
	Value               float64  `json:"value"`
	Timestamp           int64    `json:"timestamp"`
	TimestampString     string   `json:"timestamp_string"`
	UntilTimestamp      int64    `json:"until_timestamp"`
	Score               float64  `json:"score"`
	Training            training `json:"training"`
	Patterns            []int    `json:"patterns"`
	Positive            bool     `json:"positive"`
	ExpectedRangeLower  *float64 `json:"expected_range_lower"`
	ExpectedRangeUpper  *float64 `json:"expected_range_upper"`
	ExpectedLowerString string   `json:"expected_range_lower_string"`
	ExpectedUpperString string   `json:"expected_range_upper_string"`
	PendingPatterns     []int    `json:"pending_patterns"`
}

type training struct {
	Trainable               bool   `json:"trainable"`
	TrainableStatus         string `json:"trainable_status"`
	TrainableUntilTimestamp int64  `json:"trainable_until_timestamp"`
}

type anomalyAnswer struct {
	Anomaly         anomalyEntry `json:"anomaly"`
	AnomalyGraphURL string       `json:"anomaly_graph_url"`
}

type pingAnswer struct {
	Ping string `json:"ping"`
}

// Pattern is a pattern as GET /pattern/{id} shows it. Its duration is in
// seconds.
type Pattern struct {
	// ID is unique within the organization.
	ID               int64   `json:"id"`
	ParentID         *int64  `json:"parent_id"`
	GroupID          *int64  `json:"group_id"`
	CreatorType      string  `json:"creator_type"`
	CreatorUserID    *int64  `json:"creator_user_id"`
	CreatorUserName  string  `json:"creator_user_display_name"`
	MetricID         int     `json:"metric_id"`
	MetricName       string  `json:"metric_name"`
	Duration         int64   `json:"duration"`
	DurationString   string  `json:"duration_string"`
	AnomalyTimestamp int64   `json:"anomaly_timestamp"`
	CreatedTimestamp int64   `json:"created_timestamp"`
	CreatedString    string  `json:"created_string"`
	Enabled          bool    `json:"enabled"`
	Origin           string  `json:"origin"`
	Layers           []int   `json:"layers"`
	Checks           int     `json:"checks"`
	Matches          int     `json:"matches"`
	MatchRate        string  `json:"match_rate"`
	MatchRateString  string  `json:"match_rate_string"`
	LastMatch        int64   `json:"last_match_timestamp"`
	LastMatchString  string  `json:"last_match_string"`
	Label            string  `json:"label"`
	Positive         bool    `json:"positive"`
	AnomalyID        int64   `json:"anomaly_id"`
	AnomalyValue     float64 `json:"anomaly_value"`
	Deletable        bool    `json:"deletable"`
	GraphURL         string  `json:"graph_url"`

	// Pending says that it is not matched yet; the vendor does not show it.
	Pending bool `json:"-"`
}

// AdminAlert is an alert about the organization as GET /org/adminalerts shows
// it.
type AdminAlert struct {
	ID                int64             `json:"id"`
	Name              string            `json:"name"`
	WaitSeconds       int64             `json:"wait_seconds"`
	ExpirationSeconds int64             `json:"expiration_seconds"`
	Enabled           bool              `json:"enabled"`
	Alerts            []AdminAlertRoute `json:"alerts"`
}

// AdminAlertRoute is one way in which an admin alert is sent.
type AdminAlertRoute struct {
	Method string `json:"method"`
	Ref    string `json:"ref"`
	User   *User  `json:"user,omitempty"`
}
