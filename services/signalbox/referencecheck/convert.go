package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// The files of events that are made.
const (
	fileAnomalies        = "anomalies.jsonl"
	fileSkyline          = "skyline.jsonl"
	fileNumenta          = "numenta.jsonl"
	fileFeedback         = "feedback.jsonl"
	fileBots             = "bots.jsonl"
	fileSiteAnomalies    = "site_anomalies.jsonl"
	fileArrivalsGaussian = "arrivals_gaussian.jsonl"
	fileArrivalsSkyline  = "arrivals_skyline.jsonl"
	fileRows             = "rows.jsonl"
)

// The sources that the events are said to come from.
const (
	sourceAnodot  = "anodot-prod"
	sourceTraffic = "traffic"
)

// convert writes the files of events into dir.
func convert(data, dir string) error {
	d, err := readData(data)
	if err != nil {
		return err
	}
	anomalies := make([]*eventv1.Event, 0, len(d.anomalies))
	for _, r := range d.anomalies {
		anomalies = append(anomalies, anomaly(r))
	}
	files := map[string][]*eventv1.Event{
		fileAnomalies:        inOrder(anomalies),
		fileSkyline:          inOrder(ofDetector(anomalies, "skyline")),
		fileNumenta:          inOrder(ofDetector(anomalies, "numentaTM")),
		fileFeedback:         inOrder(converted(d.feedback, vote)),
		fileBots:             inOrder(converted(d.bots, bots)),
		fileSiteAnomalies:    inOrder(converted(d.siteAnomalies, anomaly)),
		fileArrivalsGaussian: delivered(d.arrivals, ofDetector(anomalies, "windowedGaussian")),
		fileArrivalsSkyline:  delivered(d.arrivals, ofDetector(anomalies, "skyline")),
		fileRows:             inOrder(converted(d.rows, anomaly)),
	}
	for name, events := range files {
		if err := writeEvents(filepath.Join(dir, name), events); err != nil {
			return err
		}
	}
	return nil
}

func converted(records []record, one func(record) *eventv1.Event) []*eventv1.Event {
	events := make([]*eventv1.Event, 0, len(records))
	for _, r := range records {
		events = append(events, one(r))
	}
	return events
}

func event(r record, source string, vendor eventv1.Vendor) *eventv1.Event {
	e := &eventv1.Event{Id: r.ID, Source: source, Vendor: vendor, NativeId: r.ID, OccurredAt: timestamppb.New(r.TS)}
	if r.Site != "" {
		e.Labels = map[string]string{"site": r.Site}
	}
	return e
}

func anomaly(r record) *eventv1.Event {
	e := event(r, sourceAnodot, eventv1.Vendor_VENDOR_ANODOT)
	e.Entity = "metric:" + r.Metric
	e.Payload = &eventv1.Event_Anomaly{Anomaly: &eventv1.Anomaly{
		Metric: r.Metric, AlertId: r.Detector + "|" + r.Metric, AnomalyId: r.ID, Detector: r.Detector, Score: r.Score, Value: r.Value,
	}}
	return e
}

func vote(r record) *eventv1.Event {
	e := event(r, sourceAnodot, eventv1.Vendor_VENDOR_ANODOT)
	e.Entity = "alert:" + r.Alert
	e.Payload = &eventv1.Event_Feedback{Feedback: &eventv1.Feedback{
		Verdict: eventv1.Verdict(eventv1.Verdict_value["VERDICT_"+r.Verdict]), User: r.User, AlertId: r.Alert, AnomalyId: r.AnomalyID,
	}}
	return e
}

func bots(r record) *eventv1.Event {
	e := event(r, sourceTraffic, eventv1.Vendor_VENDOR_ANALYTICS)
	e.Entity = "site:" + r.Site
	e.Payload = &eventv1.Event_Traffic{Traffic: &eventv1.Traffic{
		Measures: map[string]float64{"requests": r.Total, "invalid": r.Invalid, "invalid_ratio": r.Share},
	}}
	return e
}

func ofDetector(events []*eventv1.Event, name string) []*eventv1.Event {
	var found []*eventv1.Event
	for _, e := range events {
		if e.GetAnomaly().GetDetector() == name {
			found = append(found, e)
		}
	}
	return found
}

// inOrder orders by time and, within an instant, by id.
func inOrder(events []*eventv1.Event) []*eventv1.Event {
	return slices.SortedStableFunc(slices.Values(events), func(a, b *eventv1.Event) int {
		return cmp.Or(a.GetOccurredAt().AsTime().Compare(b.GetOccurredAt().AsTime()), strings.Compare(a.GetId(), b.GetId()))
	})
}

// delivered returns the events as they were delivered, some of them twice.
func delivered(arrivals []record, events []*eventv1.Event) []*eventv1.Event {
	byID := make(map[string]*eventv1.Event, len(events))
	for _, e := range events {
		byID[e.GetId()] = e
	}
	var deliveries []*eventv1.Event
	for _, a := range arrivals {
		if e := byID[a.ID]; e != nil {
			e = proto.CloneOf(e)
			e.ObservedAt = timestamppb.New(a.Arrival)
			deliveries = append(deliveries, e)
		}
	}
	return deliveries
}

func writeEvents(path string, events []*eventv1.Event) error {
	var out bytes.Buffer
	for _, e := range events {
		text, err := protojson.Marshal(e)
		if err != nil {
			return fmt.Errorf("write event %s: %w", e.GetId(), err)
		}
		out.Write(append(text, '\n'))
	}
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		return fmt.Errorf("write the events: %w", err)
	}
	return nil
}

// isBetween reports whether the row lies in the days of a metric, the last
// exclusive.
func (d days) isBetween(t time.Time) bool { return !t.Before(d.from) && t.Before(d.until) }
