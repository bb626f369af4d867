package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
)

// drawInputs draws a stream of events that meet each other: few keys, few
// things, times close together, some out of order, late, ahead or doubled.
func drawInputs(t *rapid.T) []engine.Input {
	now := monday
	n := rapid.IntRange(1, 60).Draw(t, "events")
	var inputs []engine.Input
	for i := range n {
		now = now.Add(time.Duration(rapid.IntRange(0, 4).Draw(t, "pause")) * time.Minute)
		if rapid.IntRange(0, 30).Draw(t, "silence") == 0 {
			now = now.Add(time.Duration(rapid.IntRange(1, 60).Draw(t, "hours")) * time.Hour)
		}
		if i > 0 && rapid.IntRange(0, 9).Draw(t, "double") == 0 {
			inputs = append(inputs, engine.Input{Event: rapid.SampledFrom(inputs).Draw(t, "which").Event, Time: now})
			continue
		}
		inputs = append(inputs, engine.Input{Event: drawEvent(t, i, now), Sequence: uint64(i), Time: now})
	}
	return inputs
}

func drawEvent(t *rapid.T, i int, now time.Time) *eventv1.Event {
	kind := rapid.SampledFrom([]func(string, string, ...option) *eventv1.Event{anomaly, feedback, traffic}).Draw(t, "kind")
	ev := kind(fmt.Sprintf("%02d", i), "00:00")
	ev.NativeId = rapid.SampledFrom([]string{"v", "w", ev.GetId(), ev.GetId(), ""}).Draw(t, "thing")
	ev.Entity = rapid.SampledFrom([]string{"x", "y"}).Draw(t, "key")
	back := rapid.SampledFrom([]int{0, 0, 0, 1, 2, 5, 10, 11, 30, -3}).Draw(t, "back")
	ev.OccurredAt = timestamppb.New(now.Add(-time.Duration(back) * time.Minute))
	if rapid.IntRange(0, 3).Draw(t, "known") > 0 {
		ev.ObservedAt = timestamppb.New(now)
	}
	return ev
}

func propertySettings() engine.Settings {
	return engine.Settings{MaxLateness: 10 * time.Minute, Wait: waits(3 * time.Minute).Wait}
}

func TestProperty_SnapshotsAndBatchesAreInvisible(t *testing.T) {
	t.Parallel()
	set := load(t, modelRules(true))
	rapid.Check(t, func(t *rapid.T) {
		inputs := drawInputs(t)
		plain := engine.New(set, propertySettings())
		want := append(feed(plain, inputs), plain.Advance(monday.AddDate(1, 0, 0))...)

		e := engine.New(set, propertySettings())
		var got []engine.Output
		for _, in := range inputs {
			if rapid.Bool().Draw(t, "idle") {
				got = append(got, e.Advance(in.Time.Add(-time.Second))...)
			}
			got = append(got, e.Event(in)...)
			if rapid.Bool().Draw(t, "crash") {
				e = restored(t, set, propertySettings(), e)
			}
			if rapid.Bool().Draw(t, "double") {
				require.Empty(t, e.Event(in), "a duplicate changes nothing")
			}
		}
		got = append(got, e.Advance(monday.AddDate(0, 1, 0))...)
		got = append(got, e.Advance(monday.AddDate(1, 0, 0))...)
		require.Equal(t, words(want), words(got))
		require.Equal(t, marshal(t, want), marshal(t, got))
		require.Zero(t, e.Stats().Waiting)
	})
}

func TestProperty_DecisionsAndActionsHaveIDsOfTheirOwn(t *testing.T) {
	t.Parallel()
	set := load(t, modelRules(true))
	rapid.Check(t, func(t *rapid.T) {
		e := engine.New(set, propertySettings())
		ids := map[string]bool{}
		for _, o := range append(feed(e, drawInputs(t)), e.Advance(monday.AddDate(1, 0, 0))...) {
			require.False(t, ids[o.Decision.GetId()])
			ids[o.Decision.GetId()] = true
			for _, a := range o.Actions {
				require.False(t, ids[a.GetId()])
				ids[a.GetId()] = true
			}
		}
	})
}

func modelRules(wait bool) string {
	given := "[{on: traffic, key: [event.entity], within: 10m, wait: 0s}, {on: feedback, key: [event.entity], within: 20m, wait: 0s}]"
	if wait {
		given = "[{on: traffic, key: [event.entity], within: 10m}, {on: feedback, key: [event.entity], within: 20m, wait: 5m}]"
	}
	return fmt.Sprintf(`
rules:
  - {name: counts, mode: shadow, on: [anomaly, feedback], count: {at_least: 2, within: 10m}}
  - {name: resets, mode: shadow, on: [anomaly], count: {at_least: 2, within: 10m, reset: true}, cooldown: 5m}
  - {name: cools, mode: auto, on: [anomaly], key: [event.entity, event.source], cooldown: 10m, do: [{publish: {subject: s}}]}
  - {name: correlates, mode: shadow, on: [anomaly], given: %s, cooldown: 3m}
`, given)
}

// model decides by the words of docs/rules.md alone: it keeps every event for
// ever and looks at all of them each time.
type model struct {
	taken []*eventv1.Event
	rules []*modelRule
}

