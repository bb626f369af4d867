package anomify

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
)

// AddMetric makes a metric known; anomalies and series do so too.
func (v *Vendor) AddMetric(name string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.metricID(name)
}

// metricID returns the metric's id and makes it known. The caller holds the
// lock.
func (v *Vendor) metricID(name string) int {
	id, known := v.metricIDs[name]
	if !known {
		id = len(v.metricIDs) + 1
		v.metricIDs[name] = id
	}
	return id
}

// The orders of the lists of metrics: less comes first.

func byName(a, b metricEntry) int { return cmp.Compare(a.Name, b.Name) }

func byAnomalies(a, b metricEntry) int { return cmp.Compare(b.Anomalies, a.Anomalies) }

func byLastAnomaly(a, b metricEntry) int { return cmp.Compare(b.LastAnomaly, a.LastAnomaly) }

func byLastMatch(a, b metricEntry) int { return cmp.Compare(b.LastMatch, a.LastMatch) }

func (v *Vendor) listMetrics(order func(a, b metricEntry) int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		metrics := v.metrics()
		slices.SortFunc(metrics, func(a, b metricEntry) int { return cmp.Or(order(a, b), byName(a, b)) })
		v.show(w, "metrics", listed(v, metrics))
	}
}

// metrics returns all metrics, in no order.
func (v *Vendor) metrics() []metricEntry {
	v.mu.Lock()
	defer v.mu.Unlock()
	byMetric := map[string]*metricEntry{}
	for name, id := range v.metricIDs {
		byMetric[name] = &metricEntry{ID: id, Name: name}
	}
	for _, a := range v.anomalies {
		entry := byMetric[a.Metric]
		entry.Anomalies++
		entry.LastAnomaly = max(entry.LastAnomaly, a.Timestamp)
	}
	for _, m := range v.matches {
		byMetric[m.Metric].LastMatch = max(byMetric[m.Metric].LastMatch, m.Timestamp)
	}
	metrics := make([]metricEntry, 0, len(byMetric))
	for _, entry := range byMetric {
		entry.AnomaliesText = strconv.Itoa(entry.Anomalies) + " anomalies"
		metrics = append(metrics, *entry)
	}
	return metrics
}

// metric returns the metric of the path, or answers that there is none.
func (v *Vendor) metric(w http.ResponseWriter, name string) (metricEntry, bool) {
	for _, entry := range v.metrics() {
		if entry.Name == name {
			return entry, true
		}
	}
	v.reject(w, http.StatusNotFound, "there is no such metric")
	return metricEntry{}, false
}

func (v *Vendor) getMetric(w http.ResponseWriter, r *http.Request) {
	if entry, ok := v.metric(w, r.PathValue("name")); ok {
		v.show(w, "metric", entry)
	}
}

func (v *Vendor) metricPatterns(w http.ResponseWriter, r *http.Request) {
	if entry, ok := v.metric(w, r.PathValue("name")); ok {
		v.show(w, "patterns", listed(v, v.patternsWhere(func(p Pattern) bool { return p.MetricName == entry.Name })))
	}
}

// span is a span of time in unix seconds, both ends included.
type span struct{ from, until int64 }

// window reads a span of time that is all of it where nothing is asked for.
func (v *Vendor) window(w http.ResponseWriter, r *http.Request) (span, bool) {
	asked := parameters(r)
	from, fromOK := timestamp(asked, "from_timestamp", 0)
	until, untilOK := timestamp(asked, "until_timestamp", v.now().Unix())
	ok := fromOK && untilOK && from <= until
	if !ok {
		v.reject(w, http.StatusBadRequest, "from_timestamp and until_timestamp must be unix timestamps in this order")
	}
	return span{from, until}, ok
}

// metricWindow reads a call about a span of time of the metric in the path.
func (v *Vendor) metricWindow(w http.ResponseWriter, r *http.Request) (metricEntry, span, bool) {
	metric, ok := v.metric(w, r.PathValue("name"))
	if !ok {
		return metricEntry{}, span{}, false
	}
	asked, ok := v.window(w, r)
	return metric, asked, ok
}

func (v *Vendor) metricAnomalies(w http.ResponseWriter, r *http.Request) {
	if metric, asked, ok := v.metricWindow(w, r); ok {
		v.answer(w, "", http.StatusOK, map[string]any{
			"metric": metric.Name, "anomalies": listed(v, v.anomaliesBetween(asked, metric.Name)),
		})
	}
}

func (v *Vendor) anomalySummary(w http.ResponseWriter, r *http.Request) {
	if metric, asked, ok := v.metricWindow(w, r); ok {
		v.answer(w, "", http.StatusOK, map[string]any{
			"metric": metric.Name, "total": len(v.anomaliesBetween(asked, metric.Name)),
			"from_timestamp": asked.from, "until_timestamp": asked.until,
		})
	}
}

func (v *Vendor) metricBundle(w http.ResponseWriter, r *http.Request) {
	if metric, asked, ok := v.metricWindow(w, r); ok {
		v.answer(w, "", http.StatusOK, map[string]any{
			"metric": metric, "anomalies": listed(v, v.anomaliesBetween(asked, metric.Name)),
			"timeseries": pairs(v.pointsBetween(metric.Name, asked)),
		})
	}
}
