// Package story has what happens in the stories of the harness, and what is due
// because of it: by the words of the rules alone, not by asking the product.
package story

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/event"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/signalbox/torture/judge"
)

// The sources of a story's events.
const (
	SourceAnodot  = "anodot-prod"
	SourceAnomify = "anomify-prod"
)

// rulesFile has the rules of every story. A verdict pauses its alert for `short`, one with the
// comment "longer" for `long` too, so that two rules hold the lease and the
// longer one decides. One with another comment is judged by the rule of that name alone.
// An anomaly of a high score makes a watcher and tells of it; where its metric
// begins with "timed", the watcher and an exclusion last for `short`, and where it
// begins with "once", everything else that a rule can do at a vendor is done, three
// changes of one watcher among it.
const rulesFile = `rules:
  - name: quiet
    mode: auto
    on: [feedback]
    when: feedback.verdict == NOT_INTERESTING && feedback.comment in ["", "longer"]
    key: [feedback.alert_id]
    do: [{pause_alert: {source: anodot-prod, alert_id: "${feedback.alert_id}", for: %[1]s}}]
  - name: quiet-longer
    mode: auto
    on: [feedback]
    when: feedback.verdict == NOT_INTERESTING && feedback.comment == "longer"
    key: [feedback.alert_id]
    do: [{pause_alert: {source: anodot-prod, alert_id: "${feedback.alert_id}", for: %[2]s}}]
  - name: hold
    mode: auto
    on: [feedback]
    when: feedback.verdict == NOT_INTERESTING && feedback.comment == "hold"
    key: [feedback.alert_id]
    do: [{pause_alert: {source: anodot-prod, alert_id: "${feedback.alert_id}", for: %[2]s}}]
  - name: ask
    mode: suggest
    approve_within: 1h
    on: [feedback]
    when: feedback.verdict == NOT_INTERESTING && feedback.comment == "ask"
    key: [feedback.alert_id]
    do: [{pause_alert: {source: anodot-prod, alert_id: "${feedback.alert_id}", for: %[1]s}}]
  - name: ask-briefly
    mode: suggest
    approve_within: 3s
    on: [feedback]
    when: feedback.verdict == NOT_INTERESTING && feedback.comment == "ask-briefly"
    key: [feedback.alert_id]
    do: [{pause_alert: {source: anodot-prod, alert_id: "${feedback.alert_id}", for: %[1]s}}]
  - name: stream
    mode: auto
    on: [feedback]
    when: feedback.verdict == NOT_INTERESTING && feedback.comment == "stream"
    key: [feedback.alert_id]
    do: [{pause_stream: {source: anodot-prod, stream_id: "${feedback.alert_id}", for: %[1]s}}]
  - name: watch
    mode: auto
    on: [anomaly]
    when: anomaly.score >= 0.9 && !anomaly.metric.startsWith("timed") && !anomaly.metric.startsWith("once")
    key: [anomaly.metric]
    do:
      - create_watcher: {source: anomify-prod, name: "bots on ${anomaly.metric}", chips: ["${anomaly.metric}"], alert: true}
      - publish: {subject: "watched.${anomaly.metric}", fields: {metric: "${anomaly.metric}"}}
  - name: watch-for-a-while
    mode: auto
    on: [anomaly]
    when: anomaly.score >= 0.9 && anomaly.metric.startsWith("timed")
    key: [anomaly.metric]
    do:
      - create_watcher: {source: anomify-prod, name: "bots on ${anomaly.metric}", chips: ["${anomaly.metric}"], alert: true, for: %[1]s}
      - add_exclusion: {source: anomify-prod, type: contains, value: "${anomaly.metric}", for: %[1]s}
  - name: once
    mode: auto
    on: [anomaly]
    when: anomaly.score >= 0.9 && anomaly.metric.startsWith("once")
    key: [anomaly.metric]
    do:
      - create_alert: {source: anodot-prod, title: "copy for ${anomaly.metric}", configuration: {severity: high}}
      - update_alert: {source: anodot-prod, alert_id: changed, configuration: {severity: low}}
      - delete_alert: {source: anodot-prod, alert_id: deleted}
      - update_watcher: {source: anomify-prod, watcher_id: "1", alert: false}
      - delete_watcher: {source: anomify-prod, watcher_id: "1"}
      - undelete_watcher: {source: anomify-prod, watcher_id: "1"}
      - train_anomaly: {source: anomify-prod, anomaly_id: "9", label: sale}
      - disable_pattern: {source: anomify-prod, pattern_id: "7"}
`

// Leases are how long the rules pause, and keep what they make for a while.
type Leases struct{ Short, Long time.Duration }

// Rules is the file of the rules.
func (l Leases) Rules() string { return fmt.Sprintf(rulesFile, l.Short, l.Long) }

// Timed begins the metrics for which things are made for a while, Once those for
// which things are done that no lease ends: alerts [Changed] and [Deleted] and
// watcher 1, which [Watched] is for, are changed.
const (
	Timed   = "timed"
	Once    = "once"
	Changed = "changed"
	Deleted = "deleted"
	Watched = "m1"
)

// Asks is which rule alone a verdict is for.
type Asks string

// The rules of verdicts.
const (
	// AsksQuiet is for the rules that pause the alert.
	AsksQuiet Asks = ""
	// AsksLong is for the one that pauses the alert for long.
	AsksLong Asks = "hold"
	// AsksFirst is for the one that only suggests the pause.
	AsksFirst Asks = "ask"
	// AsksBriefly is for one that suggests it for three seconds.
	AsksBriefly Asks = "ask-briefly"
	// AsksStream is for the one that pauses a data stream of that id.
	AsksStream Asks = "stream"
)

