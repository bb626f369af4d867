package anomify

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// trainableFor is how long an anomaly can be trained on.
const trainableFor = 30 * 24 * time.Hour

// Anomaly is what a detector found.
type Anomaly struct {
	// ID is unique within the organization. An anomaly of the same id is
	// replaced.
	ID int64
	// Metric may hold any characters.
	Metric string
	Value  float64
	// Score is between 0 and 1.
	Score float64
	// At is when it began, held to the second. Zero means at this moment.
	At time.Time
	// Until is when it was last seen; zero means At.
	Until time.Time
	// ExpectedLower and ExpectedUpper bound the expected values; nil where
	// nothing is known.
	ExpectedLower, ExpectedUpper *float64
}

// AddAnomaly puts an anomaly into the organization.
func (v *Vendor) AddAnomaly(a Anomaly) {
	if a.At.IsZero() {
		a.At = v.now()
	}
	if a.Until.IsZero() {
		a.Until = a.At
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.anomalies[a.ID] = v.entry(a)
}

func (v *Vendor) entry(a Anomaly) anomalyEntry {
	return anomalyEntry{
		ID:              a.ID,
		MetricID:        v.metricID(a.Metric),
		Metric:          a.Metric,
		Value:           a.Value,
		Timestamp:       a.At.Unix(),
		TimestampString: timeString(a.At.UTC()),
		UntilTimestamp:  a.Until.Unix(),
		Score:           a.Score,
		Training: training{
			Trainable:               true,
			TrainableStatus:         "trainable",
			TrainableUntilTimestamp: a.At.Add(trainableFor).Unix(),
		},
		Patterns:            []int{},
		Positive:            a.ExpectedUpper != nil && a.Value > *a.ExpectedUpper,
		ExpectedRangeLower:  a.ExpectedLower,
		ExpectedRangeUpper:  a.ExpectedUpper,
		ExpectedLowerString: numberString(a.ExpectedLower),
		ExpectedUpperString: numberString(a.ExpectedUpper),
		PendingPatterns:     []int{},
	}
}

func numberString(n *float64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatFloat(*n, 'f', -1, 64)
}

// timeString writes a time as the vendor's *_string fields do.
func timeString(t time.Time) string {
	return t.Format("Mon 02 Jan 2006 @ 15:04 (MST)")
}

func (v *Vendor) listAnomalies(w http.ResponseWriter, r *http.Request) {
	asked := parameters(r)
	now := v.now()
	from, fromOK := timestamp(asked, "from_timestamp", now.Add(-anomaliesLookBack).Unix())
	until, untilOK := timestamp(asked, "until_timestamp", now.Unix())
	if !fromOK || !untilOK || from > until {
		v.reject(w, http.StatusBadRequest, "from_timestamp and until_timestamp must be unix timestamps in this order")
		return
	}
	found := v.anomaliesBetween(span{from, until}, asked.Get("metric"))
	v.answer(w, "", http.StatusOK, anomaliesAnswer{
		Anomalies:      listed(v, found),
		FromTimestamp:  from,
		UntilTimestamp: until,
		Total:          len(found),
	})
}

func (v *Vendor) anomaliesBetween(asked span, metric string) []anomalyEntry {
	v.mu.Lock()
	defer v.mu.Unlock()
	found := []anomalyEntry{}
	for _, a := range v.anomalies {
		if a.Timestamp >= asked.from && a.Timestamp <= asked.until && (metric == "" || a.Metric == metric) {
			found = append(found, a)
		}
	}
	slices.SortFunc(found, func(a, b anomalyEntry) int {
		return cmp.Or(cmp.Compare(a.Timestamp, b.Timestamp), cmp.Compare(a.ID, b.ID))
	})
	return found
}

func (v *Vendor) getAnomaly(w http.ResponseWriter, r *http.Request) {
	id, ok := v.pathID(w, r)
	if !ok {
		return
	}
	found, ok := v.anomaly(id)
	if !ok {
		v.reject(w, http.StatusNotFound, "there is no such anomaly")
		return
	}
	v.showAnomaly(w, found)
}

func (v *Vendor) showAnomaly(w http.ResponseWriter, a anomalyEntry) {
	v.answer(w, "", http.StatusOK, anomalyAnswer{
		Anomaly:         a,
		AnomalyGraphURL: "https://api.anomify.ai/image/anomaly?anomaly_id=" + strconv.FormatInt(a.ID, 10),
	})
}

func (v *Vendor) lookupAnomaly(w http.ResponseWriter, r *http.Request) {
	asked := parameters(r)
	at, ok := timestamp(asked, "timestamp", -1)
	if !ok || at < 0 || asked.Get("metric") == "" {
		v.reject(w, http.StatusBadRequest, "metric and timestamp are required")
		return
	}
	found := v.anomaliesBetween(span{at, at}, asked.Get("metric"))
	if len(found) == 0 {
		v.reject(w, http.StatusNotFound, "there is no such anomaly")
		return
	}
	v.showAnomaly(w, found[0])
}

func (v *Vendor) anomaly(id int64) (anomalyEntry, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	found, ok := v.anomalies[id]
	return found, ok
}