type modelRule struct {
	name     string
	kinds    string
	atLeast  int
	reset    bool
	cooldown time.Duration
	given    map[string]time.Duration

	counted map[string]bool // entity, source and native id
	window  []*eventv1.Event
	fired   []*eventv1.Event
}

func newModel() *model {
	return &model{rules: []*modelRule{
		{name: "counts", kinds: "anomaly feedback", atLeast: 2},
		{name: "resets", kinds: "anomaly", atLeast: 2, reset: true, cooldown: 5 * time.Minute},
		{name: "cools", kinds: "anomaly", cooldown: 10 * time.Minute},
		{name: "correlates", kinds: "anomaly", cooldown: 3 * time.Minute, given: map[string]time.Duration{"traffic": 10 * time.Minute, "feedback": 20 * time.Minute}},
	}}
}

func kindName(e *eventv1.Event) string {
	switch {
	case e.GetAnomaly() != nil:
		return "anomaly"
	case e.GetFeedback() != nil:
		return "feedback"
	default:
		return "traffic"
	}
}

func occurred(e *eventv1.Event) time.Time { return e.GetOccurredAt().AsTime() }

func (m *model) event(e *eventv1.Event) []string {
	if slices.ContainsFunc(m.taken, func(o *eventv1.Event) bool { return o.GetId() == e.GetId() }) {
		return nil
	}
	m.taken = append(m.taken, e)
	if e.GetObservedAt() != nil && e.GetObservedAt().AsTime().Sub(occurred(e)) > 10*time.Minute {
		return []string{" " + e.GetId() + " LATE"}
	}
	var out []string
	for _, r := range m.rules {
		if strings.Contains(r.kinds, kindName(e)) {
			out = append(out, r.name+" "+e.GetId()+" "+r.judge(m, e))
		}
	}
	return out
}

// take counts what was not counted before.
func (r *modelRule) take(e *eventv1.Event) bool {
	thing := e.GetEntity() + " " + e.GetNativeId()
	if e.GetNativeId() != "" && r.counted[thing] {
		return false
	}
	if r.counted == nil {
		r.counted = map[string]bool{}
	}
	r.counted[thing] = true
	r.window = append(r.window, e)
	return true
}

func (r *modelRule) judge(m *model, e *eventv1.Event) string {
	var causes []*eventv1.Event
	if r.atLeast > 0 {
		isNew := r.take(e)
		for _, o := range r.window {
			age := occurred(e).Sub(occurred(o))
			if o.GetEntity() == e.GetEntity() && 0 <= age && age < 10*time.Minute {
				causes = append(causes, o)
			}
		}
		if len(causes) < r.atLeast || !isNew {
			return fmt.Sprint("HELD_COUNT ", idsInOrder(causes))
		}
	}
	missing := false
	for kind, within := range r.given {
		var latest *eventv1.Event
		for _, o := range m.taken {
			age := occurred(e).Sub(occurred(o))
			if o != e && kindName(o) == kind && o.GetEntity() == e.GetEntity() && 0 <= age && age <= within &&
				(latest == nil || before(latest, o) < 0) {
				latest = o
			}
		}
		if latest == nil {
			missing = true
			continue
		}
		causes = append(causes, latest)
	}
	if missing {
		return fmt.Sprint("HELD_GIVEN ", idsInOrder(causes))
	}
	for _, f := range r.fired {
		if f.GetEntity() == e.GetEntity() && occurred(e).Sub(occurred(f)).Abs() < r.cooldown {
			return fmt.Sprint("HELD_COOLDOWN ", idsInOrder(causes))
		}
	}
	r.fired = append(r.fired, e)
	if r.reset {
		r.window = slices.DeleteFunc(r.window, func(o *eventv1.Event) bool { return o.GetEntity() == e.GetEntity() })
	}
	return fmt.Sprint("fires ", idsInOrder(causes))
}

func before(a, b *eventv1.Event) int {
	if c := occurred(a).Compare(occurred(b)); c != 0 {
		return c
	}
	return strings.Compare(a.GetId(), b.GetId())
}

func idsInOrder(events []*eventv1.Event) []string {
	slices.SortFunc(events, before)
	ids := []string{}
	for _, e := range events {
		ids = append(ids, e.GetId())
	}
	return ids
}

func TestProperty_DecidesAsTheWordsSay(t *testing.T) {
	t.Parallel()
	set := load(t, modelRules(false))
	rapid.Check(t, func(t *rapid.T) {
		e, m := engine.New(set, propertySettings()), newModel()
		for _, in := range drawInputs(t) {
			want := m.event(in.Event)
			var got []string
			for _, o := range e.Event(in) {
				line := o.Decision.GetRule() + " " + o.Decision.GetEventId() + " " + outcome(o.Decision)
				if outcome(o.Decision) != "LATE" {
					line += " " + fmt.Sprint(append([]string{}, o.Decision.GetCauses()...))
				}
				line = strings.NewReplacer("SHADOW", "fires", "FIRED", "fires").Replace(line)
				got = append(got, line)
			}
			require.Equal(t, want, got)
		}
	})
}
