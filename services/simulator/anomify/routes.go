package anomify

import "net/http"

func (v *Vendor) routeAnomalies() {
	v.mux.HandleFunc("/ping", v.fetch(v.ping))
	v.mux.HandleFunc("/status", v.fetch(v.status))
	v.read("/anomalies", v.listAnomalies)
	v.read("/anomaly/lookup", v.lookupAnomaly)
	v.read("/anomaly/{id}", v.getAnomaly)
	v.write("/anomaly/train", v.trainAnomaly)
	v.read("/image/anomaly", v.anomalyImage)
	v.read("/watchers/list", v.listWatchers)
	v.read("/watchers/chips", v.listChips)
	v.write("/watcher/create", v.createWatcher)
	v.write("/watcher/{id}/update", v.updateWatcher)
	v.write("/watcher/{id}/delete", v.deleteWatcher)
	v.write("/watcher/{id}/undelete", v.undeleteWatcher)
	v.write("/exclusion/add", v.addExclusion)
	v.write("/exclusion/delete", v.deleteExclusion)
	v.read("/exclusion/list", v.listExclusions)
	v.read("/exclusion/test", v.testExclusion)
	v.read("/exclusion/types", v.listExclusionTypes)
}

func (v *Vendor) routeMetrics() {
	v.read("/metric/{name}", v.getMetric)
	v.read("/metric/{name}/anomalies", v.metricAnomalies)
	v.read("/metric/{name}/anomalysummary", v.anomalySummary)
	v.read("/metric/{name}/bundle", v.metricBundle)
	v.read("/metric/{name}/graph", v.metricGraph)
	v.read("/metric/{name}/patterns", v.metricPatterns)
	v.read("/metric/{name}/timeseries", v.metricSeries)
	v.read("/metric/{name}/yhat", v.metricYhat)
	v.read("/image/metric", v.metricImage)
	v.read("/metrics", v.listMetrics(byName))
	v.read("/metrics/mostanomalous", v.listMetrics(byAnomalies))
	v.read("/metrics/mostrecentlyanomalous", v.listMetrics(byLastAnomaly))
	v.read("/metrics/mostrecentlymatched", v.listMetrics(byLastMatch))
}

func (v *Vendor) routePatterns() {
	v.read("/match/{id}", v.getMatch)
	v.read("/match/{id}/graph", v.matchGraph)
	v.read("/match/{id}/motif/graph", v.matchGraph)
	v.read("/pattern/{id}", v.getPattern)
	v.write("/pattern/{id}/disable", v.disablePattern)
	v.read("/pattern/{id}/matches", v.patternMatches)
	v.read("/pattern/{id}/timeseries", v.patternSeries)
	v.read("/patterns/pending", v.pendingPatterns)
}

func (v *Vendor) routeOrganization() {
	v.read("/org/info", v.orgInfo)
	v.read("/org/summary", v.orgSummary)
	v.read("/org/users", v.listUsers)
	v.read("/org/channels", v.listChannels)
	v.read("/org/events", v.listEvents)
	v.read("/org/graph", v.orgGraph)
	v.read("/org/adminalerts", v.adminAlerts)
	v.read("/org/adminalert/{code}", v.getAdminAlert)
}

func (v *Vendor) read(path string, handler http.HandlerFunc) {
	v.mux.HandleFunc(path, v.authorized(v.fetch(handler)))
}

func (v *Vendor) write(path string, handler http.HandlerFunc) {
	v.mux.HandleFunc(path, v.authorized(v.change(handler)))
}

// fetch lets through the methods that may read.
func (v *Vendor) fetch(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodPost {
			v.Fail(w, http.StatusMethodNotAllowed)
			return
		}
		next(w, r)
	}
}

// change lets through the method that may write.
func (v *Vendor) change(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			v.Fail(w, http.StatusMethodNotAllowed)
			return
		}
		next(w, r)
	}
}

func (v *Vendor) ping(w http.ResponseWriter, r *http.Request) {
	v.answer(w, v.sessionFor(w, r), http.StatusOK, pingAnswer{Ping: "pong"})
}

func (v *Vendor) status(w http.ResponseWriter, r *http.Request) {
	v.answer(w, v.sessionFor(w, r), http.StatusOK, struct{}{})
}