// Beat is one thing that happens in a story.
type Beat struct {
	// After is when, from the beginning.
	After time.Duration
	// Alert is what a verdict is about, IsLonger that it holds for longer.
	Alert    string
	IsLonger bool
	// Asks is which rule alone the verdict is for, if not the usual ones.
	Asks Asks
	// Metric is what an anomaly is about, IsHigh that it has a high score. What is
	// made for one that begins with Timed is made for a while.
	Metric string
	IsHigh bool
}

// Event is the beat as it happens now, the number-th of its story.
func (b Beat) Event(number int, now time.Time) *eventv1.Event {
	at, id := timestamppb.New(now), strconv.Itoa(number)
	if b.Alert != "" {
		comment := string(b.Asks)
		if b.IsLonger {
			comment = "longer"
		}
		return &eventv1.Event{
			Id: event.ID(SourceAnodot, id, ""), Source: SourceAnodot, Vendor: eventv1.Vendor_VENDOR_ANODOT,
			NativeId: id, OccurredAt: at, ObservedAt: at, Entity: "alert:" + b.Alert,
			Payload: &eventv1.Event_Feedback{Feedback: &eventv1.Feedback{
				Verdict: eventv1.Verdict_VERDICT_NOT_INTERESTING, User: "torture", AlertId: b.Alert, Comment: comment,
			}},
		}
	}
	score := 0.1
	if b.IsHigh {
		score = 0.95
	}
	return &eventv1.Event{
		Id: event.ID(SourceAnomify, id, ""), Source: SourceAnomify, Vendor: eventv1.Vendor_VENDOR_ANOMIFY,
		NativeId: id, OccurredAt: at, ObservedAt: at, Entity: "metric:" + b.Metric,
		Payload: &eventv1.Event_Anomaly{Anomaly: &eventv1.Anomaly{
			Metric: b.Metric, AnomalyId: id, Score: score, Phase: eventv1.Phase_PHASE_OPEN, StartedAt: at,
		}},
	}
}

// Dues gathers what is due from what has happened, by the words of the rules. It
// is for one goroutine.
type Dues struct {
	// List is what is due, in the order of its causes.
	List []judge.Due

	leases  Leases
	foreign map[string]bool // alerts that somebody else has paused
}

// NewDues returns what is due before anything happened: nothing. The foreign
// alerts are paused by somebody else.
func NewDues(l Leases, foreign ...string) *Dues {
	d := &Dues{leases: l, foreign: map[string]bool{}}
	for _, alert := range foreign {
		d.foreign[alert] = true
	}
	return d
}

// Take notes what the beat asks for, which happened at now.
func (d *Dues) Take(b Beat, now time.Time) {
	switch {
	case b.Asks == AsksFirst, b.Asks == AsksBriefly: // nothing, before somebody approves
	case b.Asks == AsksStream:
		d.Lease("stream:"+b.Alert, judge.PauseStream, judge.ResumeStream, now, now.Add(d.leases.Short))
	case b.Alert != "":
		d.pause(b, now)
	case b.IsHigh && strings.HasPrefix(b.Metric, Timed):
		until := now.Add(d.leases.Short)
		d.Lease("watcher:bots on "+b.Metric, judge.Create, judge.DeleteWatcher, now, until)
		d.Lease("exclusion:"+b.Metric, judge.AddExclusion, judge.DeleteExclusion, now, until)
	case b.IsHigh && strings.HasPrefix(b.Metric, Once):
		d.once(b.Metric, now)
	case b.IsHigh:
		d.List = append(d.List,
			judge.Due{Target: "watcher:bots on " + b.Metric, Verbs: []string{judge.Create}, From: now},
			judge.Due{Target: "notify:watched." + b.Metric, Verbs: []string{judge.Notify}, From: now})
	}
}

// once notes what is due of what no lease ends.
func (d *Dues) once(metric string, now time.Time) {
	for target, verbs := range map[string][]string{
		"alert:copy for " + metric:   {judge.CreateAlert},
		"alert:" + Changed:           {judge.UpdateAlert},
		"alert:" + Deleted:           {judge.DeleteAlert},
		"watcher:bots on " + Watched: {judge.UpdateWatcher, judge.DeleteWatcher, judge.UndeleteWatcher},
		"anomaly:9":                  {judge.TrainAnomaly},
		"pattern:7":                  {judge.DisablePattern},
	} {
		d.List = append(d.List, judge.Due{Target: target, Verbs: verbs, From: now})
	}
}

// pause is due for as long as the longest of the rules that fire says. How leases
// meet is the judge's business.
func (d *Dues) pause(b Beat, now time.Time) {
	if d.foreign[b.Alert] {
		return
	}
	length := d.leases.Short
	if b.IsLonger || b.Asks == AsksLong {
		length = max(length, d.leases.Long)
	}
	d.Lease("alert:"+b.Alert, judge.Pause, judge.Resume, now, now.Add(length))
}

// Lease notes that something is due on the target from a cause on, and that it is
// undone at the end.
func (d *Dues) Lease(target, begin, end string, from, until time.Time) {
	d.List = append(d.List, judge.Due{Target: target, Verbs: []string{begin, end}, From: from, Until: until})
}
