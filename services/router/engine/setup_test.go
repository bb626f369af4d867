package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/event"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// monday is the day on which the tests' times of day lie.
var monday = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

// at reads a time of day, on a later day with a prefix as in `3d 10:00`.
func at(clock string) time.Time {
	day := monday
	if before, after, ok := strings.Cut(clock, "d "); ok {
		var days int
		if _, err := fmt.Sscan(before, &days); err != nil {
			panic(err)
		}
		day, clock = monday.AddDate(0, 0, days), after
	}
	for _, layout := range []string{"15:04", "15:04:05", "15:04:05.999999999"} {
		if t, err := time.Parse(layout, clock); err == nil {
			return day.Add(t.Sub(t.Truncate(24 * time.Hour)))
		}
	}
	panic("no time of day: " + clock)
}

// option changes an event.
type option func(*eventv1.Event)

func native(id string) option  { return func(e *eventv1.Event) { e.NativeId = id } }
func elsewhere() option        { return func(e *eventv1.Event) { e.Source = "other" } }
func entity(s string) option   { return func(e *eventv1.Event) { e.Entity = s } }
func title(s string) option    { return func(e *eventv1.Event) { e.Title = s } }
func label(k, v string) option { return func(e *eventv1.Event) { e.Labels = map[string]string{k: v} } }

func user(name string) option { return func(e *eventv1.Event) { e.GetFeedback().User = name } }
func alert(id string) option {
	return func(e *eventv1.Event) {
		if f := e.GetFeedback(); f != nil {
			f.AlertId = id
		}
		if a := e.GetAnomaly(); a != nil {
			a.AlertId = id
		}
	}
}

func seen(clock string) option {
	return func(e *eventv1.Event) { e.ObservedAt = timestamppb.New(at(clock)) }
}

func measure(name string, value float64) option {
	return func(e *eventv1.Event) { e.GetTraffic().Measures = map[string]float64{name: value} }
}

func opens(thing string) option  { return phased(thing, eventv1.Phase_PHASE_OPEN) }
func closes(thing string) option { return phased(thing, eventv1.Phase_PHASE_CLOSED) }

func phased(thing string, phase eventv1.Phase) option {
	return func(e *eventv1.Event) { e.NativeId, e.GetAnomaly().Phase = thing, phase }
}

func score(value float64) option {
	return func(e *eventv1.Event) { e.GetAnomaly().Score = value }
}

func newEvent(id, clock string, options []option) *eventv1.Event {
	e := &eventv1.Event{Id: id, Source: "anodot-prod", NativeId: "n-" + id, Entity: "x", OccurredAt: timestamppb.New(at(clock))}
	for _, o := range options {
		o(e)
	}
	return e
}

func anomaly(id, clock string, options ...option) *eventv1.Event {
	return newEvent(id, clock, append([]option{func(e *eventv1.Event) {
		e.Payload = &eventv1.Event_Anomaly{Anomaly: &eventv1.Anomaly{Metric: "cpu", Score: 1, AlertId: "17"}}
	}}, options...))
}

func feedback(id, clock string, options ...option) *eventv1.Event {
	return newEvent(id, clock, append([]option{func(e *eventv1.Event) {
		e.Payload = &eventv1.Event_Feedback{Feedback: &eventv1.Feedback{
			Verdict: eventv1.Verdict_VERDICT_NOT_INTERESTING, AlertId: "17", User: "Ann",
		}}
	}}, options...))
}

func traffic(id, clock string, options ...option) *eventv1.Event {
	return newEvent(id, clock, append([]option{func(e *eventv1.Event) {
		e.Payload = &eventv1.Event_Traffic{Traffic: &eventv1.Traffic{}}
	}}, options...))
}

// stored puts events on the stream when they were observed, or else when they
// occurred.
func stored(events ...*eventv1.Event) []engine.Input {
	var inputs []engine.Input
	for i, e := range events {
		in := engine.Input{Event: e, Sequence: uint64(i + 1), Time: e.GetOccurredAt().AsTime()}
		if e.GetObservedAt() != nil {
			in.Time = e.GetObservedAt().AsTime()
		}
		inputs = append(inputs, in)
	}
	return inputs
}

// ruleOf makes a rule of the lines that a test is about.
func ruleOf(lines string) string {
	text := "rules:\n  - name: one\n"
	if !strings.Contains(lines, "mode:") {
		text += "    mode: auto\n"
	}
	text += "    " + strings.ReplaceAll(strings.TrimSpace(lines), "\n", "\n    ") + "\n"
	if !strings.Contains(lines, "do:") {
		text += "    do: [{publish: {subject: s}}]\n"
	}
	if strings.Contains(lines, "mute:") {
		text += "mute_windows: {morning: {from: \"10:00\", to: \"10:30\"}, night: {from: \"22:00\", to: \"06:00\", time_zone: Europe/Berlin}}\n"
	}
	return text
}

// tester is what the checks of tests, benchmarks and properties share.
type tester interface {
	require.TestingT
	Helper()
}

func load(tb tester, text string) *rule.Set {
	tb.Helper()
	set, err := rule.Load([]rule.File{{Name: "rules.yaml", Data: []byte(text)}}, rule.Catalog{})
	require.NoError(tb, err)
	return set
}

func hourLate() engine.Settings { return engine.Settings{MaxLateness: time.Hour} }

func waits(d time.Duration) engine.Settings {
	return engine.Settings{MaxLateness: time.Hour, Wait: map[event.Kind]time.Duration{event.KindTraffic: d}}
}

// feed gives the inputs to the engine and returns what it decided.
func feed(e *engine.Engine, inputs []engine.Input) []engine.Output {
	var out []engine.Output
	for _, in := range inputs {
		out = append(out, e.Event(in)...)
	}
	return out
}

// words writes decisions as `event OUTCOME detail`, ends of leases as
// `target RESUMED time`.
func words(out []engine.Output) []string {
	lines := []string{}
	for _, o := range out {
		if o.Lease != nil {
			lines = append(lines, o.Lease.GetTarget()+" RESUMED "+o.Lease.GetEndedAt().AsTime().Format(time.RFC3339Nano))
			continue
		}
		lines = append(lines, strings.TrimSpace(o.Decision.GetEventId()+" "+outcome(o.Decision)+" "+o.Decision.GetDetail()))
	}
	return lines
}

func outcome(d *decisionv1.Decision) string {
	return strings.TrimPrefix(d.GetOutcome().String(), "OUTCOME_")
}

// story is a rule, the events that arrive and what is decided.
type story struct {
	name     string
	rule     string
	settings engine.Settings
	events   []*eventv1.Event
	advance  string // the clock's last move, if any
	want     []string
}

func tell(t *testing.T, stories []story) {
	t.Helper()
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			if s.settings.MaxLateness == 0 {
				s.settings = hourLate()
			}
			e := engine.New(load(t, ruleOf(s.rule)), s.settings)
			out := feed(e, stored(s.events...))
			if s.advance != "" {
				out = append(out, e.Advance(at(s.advance))...)
			}
			require.Equal(t, s.want, words(out))
		})
	}
}

func list(events ...*eventv1.Event) []*eventv1.Event { return events }
