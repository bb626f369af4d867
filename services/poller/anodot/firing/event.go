package firing

import (
	"maps"
	"math"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/poll"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// Events returns the events of a firing that was seen at observed: its opening,
// always, then its update or its end. So whoever sees it late, or sees a
// part of it only, makes of it what others made of it before. The firing must
// have no Fault.
func Events(f Firing, observed time.Time) []*eventv1.Event {
	events := []*eventv1.Event{opened(f, observed)}
	switch f.Phase {
	case eventv1.Phase_PHASE_UPDATED:
		events = append(events, updated(f, observed))
	case eventv1.Phase_PHASE_CLOSED:
		events = append(events, closed(f, observed))
	case eventv1.Phase_PHASE_OPEN, eventv1.Phase_PHASE_UNSPECIFIED:
	}
	return events
}

func opened(f Firing, observed time.Time) *eventv1.Event {
	return eventOf(f, eventv1.Phase_PHASE_OPEN, "open", f.Started, observed)
}

// updated happens when it is seen, and its identity is what it says: the vendor's
// time of an update is that of its last look and not of the change, and a push does
// not tell it.
func updated(f Firing, observed time.Time) *eventv1.Event {
	e := eventOf(f, eventv1.Phase_PHASE_UPDATED, "updated/"+standing(f), observed, observed)
	e.Title += ", changed"
	return e
}

// closed has no end in its identity: the two ways do not tell it to the second.
func closed(f Firing, observed time.Time) *eventv1.Event {
	ended := f.Ended
	if ended.IsZero() {
		ended = observed
	}
	e := eventOf(f, eventv1.Phase_PHASE_CLOSED, "closed", ended, observed)
	e.Title += ", over"
	e.GetAnomaly().EndedAt = e.GetOccurredAt()
	return e
}

// standing identifies how a firing stands by what both ways tell of it. They round
// numbers in ways of their own, so only as much of a number counts as both have.
func standing(f Firing) string {
	peak := strconv.FormatFloat(f.Metric.Peak, 'g', peakDigits, 64)
	return event.Hash(f.Severity.String(), f.Metric.Name, strings.ToUpper(f.Metric.Direction), peak, Percent(f.Metric.Score))
}

// peakDigits is how many digits of a peak tell it from another.
const peakDigits = 3

// InPercent rounds a share to whole percent, which is as much of a score as both ways
// tell: the metric that leads is chosen by it, so that both choose the same.
func InPercent(share float64) float64 { return math.Round(100 * share) }

// Percent writes a share in whole percent.
func Percent(share float64) string {
	return strconv.FormatFloat(InPercent(share), 'f', 0, 64)
}

func eventOf(f Firing, phase eventv1.Phase, revision string, occurred, observed time.Time) *eventv1.Event {
	if occurred.After(observed) {
		occurred = observed // a clock that is ahead
	}
	return &eventv1.Event{
		Id:         event.ID(f.Source, f.nativeID(), revision+"/"+strconv.FormatInt(f.Started.Unix(), 10)),
		Source:     f.Source,
		Vendor:     eventv1.Vendor_VENDOR_ANODOT,
		NativeId:   f.nativeID(),
		OccurredAt: timestamppb.New(occurred),
		ObservedAt: timestamppb.New(observed),
		Entity:     "alert:" + f.AlertID,
		Severity:   f.Severity,
		Labels:     labels(f.Labels),
		Title:      title(f),
		Url:        f.URL,
		Payload:    &eventv1.Event_Anomaly{Anomaly: anomaly(f, phase)},
		Raw:        poll.Raw(f.Raw),
	}
}

func anomaly(f Firing, phase eventv1.Phase) *eventv1.Anomaly {
	a := &eventv1.Anomaly{
		Metric: f.Metric.Name, AlertId: f.AlertID, AnomalyId: f.Metric.AnomalyID, Detector: "anodot",
		Score: f.Metric.Score, Value: f.Metric.Peak,
		Direction: eventv1.Direction(eventv1.Direction_value["DIRECTION_"+strings.ToUpper(f.Metric.Direction)]),
		Phase:     phase, StartedAt: timestamppb.New(f.Started),
	}
	if a.GetAnomalyId() == "" {
		a.AnomalyId = f.GroupID
	}
	return a
}

// labels leaves out those without a value.
func labels(all map[string]string) map[string]string {
	kept := maps.Clone(all)
	maps.DeleteFunc(kept, func(_, value string) bool { return value == "" })
	if len(kept) == 0 {
		return nil
	}
	return kept
}

func title(f Firing) string {
	if f.Title == "" {
		return "alert " + f.AlertID
	}
	return f.Title
}
