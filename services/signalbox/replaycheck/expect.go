package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/signalbox-io/signalbox/services/simulator/replay"
)

// Names of the configured sources.
const (
	sourceAnodot    = "anodot-prod"
	sourceAnomify   = "anomify-prod"
	sourceAnura     = "anura-main"
	sourceReports   = "reports"
	sourceAnalytics = "website"
)

// expected is what the stream must hold.
type expected struct {
	// facts are in the order of the files.
	facts []fact
	// counters are by the name that [counterName] gives their events.
	counters map[string][]step
	// counts is how many facts each file gives.
	counts map[replay.File]int
	// sites are those of the minutes.
	sites []string
	// dislikes is how many verdicts the rule decides on.
	dislikes int
}

// disliked is the verdict that the rule decides on.
const disliked = "NOT_INTERESTING"

// readExpected reads what the slice of the files must become.
func readExpected(dir string, part slice) (expected, error) {
	want := expected{counters: map[string][]step{}, counts: map[replay.File]int{}}
	for _, file := range []replay.File{replay.Anomalies, replay.SiteAnomalies, replay.Feedback, replay.InvalidTraffic} {
		records, err := readRecords(dir, file, part)
		if err != nil {
			return want, err
		}
		want.counts[file] = len(records)
		for _, r := range records {
			want.facts = append(want.facts, factOf(file, r, part.clock(file)))
			if r.Verdict == disliked {
				want.dislikes++
			}
		}
		if file == replay.InvalidTraffic {
			want.countBots(records, part.clock(file))
		}
	}
	minutes, err := readMinutes(dir, part)
	if err != nil {
		return want, err
	}
	want.counts[replay.TrafficMinute] = len(minutes)
	want.countMinutes(minutes, part.clock(replay.TrafficMinute))
	return want, nil
}

func factOf(file replay.File, r record, clock replay.Clock) fact {
	var f fact
	switch file {
	case replay.Feedback:
		f = feedbackFact(r, clock)
	case replay.InvalidTraffic:
		f = botMinuteFact(r, clock)
	default:
		f = anomalyFact(file, r, clock)
	}
	f.from = fmt.Sprintf("%s:%d", file, r.Line)
	return f
}

func anomalyFact(file replay.File, r record, clock replay.Clock) fact {
	at := stamp(time.Unix(clock.WallSeconds(r.TS), 0))
	id := strconv.FormatInt(replay.AnomalyID(file, r.Line), 10)
	return fact{source: sourceAnomify, id: id + " open", fields: map[string]string{
		"kind": "anomaly", "vendor": "anomify", "native_id": id, "anomaly_id": id,
		"occurred_at": at, "started_at": at, "entity": "metric:" + r.Metric, "metric": r.Metric,
		"value": number(r.Value), "score": number(r.Score),
	}}
}

func feedbackFact(r record, clock replay.Clock) fact {
	alert := replay.AlertID(r.Alert)
	id := replay.FeedbackID(r.ID) + "/" + alert
	return fact{source: sourceAnodot, id: id, fields: map[string]string{
		"kind": "feedback", "vendor": "anodot", "native_id": id,
		"occurred_at": stamp(time.Unix(clock.WallSeconds(r.TS), 0)), "entity": "alert:" + alert,
		"verdict": r.Verdict, "user": r.User + "@example.com", "alert_id": alert, "alert_title": r.Alert,
		"anomaly_id": replay.AnomalyHex(r.AnomalyID),
	}}
}

// botMinuteFact has the time that the report shows, which is naive and holds
// microseconds.
func botMinuteFact(r record, clock replay.Clock) fact {
	id := replay.BotMinutes + "/" + r.ID
	return fact{source: sourceReports, id: id, fields: map[string]string{
		"kind": "traffic", "vendor": "secure_reporter", "native_id": id,
		"occurred_at": stamp(clock.Wall(r.TS).UTC().Truncate(time.Microsecond)), "entity": "site:" + r.Site,
		"label site": r.Site, "measure requests": number(r.Total), "measure invalid": number(r.Invalid),
		"measure invalid_ratio": number(r.Share),
	}}
}

// countBots adds a counter for each campaign and day, as Anura has them.
func (e *expected) countBots(records []record, clock replay.Clock) {
	for _, r := range records {
		at := clock.Wall(r.TS)
		day := at.UTC().Format("20060102")
		name := counterName(sourceAnura, fmt.Sprintf("%d/%s/%s", replay.Instance, r.Site, day), "campaign:"+r.Site)
		suspect, requests := r.Invalid, r.Total
		if steps := e.counters[name]; len(steps) > 0 {
			before := steps[len(steps)-1].counts
			suspect, requests = suspect+before["suspect"], requests+before["requests"]
		}
		e.counters[name] = append(e.counters[name], step{at: at, counts: map[string]float64{
			"requests": requests, "suspect": suspect, "invalid": suspect, "invalid_ratio": suspect / requests,
		}})
	}
}

// countMinutes adds two counters for each site. Both are 0 before the first
// minute.
func (e *expected) countMinutes(minutes []minute, clock replay.Clock) {
	for _, m := range minutes {
		stats := counterName(sourceAnalytics, m.site+"/stats/7d", "site:"+m.site)
		present := counterName(sourceAnalytics, m.site+"/realtime", "site:"+m.site)
		if len(e.counters[stats]) == 0 {
			e.sites = append(e.sites, m.site)
			e.counters[stats] = []step{{counts: statsCounts(0, 0)}}
			e.counters[present] = []step{{counts: map[string]float64{"active_visitors": 0}}}
		}
		before := e.counters[stats][len(e.counters[stats])-1].counts
		at := clock.Wall(m.at)
		e.counters[stats] = append(e.counters[stats],
			step{at: at, counts: statsCounts(before["visitors"]+m.browser, before["pageviews"]+m.requests)})
		e.counters[present] = append(e.counters[present],
			step{at: at, counts: map[string]float64{"active_visitors": m.browser}})
		e.countViews(m, at)
	}
}

// countViews adds a counter for each site and day, which the vendor has only
// once there was a view.
func (e *expected) countViews(m minute, at time.Time) {
	name := counterName(sourceAnalytics, m.site+pageviewsOf+at.UTC().Format(time.DateOnly), "site:"+m.site)
	views := m.requests
	if steps := e.counters[name]; len(steps) > 0 {
		views += steps[len(steps)-1].counts["day_pageviews"]
	}
	if views > 0 {
		e.counters[name] = append(e.counters[name], step{at: at, counts: map[string]float64{"day_pageviews": views}})
	}
}

// pageviewsOf stands between the site and the day in what names page views.
const pageviewsOf = "/pageviews/"

// statsCounts has the two figures that the files know nothing of.
func statsCounts(visitors, pageviews float64) map[string]float64 {
	return map[string]float64{
		"visitors": visitors, "pageviews": pageviews, "bounce_ratio": 0, "average_duration_seconds": 0,
	}
}

// counterName names a running counter by what its events have in common.
func counterName(source, figure, entity string) string {
	return source + " " + figure + " of " + entity
}
