package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/event"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// seen is what is on the stream.
type seen struct {
	facts    []fact
	counters map[string][]sample
	// faults are what is wrong whatever the files hold.
	faults []string
	events int
	// decisions and dead letters on their streams.
	decisions, dead uint64
}

const (
	readTime = 30 * time.Second
	nextTime = 5 * time.Second
)

// readStream reads everything that the streams hold.
func readStream(ctx context.Context, url string) (seen, error) {
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	nc, err := nats.Connect(url)
	if err != nil {
		return seen{}, fmt.Errorf("connect to %s: %w", url, err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return seen{}, fmt.Errorf("open JetStream at %s: %w", url, err)
	}
	s := seen{counters: map[string][]sample{}}
	if s.decisions, err = messages(ctx, js, bus.StreamDecisions); err != nil {
		return s, err
	}
	if s.dead, err = messages(ctx, js, bus.StreamDead); err != nil {
		return s, err
	}
	return s, s.readEvents(ctx, js)
}

func messages(ctx context.Context, js jetstream.JetStream, name string) (uint64, error) {
	stream, err := js.Stream(ctx, name)
	if err != nil {
		return 0, fmt.Errorf("look at stream %s: %w", name, err)
	}
	return stream.CachedInfo().State.Msgs, nil
}

func (s *seen) readEvents(ctx context.Context, js jetstream.JetStream) error {
	total, err := messages(ctx, js, bus.StreamEvents)
	if err != nil || total == 0 {
		return err
	}
	consumer, err := js.OrderedConsumer(ctx, bus.StreamEvents, jetstream.OrderedConsumerConfig{})
	if err != nil {
		return fmt.Errorf("read stream %s: %w", bus.StreamEvents, err)
	}
	received, err := consumer.Messages()
	if err != nil {
		return fmt.Errorf("read stream %s: %w", bus.StreamEvents, err)
	}
	defer received.Stop()
	ids := map[string]uint64{}
	for range total {
		msg, err := received.Next(jetstream.NextMaxWait(nextTime))
		if err != nil {
			return fmt.Errorf("read stream %s: message %d of %d: %w", bus.StreamEvents, s.events+1, total, err)
		}
		if err := s.add(msg, ids); err != nil {
			return err
		}
	}
	return nil
}

// add takes one message; ids are those that were there before.
func (s *seen) add(msg jetstream.Msg, ids map[string]uint64) error {
	meta, err := msg.Metadata()
	if err != nil {
		return fmt.Errorf("read stream %s: %w", bus.StreamEvents, err)
	}
	s.events++
	place := fmt.Sprintf("message %d", meta.Sequence.Stream)
	e, err := bus.DecodeEvent(msg.Headers(), msg.Data())
	if err != nil {
		s.faults = append(s.faults, fmt.Sprintf("%s: %v", place, err))
		return nil
	}
	if first, again := ids[e.GetId()]; again {
		s.faults = append(s.faults, fmt.Sprintf("%s has the id %s of message %d", place, e.GetId(), first))
	}
	ids[e.GetId()] = meta.Sequence.Stream
	if want := bus.EventSubject(e); want != msg.Subject() {
		s.faults = append(s.faults, fmt.Sprintf("%s is on subject %s instead of %s", place, msg.Subject(), want))
	}
	if e.GetOccurredAt().AsTime().After(e.GetObservedAt().AsTime()) {
		s.faults = append(s.faults, fmt.Sprintf("%s happened at %s, after it was seen at %s", place,
			stamp(e.GetOccurredAt().AsTime()), stamp(e.GetObservedAt().AsTime())))
	}
	s.sort(e, place, meta.Timestamp)
	return nil
}

// sort puts an event among the facts or the samples of a counter.
func (s *seen) sort(e *eventv1.Event, place string, stored time.Time) {
	if name := counterOf(e); name != "" {
		s.counters[name] = append(s.counters[name], sample{
			stored: stored, counts: e.GetTraffic().GetMeasures(), from: place,
		})
		return
	}
	s.facts = append(s.facts, factOfEvent(e, place))
}

// counterOf names the running counter that the event is a sample of, "" for
// none. Analytics' native ids end in the time of the sample, but for those of
// page views, which end in the day that is counted.
func counterOf(e *eventv1.Event) string {
	switch e.GetSource() {
	case sourceAnura:
		return counterName(sourceAnura, e.GetNativeId(), e.GetEntity())
	case sourceAnalytics:
		name := e.GetNativeId()
		if !strings.Contains(name, pageviewsOf) {
			name = name[:max(0, strings.LastIndexByte(name, '/'))]
		}
		return counterName(sourceAnalytics, name, e.GetEntity())
	default:
		return ""
	}
}

// factOfEvent has every field that a file can say something about, and an end
// or an expected range, which no file has.
func factOfEvent(e *eventv1.Event, place string) fact {
	f := fact{source: e.GetSource(), id: e.GetNativeId(), from: place, fields: map[string]string{
		"kind": string(event.KindOf(e)), "vendor": event.VendorName(e.GetVendor()), "native_id": e.GetNativeId(),
		"occurred_at": stamp(e.GetOccurredAt().AsTime()), "entity": e.GetEntity(),
	}}
	switch payload := e.GetPayload().(type) {
	case *eventv1.Event_Anomaly:
		f.id += " " + strings.ToLower(strings.TrimPrefix(payload.Anomaly.GetPhase().String(), "PHASE_"))
		f.addAnomaly(payload.Anomaly)
	case *eventv1.Event_Feedback:
		f.addFeedback(payload.Feedback)
	case *eventv1.Event_Traffic:
		f.addTraffic(payload.Traffic, e.GetLabels()["site"])
	}
	return f
}

func (f fact) addAnomaly(a *eventv1.Anomaly) {
	f.fields["metric"], f.fields["anomaly_id"] = a.GetMetric(), a.GetAnomalyId()
	f.fields["value"], f.fields["score"] = number(a.GetValue()), number(a.GetScore())
	f.fields["started_at"] = stamp(a.GetStartedAt().AsTime())
	if a.GetEndedAt() != nil {
		f.fields["ended_at"] = stamp(a.GetEndedAt().AsTime())
	}
	if a.ExpectedLower != nil {
		f.fields["expected_lower"] = number(a.GetExpectedLower())
	}
	if a.ExpectedUpper != nil {
		f.fields["expected_upper"] = number(a.GetExpectedUpper())
	}
	if a.GetAlertId() != "" {
		f.fields["alert_id"] = a.GetAlertId()
	}
}

func (f fact) addFeedback(v *eventv1.Feedback) {
	f.fields["verdict"] = strings.TrimPrefix(v.GetVerdict().String(), "VERDICT_")
	f.fields["user"], f.fields["anomaly_id"] = v.GetUser(), v.GetAnomalyId()
	f.fields["alert_id"], f.fields["alert_title"] = v.GetAlertId(), v.GetAlertTitle()
	if v.GetComment() != "" {
		f.fields["comment"] = v.GetComment()
	}
}

func (f fact) addTraffic(t *eventv1.Traffic, site string) {
	f.fields["label site"] = site
	for name, n := range t.GetMeasures() {
		f.fields["measure "+name] = number(n)
	}
}

// difference compares what was seen with what the files say, the worst first.
func (s *seen) difference(want expected) []string {
	differences := append([]string{}, s.faults...)
	if s.dead > 0 {
		differences = append(differences, fmt.Sprintf("%d records became dead letters on %s", s.dead, bus.StreamDead))
	}
	if s.decisions != uint64(want.dislikes) {
		differences = append(differences, fmt.Sprintf("%d decisions on %d verdicts %s", s.decisions, want.dislikes, disliked))
	}
	differences = append(differences, compareFacts(want.facts, s.facts)...)
	for _, name := range unite(want.counters, s.counters) {
		differences = append(differences, compareCounter(name, want.counters[name], s.counters[name])...)
	}
	return differences
}
