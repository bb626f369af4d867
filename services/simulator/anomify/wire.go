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
