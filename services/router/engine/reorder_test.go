package engine_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
)

func reorders(d time.Duration) engine.Settings {
	return engine.Settings{MaxLateness: 15 * time.Minute, Reorder: d}
}

func TestReorder(t *testing.T) {
	t.Parallel()
	quarter := reorders(15 * time.Minute)
	tell(t, []story{
		{
			name: "events are judged in the order in which they occurred, ties by id", settings: quarter, advance: "11:00",
			rule:   "on: [anomaly]",
			events: list(anomaly("c", "10:05", seen("10:05")), anomaly("b", "10:01", seen("10:06")), anomaly("z", "10:01", seen("10:07")), anomaly("a", "10:05", seen("10:08"))),
			want:   []string{"b FIRED", "z FIRED", "a FIRED", "c FIRED"},
		},
		{
			name: "not before that time is over", settings: quarter, advance: "10:19:59.999999999",
			rule:   "on: [anomaly]",
			events: list(anomaly("a", "10:05", seen("10:05"))),
			want:   []string{},
		},
		{
			name: "at exactly its end", settings: quarter, advance: "10:20",
			rule:   "on: [anomaly]",
			events: list(anomaly("a", "10:05", seen("10:05")), anomaly("b", "10:06", seen("10:06"))),
			want:   []string{"a FIRED"},
		},
		{
			name: "one that arrives when it is over comes too late to be put before it", settings: quarter, advance: "11:00",
			rule:   "on: [anomaly]",
			events: list(anomaly("a", "10:05", seen("10:05")), anomaly("b", "10:05", seen("10:20"))),
			want:   []string{"a FIRED", "b FIRED"},
		},
		{
			name: "late is late when it arrives, and at exactly the limit it is not", settings: quarter, advance: "11:00",
			rule:   "on: [anomaly]",
			events: list(anomaly("a", "10:10", seen("10:10")), anomaly("b", "10:00", seen("10:15")), anomaly("c", "10:00", seen("10:15:00.000000001"))),
			want:   []string{"c LATE observed 15m0.001s after it occurred, accepted is 15m", "b FIRED", "a FIRED"},
		},
		{
			name: "a duplicate is one when it arrives", settings: quarter, advance: "11:00",
			rule:   "on: [anomaly]",
			events: list(anomaly("a", "10:05", seen("10:05")), anomaly("a", "10:00", seen("10:06"))),
			want:   []string{"a FIRED"},
		},
		{
			name: "a cause that arrives after the event is put before it", settings: quarter, advance: "11:00",
			rule:   "on: [anomaly]\ngiven: [{on: traffic, key: [event.entity], within: 15m}]",
			events: list(anomaly("a", "10:05", seen("10:05")), traffic("t", "10:01", seen("10:16"))),
			want:   []string{"a FIRED lag 4m"},
		},
		{
			name: "a cause of the same instant is there, whatever its id", settings: quarter, advance: "11:00",
			rule:   "on: [anomaly]\ngiven: [{on: traffic, key: [event.entity], within: 15m}]",
			events: list(anomaly("a", "10:05", seen("10:05")), traffic("t", "10:05", seen("10:19:59"))),
			want:   []string{"a FIRED lag 0s"},
		},
		{
			name: "one of the next instant is not", settings: quarter, advance: "11:00",
			rule:   "on: [anomaly]\ngiven: [{on: traffic, key: [event.entity], within: 15m}]",
			events: list(anomaly("a", "10:05", seen("10:05")), traffic("t", "10:05:00.000000001", seen("10:06"))),
			want:   []string{"a HELD_GIVEN no traffic within 15m"},
		},
		{
			name: "count goes one by one within an instant", settings: quarter, advance: "11:00",
			rule:   "on: [anomaly]\ncount: {at_least: 2, within: 1h}",
			events: list(anomaly("b", "10:05", seen("10:05")), anomaly("a", "10:05", seen("10:06"))),
			want:   []string{"a HELD_COUNT count 1 of 2", "b FIRED count 2 of 2"},
		},
		{
			name: "what has been held back does not wait again", advance: "11:00",
			settings: engine.Settings{MaxLateness: time.Hour, Reorder: 15 * time.Minute, Wait: waits(10 * time.Minute).Wait},
			rule:     "on: [anomaly]\ngiven: [{on: traffic, key: [event.entity], within: 15m}]",
			events:   list(anomaly("a", "10:05", seen("10:05"))),
			want:     []string{"a HELD_GIVEN no traffic within 15m"},
		},
		{
			name: "but waits for the rest", advance: "10:24:59.999999999",
			settings: engine.Settings{MaxLateness: time.Hour, Reorder: 15 * time.Minute, Wait: waits(20 * time.Minute).Wait},
			rule:     "on: [anomaly]\ngiven: [{on: traffic, key: [event.entity], within: 15m}]",
			events:   list(anomaly("a", "10:05", seen("10:05")), anomaly("b", "10:05", seen("10:05"), entity("y")), traffic("t", "10:05", seen("10:24"))),
			want:     []string{"a FIRED lag 0s"},
		},
	})
}

