package soak_test

import (
	"net/url"
	"strconv"
	"time"

	"github.com/signalbox-io/signalbox/services/simulator/analytics"
	"github.com/signalbox-io/signalbox/services/simulator/anura"
)

// count lets every count grow.
func (w *world) count(now time.Time) {
	w.traffic(now)
	site := w.n % sites
	w.sim.Analytics.AddHits(siteID(site), now, analytics.Hits{
		Visitors: 2, Pageviews: 5, Seconds: 60, Pages: map[string]int{"/": 5}, Events: map[string]int{"signup": 1},
	})
	w.sim.Analytics.SetRealtime(siteID(site), analytics.Realtime{ActiveVisitors: w.n % 50})
	w.counts[keyOf(sourceAnalytics, siteID(site)+"/stats/", "")] += 5
	w.counts[keyOf(sourceAnalytics, siteID(site)+"/pageviews/", "")] += 5
	w.counts[keyOf(sourceAnalytics, siteID(site)+"/events/", "")]++
	w.sim.Anodot.SetMetricTotal(streamID(w.n%streams), 100+w.n, 700+w.n)
	w.counts[keyOf(sourceAnodot, "stream/"+streamID(w.n%streams)+"/", "")] = float64(100 + w.n)
}

// traffic lets what Anura counts grow: the whole, and one row of each table.
func (w *world) traffic(now time.Time) {
	place := anura.Place{Instance: 7, Source: "ads", Campaign: "sale"}
	network, browser := "AS "+strconv.Itoa(w.n%networks), "Browser/"+strconv.Itoa(w.n%browsers)
	w.sim.Anura.AddTraffic(place, anura.Detail{Network: network}, now, anura.Counts{NonSuspect: 8, Suspect: 2})
	w.sim.Anura.AddScript(place, anura.Detail{Browser: browser}, now, anura.ScriptCounts{Good: 3, Warn: 1, Bad: 2, Unanswered: 1})
	w.counts[keyOf(sourceAnura, "7/", "")] += 10
	w.counts[keyOf(sourceAnura, "direct/networks:7/"+url.PathEscape(network)+"/", "")] += 10
	w.counts[keyOf(sourceAnura, "script:7/", "")] += 7
	w.counts[keyOf(sourceAnura, "script/browsers:7/"+url.PathEscape(browser)+"/", "")] += 7
}
