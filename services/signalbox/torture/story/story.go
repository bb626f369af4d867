// Package story has what happens in the stories of the harness, and what is due
// because of it: by the words of the rules alone, not by asking the product.
package story

import (
	"fmt"
	"strconv"
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
// longer one decides. An anomaly of a high score makes a watcher and tells of it.
const rulesFile = `rules:
  - name: quiet
    mode: auto
    on: [feedback]
    when: feedback.verdict == NOT_INTERESTING
    key: [feedback.alert_id]
    do: [{pause_alert: {source: anodot-prod, alert_id: "${feedback.alert_id}", for: %[1]s}}]
  - name: quiet-longer
    mode: auto
    on: [feedback]
    when: feedback.verdict == NOT_INTERESTING && feedback.comment == "longer"
    key: [feedback.alert_id]
    do: [{pause_alert: {source: anodot-prod, alert_id: "${feedback.alert_id}", for: %[2]s}}]
  - name: watch
    mode: auto
    on: [anomaly]
    when: anomaly.score >= 0.9
    key: [anomaly.metric]
    do:
      - create_watcher: {source: anomify-prod, name: "bots on ${anomaly.metric}", chips: ["${anomaly.metric}"], alert: true}
      - publish: {subject: "watched.${anomaly.metric}", fields: {metric: "${anomaly.metric}"}}
`

// Leases are how long the rules pause.
type Leases struct{ Short, Long time.Duration }

// Rules is the file of the rules.
func (l Leases) Rules() string { return fmt.Sprintf(rulesFile, l.Short, l.Long) }

// Beat is one thing that happens in a story.
type Beat struct {
	// After is when, from the beginning.
	After time.Duration
	// Alert is what a verdict is about, IsLonger that it holds for longer.
	Alert    string
	IsLonger bool
	// Metric is what an anomaly is about, IsHigh that it has a high score.
	Metric string
	IsHigh bool
}

// Event is the beat as it happens now, the number-th of its story.
func (b Beat) Event(number int, now time.Time) *eventv1.Event {
	at, id := timestamppb.New(now), strconv.Itoa(number)
	if b.Alert != "" {
		comment := ""
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
	case b.Alert != "":
		d.pause(b, now)
	case b.IsHigh:
		d.List = append(d.List,
			judge.Due{Target: "watcher:bots on " + b.Metric, Verbs: []string{judge.Create}, From: now},
			judge.Due{Target: "notify:watched." + b.Metric, Verbs: []string{judge.Notify}, From: now})
	}
}

// pause is due for as long as the longest of the rules that fire says. How leases
// meet is the judge's business.
func (d *Dues) pause(b Beat, now time.Time) {
	if d.foreign[b.Alert] {
		return
	}
	length := d.leases.Short
	if b.IsLonger {
		length = max(length, d.leases.Long)
	}
	d.List = append(d.List, judge.Due{
		Target: "alert:" + b.Alert, Verbs: []string{judge.Pause, judge.Resume}, From: now, Until: now.Add(length),
	})
}