func TestReorder_DecisionsCarryTheirEventsPlace(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, ruleOf("on: [anomaly]")), reorders(15*time.Minute))
	require.Empty(t, feed(e, stored(anomaly("b", "10:05", seen("10:05")), anomaly("a", "10:01", seen("10:06")))))
	require.Equal(t, 2, e.Stats().HeldBack)
	due, ok := e.Next()
	require.True(t, ok)
	require.Equal(t, at("10:20"), due)
	out := e.Advance(at("3d 10:00"))
	require.Equal(t, uint64(2), out[0].Decision.GetSequence())
	require.Equal(t, at("10:20"), out[0].Actions[0].GetCreatedAt().AsTime(), "by the time at which it is judged")
	require.Zero(t, e.Stats().HeldBack)
	_, ok = e.Next()
	require.False(t, ok)
}

// The events are judged by the rules of the moment at which they are judged.
func TestReorder_ASwitchTakesWhatIsHeldBack(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, ruleOf("on: [anomaly]")), reorders(15*time.Minute))
	require.Empty(t, feed(e, stored(anomaly("a", "10:05", seen("10:05")))))
	require.Empty(t, e.Switch(load(t, ruleOf("on: [anomaly]\nmode: shadow"))))
	require.Equal(t, []string{"a SHADOW"}, words(e.Advance(at("11:00"))))
}

// Whatever the order of delivery within the time for which events are held back,
// the decisions are those of the undisturbed stream.
func TestReorder_TheOrderOfDeliveryIsInvisible(t *testing.T) {
	t.Parallel()
	set := load(t, everyKindOfRule)
	settings := engine.Settings{MaxLateness: 15 * time.Minute, Reorder: 15 * time.Minute}
	random := rand.New(rand.NewPCG(1, 2))
	var events []*eventv1.Event
	for i := range 300 {
		kind := []func(string, string, ...option) *eventv1.Event{anomaly, feedback, traffic}[random.IntN(3)]
		ev := kind(fmt.Sprintf("%03d", i), "00:00", entity([]string{"x", "y"}[random.IntN(2)]))
		ev.OccurredAt.Seconds = at("10:00").Unix() + int64(random.IntN(3*3600)/60*60)
		events = append(events, ev)
	}
	decide := func(delay func() time.Duration, restart bool) []string {
		inputs := make([]engine.Input, len(events))
		for i, ev := range events {
			inputs[i] = engine.Input{Event: ev, Time: ev.GetOccurredAt().AsTime().Add(delay())}
		}
		slices.SortStableFunc(inputs, func(a, b engine.Input) int { return a.Time.Compare(b.Time) })
		e := engine.New(set, settings)
		var out []engine.Output
		for i, in := range inputs {
			out = append(out, e.Event(in)...)
			if restart && i%7 == 0 {
				e = restored(t, set, settings, e)
			}
		}
		return words(append(out, e.Advance(at("3d 10:00"))...))
	}
	want := decide(func() time.Duration { return 0 }, false)
	require.Greater(t, len(want), 300)
	for i := range 20 {
		got := decide(func() time.Duration { return time.Duration(random.IntN(900)) * time.Second }, i%2 == 0)
		require.Equal(t, strings.Join(want, "\n"), strings.Join(got, "\n"))
	}
}

// everyKindOfRule has a rule for each clause that remembers.
const everyKindOfRule = `
rules:
  - {name: counts, mode: shadow, on: [anomaly, feedback], count: {at_least: 3, within: 20m, reset: true}, cooldown: 10m}
  - {name: distinct, mode: shadow, on: [feedback], count: {at_least: 2, within: 20m, distinct: event.title}, limits: [{max: 2, per: 1h, across: key}]}
  - {name: correlates, mode: shadow, on: [anomaly], given: [{on: traffic, key: [event.entity], within: 10m, at_least: 2}], cooldown: 3m}
  - {name: misses, mode: shadow, on: [anomaly], given: [{on: feedback, key: [event.entity], within: 10m, absent: true}]}
  - {name: flaps, mode: shadow, on: [anomaly], flap: {at_least: 2, within: 20m}}
  - {name: holds, mode: shadow, on: [anomaly, feedback], when: event.title != "low", hold: {for: 7m, until: event.title == "low"}}
  - {name: mutes, mode: shadow, on: [traffic], mute: [w], limits: [{max: 3, per: 30m}]}
mute_windows: {w: {from: "10:30", to: "11:00"}}
`

func TestReorder_IsBounded(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, ruleOf("on: [anomaly]")), reorders(time.Hour))
	raw := func(e *eventv1.Event) { e.Raw = strings.Repeat("x", 64<<20) }
	var out []engine.Output
	for i := range 9 {
		out = append(out, e.Event(stored(anomaly(strconv.Itoa(i), "10:0"+strconv.Itoa(9-i), raw, seen("10:10")))[0])...)
	}
	require.Equal(t, []string{"7 FIRED", "8 FIRED"}, words(out), "those that occurred first are judged early: 512 MiB are held back")
	require.Equal(t, uint64(2), e.Stats().Early)
	require.Equal(t, 7, e.Stats().HeldBack)
	require.Len(t, e.Advance(at("12:00")), 7)
}
