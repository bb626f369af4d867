package anomify

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/signalbox-io/signalbox/services/simulator/record"
)

// The actions that an effect can name, besides those of watchers.
const (
	TrainAnomaly      = "train_anomaly"
	DisablePattern    = "disable_pattern"
	AddExclusion      = "add_exclusion"
	DeleteExclusion   = "delete_exclusion"
	UpdateAdminAlerts = "update_admin_alerts"
)

// trainedSpan is how much data before an anomaly a pattern of it covers, in
// seconds.
const trainedSpan = 24 * 60 * 60

// maxPatterns keeps a client that runs wild from filling the memory.
const maxPatterns = 10_000

func (v *Vendor) effect(action, id, name string, changed bool) {
	v.log.AddEffect(record.Effect{Time: v.now(), Vendor: Name, Action: action, ID: id, Name: name, Changed: changed})
}

// trainAnomaly makes a pending pattern of an anomaly.
func (v *Vendor) trainAnomaly(w http.ResponseWriter, r *http.Request) {
	asked := parameters(r)
	id, err := strconv.ParseInt(asked.Get("anomaly_id"), 10, 64)
	if err != nil {
		v.reject(w, http.StatusBadRequest, "anomaly_id must be a number")
		return
	}
	a, ok := v.anomaly(id)
	switch {
	case !ok:
		v.reject(w, http.StatusNotFound, "there is no such anomaly")
		return
	case v.now().Unix() > a.Training.TrainableUntilTimestamp:
		v.reject(w, http.StatusBadRequest, "the anomaly cannot be trained on any more")
		return
	}
	p, ok := v.patternOf(a, asked.Get("label"))
	if !ok {
		v.reject(w, http.StatusForbidden, "the organization has too many patterns")
		return
	}
	v.effect(TrainAnomaly, asked.Get("anomaly_id"), p.Label, true)
	v.show(w, "pattern", p)
}

func (v *Vendor) patternOf(a anomalyEntry, label string) (Pattern, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.patterns) >= maxPatterns {
		return Pattern{}, false
	}
	id := int64(1)
	for _, p := range v.patterns {
		id = max(id, p.ID+1)
	}
	p := Pattern{
		ID: id, CreatorType: "user", MetricID: a.MetricID, MetricName: a.Metric,
		Duration: trainedSpan, DurationString: "1 day", AnomalyTimestamp: a.Timestamp,
		CreatedTimestamp: v.now().Unix(), CreatedString: timeString(v.now().UTC()),
		Enabled: true, Origin: "trained", Layers: []int{}, MatchRate: "0%", MatchRateString: "0 of 0",
		Label: label, Positive: a.Positive, AnomalyID: a.ID, AnomalyValue: a.Value, Deletable: true, Pending: true,
	}
	v.patterns = append(v.patterns, p)
	a.PendingPatterns = append(slices.Clone(a.PendingPatterns), int(id))
	v.anomalies[a.ID] = a
	return p, true
}
