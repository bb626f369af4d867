package soak_test

import (
	"fmt"
	"strconv"
	"time"

	"github.com/signalbox-io/signalbox/services/simulator"
	"github.com/signalbox-io/signalbox/services/simulator/analytics"
	"github.com/signalbox-io/signalbox/services/simulator/anodot"
	"github.com/signalbox-io/signalbox/services/simulator/anomify"
	"github.com/signalbox-io/signalbox/services/simulator/anura"
	"github.com/signalbox-io/signalbox/services/simulator/securereporter"
)

const (
	sites    = 8
	streams  = 4
	networks = 7
	browsers = 3
	alertID  = "6d59552d-7d61-44ae-bf20-2d39555af8c7"
	metric   = "shop.revenue"
	// patternID is of the pattern that the metric looks like now and then.
	patternID = 6
	// lasting is how long a firing or an anomaly goes on.
	lasting = 25 * time.Minute
)

// world is what happens at the vendors, and what the stream must know of it.
type world struct {
	sim *simulator.Server
	// facts are the keys of what happened, see keyOf.
	facts map[string]bool
	// counts are what growing counts stand at, by the prefix of native ids.
	counts map[string]float64
	// pushing are firings that no webhook has taken yet.
	pushing []anodot.Object
	// fired counts the firings, pushed the pushes that both webhooks took, and
	// unpushed those that one of them did not.
	fired, pushed, unpushed int
	// ending are things that end later.
	ending map[time.Time][]func(end time.Time)
	n      int
}

func newWorld(sim *simulator.Server) *world {
	w := &world{sim: sim, facts: map[string]bool{}, counts: map[string]float64{}, ending: map[time.Time][]func(time.Time){}}
	sim.Anodot.AddAlert(anodot.Alert{ID: alertID, Configuration: anodot.Configuration{Title: "Drop", Severity: "high"}})
	for i := range streams {
		sim.Anodot.AddDataStream(anodot.Object{"id": streamID(i), "name": streamID(i), "type": "s3", "paused": false})
		sim.Anodot.SetMetricTotal(streamID(i), 100, 700)
	}
	for name, extended := range map[string]bool{"standard": false, "extended": true} {
		sim.Anodot.AddWebhook(anodot.Webhook{Name: name, URL: "http://127.0.0.1/hooks/anodot/" + hookSecret, Extended: extended})
	}
	sim.Anura.AddInstance(anura.Instance{ID: 7, Name: "Shop"})
	sim.Anomify.AddPattern(anomify.Pattern{ID: patternID, MetricName: metric, Label: "deploy", AnomalyID: 44})
	sim.SecureReporter.AddReport(securereporter.Report{Name: "bots"})
	for i := range sites {
		sim.Analytics.AddSite(analytics.Site{ID: siteID(i), Name: siteID(i), Domain: siteID(i) + ".example.com"})
	}
	return w
}

func streamID(i int) string { return "stream-" + strconv.Itoa(i) }
func siteID(i int) string   { return "site-" + strconv.Itoa(i) }

// minute lets happen what happens at a minute: of each kind one thing every
// few minutes, so that hours hold hundreds of each.
func (w *world) minute(now time.Time) {
	w.n++
	w.end(now)
	now = now.Truncate(time.Second)
	w.row(now)
	w.count(now)
	if w.n%2 == 0 {
		w.verdict(now)
	}
	if w.n%3 == 0 {
		w.fire(now)
		w.anomalyOfAnodot(now)
	}
	if w.n%4 == 0 {
		w.anomalyOfAnomify(now)
		w.match(now)
	}
}

// end ends what is to end until now.
func (w *world) end(now time.Time) {
	for at, ends := range w.ending {
		if at.After(now) {
			continue
		}
		for _, end := range ends {
			end(at)
		}
		delete(w.ending, at)
	}
}

func (w *world) know(source, nativeID, phase string) {
	key := keyOf(source, nativeID, phase)
	if w.facts[key] {
		panic("the world makes " + key + " twice")
	}
	w.facts[key] = true
}

func (w *world) later(now time.Time, end func(end time.Time)) {
	at := now.Add(lasting)
	w.ending[at] = append(w.ending[at], end)
}

func (w *world) verdict(now time.Time) {
	id := fmt.Sprintf("verdict-%d", w.n)
	w.know(sourceAnodot, id+"/"+alertID, "")
	w.sim.Anodot.AddFeedback(anodot.Feedback{
		ID: id, Type: "NOT_INTERESTING", UserName: "ana@example.com", CreatedTime: now.Unix(),
		AnomalyID: anodot.AnomalyLink("d863a79ec48b407a808379facc89df7e", alertID),
		Alerts:    []anodot.FeedbackAlert{{ID: anodot.AlertLink(alertID), AlertName: "Drop", Status: "OPEN"}},
	})
}

func (w *world) fire(now time.Time) {
	id := strconv.Itoa(w.n)
	firing := func(status string, changed time.Time) anodot.Object {
		return anodot.Object{
			"id": "firing-" + id, "alertConfigurationId": alertID, "groupId": "group-" + id, "status": status,
			"severity": "high", "type": "ANOMALY", "title": "Drop", "timeScale": "5m",
			"startTime": now.Unix(), "updateTime": changed.Unix(),
		}
	}
	tell := w.teller()
	native := "group-" + id + "/" + alertID
	w.know(sourceAnodot, native, "open")
	tell(firing("OPEN", now))
	w.later(now, func(end time.Time) {
		w.know(sourceAnodot, native, "closed")
		closed := firing("CLOSE", end)
		closed["endTime"] = end.Unix()
		tell(closed)
	})
}

func (w *world) anomalyOfAnodot(now time.Time) {
	id := fmt.Sprintf("anomaly-%d", w.n)
	add := func(state string, end time.Time) {
		o := anodot.Object{
			"id": id, "state": state, "resolution": "medium", "startDate": now.Unix(), "score": 0.9,
			"metrics": []anodot.Object{{"name": "bots"}},
		}
		if state == "closed" {
			o["endDate"] = end.Unix()
		}
		w.sim.Anodot.AddAnomaly(o)
	}
	w.know(sourceAnodot, id, "open")
	add("open", now)
	w.later(now, func(end time.Time) {
		w.know(sourceAnodot, id, "closed")
		add("closed", end)
	})
}

func (w *world) anomalyOfAnomify(now time.Time) {
	id := int64(1000 + w.n)
	add := func(until time.Time) {
		w.sim.Anomify.AddAnomaly(anomify.Anomaly{ID: id, Metric: metric, Value: 3, Score: 0.9, At: now, Until: until})
	}
	native := strconv.FormatInt(id, 10)
	w.know(sourceAnomify, native, "open")
	add(now)
	w.later(now, func(end time.Time) {
		w.know(sourceAnomify, native, "closed")
		add(end)
	})
}

func (w *world) match(now time.Time) {
	id := int64(w.n)
	w.know(sourceAnomify, "match/"+strconv.FormatInt(id, 10), "closed")
	w.sim.Anomify.AddMatch(anomify.Match{ID: id, PatternID: patternID, Metric: metric, Value: 3, Timestamp: now.Unix()})
}

func (w *world) row(now time.Time) {
	id := "row-" + strconv.Itoa(w.n)
	w.know(sourceReports, "bots/"+id, "")
	w.sim.SecureReporter.AddRow("bots", securereporter.Row{At: now, Columns: map[string]any{
		"id": id, "minute": securereporter.NaiveTime(now), "bots": w.n,
	}})
}

// keyOf names a fact.
func keyOf(source, nativeID, phase string) string { return source + " " + nativeID + " " + phase }
