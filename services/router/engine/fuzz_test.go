package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// stepRules are what a fuzzed set is chosen from.
func stepRules() []string {
	rules := strings.Split(strings.TrimSpace(modelRules(true)), "\n")
	rules = rules[1 : len(rules)-1] // between the names of the lists
	return append(rules,
		`  - {name: suggests, mode: suggest, approve_within: 20m, on: [anomaly], do: [{pause_stream: {source: anodot-prod, stream_id: "${anomaly.alert_id}", for: 7m}}]}`,
		`  - {name: resumes, mode: auto, on: [traffic], cooldown: 5m, do: [{resume_alert: {source: anodot-prod, alert_id: p}}]}`,
		`  - {name: fails, mode: shadow, on: [anomaly], when: int(event.title) > 0, key: [string(1 / int(event.entity))]}`,
		`  - {name: off, mode: off, on: [anomaly], flap: {at_least: 2, within: 1h}}`,
		`  - {name: everything, mode: auto, on: [anomaly, feedback], count: {at_least: 2, within: 30m, distinct: event.id, reset: true}, unless: paused, given: [{on: traffic, key: [event.entity], within: 1h}, {on: feedback, key: [event.title], within: 1m, absent: true, wait: 1m}], flap: {at_least: 2, within: 30m}, hold: {for: 1m, until: event.title == "low"}, mute: [w], cooldown: 2m, limits: [{max: 2, per: 1h, across: source}], do: [{pause_alert: {source: anodot-prod, alert_id: "${event.entity}", for: 5m}}]}`,
	)
}

// dice reads choices from bytes, the first one for ever after their end.
type dice struct {
	rest []byte
	sets map[string]*rule.Set // that were compiled before, by their rules
}

func (d *dice) roll(n int) int {
	if len(d.rest) == 0 {
		return 0
	}
	b := d.rest[0]
	d.rest = d.rest[1:]
	return int(b) % n
}

// set leaves out some of the rules.
func (d *dice) set(tb tester, rules []string) *rule.Set {
	tb.Helper()
	from, length := d.roll(len(rules)), d.roll(8)
	text := strings.Join(slices.Delete(slices.Clone(rules), from, min(from+length, len(rules))), "\n")
	if d.sets[text] == nil {
		d.sets[text] = load(tb, "rules:\n"+text+"\nmute_windows: {w: {from: \"00:20\", to: \"00:40\"}}\n")
	}
	return d.sets[text]
}

func (d *dice) event(i int, now time.Time) *eventv1.Event {
	kind := []func(string, string, ...option) *eventv1.Event{anomaly, feedback, traffic}[d.roll(3)]
	// Ids are remembered for longer than a month.
	ev := kind(fmt.Sprint("e", d.roll(2)*i, now.Format("-2006-01")), "00:00", entity([]string{"x", "0"}[d.roll(2)]), title([]string{"low", "high", "7", ""}[d.roll(4)]))
	alert([]string{"p", "q", "z", "", "x"}[d.roll(5)])(ev)
	if a := ev.GetAnomaly(); a != nil {
		a.Phase = eventv1.Phase(d.roll(4))
		ev.NativeId = []string{"v", "w", "u", ""}[d.roll(4)]
	}
	away := []time.Duration{0, 0, -time.Minute, -5 * time.Minute, -time.Hour, 3 * time.Minute, 400 * 24 * time.Hour, -400 * 24 * time.Hour}[d.roll(8)]
	ev.OccurredAt = timestamppb.New(now.Add(away))
	if d.roll(3) > 0 {
		ev.ObservedAt = timestamppb.New(now)
	}
	return ev
}

func (d *dice) input(actions []string, now time.Time) *routerv1.Input {
	action := "none"
	if len(actions) > 0 {
		action = actions[d.roll(len(actions))]
	}
	in := inventory("00:00", known("p"), paused("q"))
	switch d.roll(4) {
	case 1:
		in = said("00:00", action, d.roll(2) == 0)
	case 2:
		in = ended("00:00", action, actionv1.State(d.roll(9)), d.roll(2) == 0)
		in.GetActionEnded().Target = "alert:p"
	case 3:
		in = overridden("00:00", "alert:p")
	}
	in.TakenAt = timestamppb.New(now)
	return in
}

// FuzzStep lets anything happen to an engine, and the same to one that is
// restarted in between: neither panics, both say the same, and what an engine
// says of itself holds together.
func FuzzStep(f *testing.F) {
	rules, sets := stepRules(), map[string]*rule.Set{}
	f.Add([]byte{})
	f.Add([]byte(strings.Repeat("\x00\x02\x03\x04\x05\x06\x07", 60)))
	f.Add([]byte(strings.Repeat("the engine takes whatever comes, in whatever order it comes. ", 8)))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1024 {
			return
		}
		d := &dice{rest: data, sets: sets}
		settings := propertySettings()
		settings.Reorder = []time.Duration{0, 4 * time.Minute, time.Hour}[d.roll(3)]
		settings.MaxKeys = []int{0, 1, 2}[d.roll(3)]
		if d.roll(2) == 1 {
			settings.Safety = nil
		}
		s := &stepper{dice: d, settings: settings, ids: map[string]bool{}, now: monday}
		set := d.set(t, rules)
		s.plain, s.restarted = engine.New(set, settings), engine.New(set, settings)
		for i := 0; len(d.rest) > 0; i++ {
			set = s.step(t, i, set, rules)
		}
		s.now = s.now.AddDate(2, 0, 0)
		s.check(t, s.plain.Advance(s.now), s.restarted.Advance(s.now))
		stats := s.plain.Stats()
		require.Zero(t, stats.Waiting+stats.Standing+stats.HeldBack+stats.Leases+stats.Keys)
	})
}

type stepper struct {
	*dice
	settings         engine.Settings
	plain, restarted *engine.Engine
	ids              map[string]bool
	actions          []string
	now              time.Time
}

func (s *stepper) step(t *testing.T, i int, set *rule.Set, rules []string) *rule.Set {
	t.Helper()
	s.now = s.now.Add([]time.Duration{0, time.Second, time.Minute, 7 * time.Minute, 50 * time.Hour, -time.Minute, -30 * time.Hour}[s.roll(7)])
	switch s.roll(10) {
	case 1:
		s.check(t, s.plain.Advance(s.now), s.restarted.Advance(s.now))
	case 2:
		in := s.input(s.actions, s.now)
		s.check(t, s.plain.Take(in), s.restarted.Take(in))
	case 3:
		set = s.set(t, rules)
		s.check(t, s.plain.Switch(set), s.switches(t, i, set))
	default:
		in := engine.Input{Event: s.event(i, s.now), Sequence: uint64(i), Time: s.now}
		s.check(t, s.plain.Event(in), s.restarted.Event(in))
	}
	if s.roll(3) == 1 {
		s.restarted = restored(t, set, s.settings, s.restarted)
	}
	return set
}

// switches lets another set decide, every other time by a restart with it.
func (s *stepper) switches(t *testing.T, i int, set *rule.Set) []engine.Output {
	t.Helper()
	if i%2 == 0 {
		return s.restarted.Switch(set)
	}
	snapshot, err := s.restarted.Snapshot()
	require.NoError(t, err)
	s.restarted, err = engine.Restore(set, s.settings, snapshot)
	require.NoError(t, err)
	return nil
}

func (s *stepper) check(t *testing.T, plain, restarted []engine.Output) {
	t.Helper()
	require.Equal(t, words(plain), words(restarted))
	require.Equal(t, marshal(t, plain), marshal(t, restarted))
	for _, o := range plain {
		require.NotEqual(t, o.Decision == nil, o.Lease == nil, "one of both")
		if o.Decision != nil {
			require.False(t, s.ids[o.Decision.GetId()], "%s is said twice", o.Decision)
			s.ids[o.Decision.GetId()] = true
			require.NoError(t, o.Decision.GetTime().CheckValid())
		}
		for _, a := range o.Actions {
			require.False(t, s.ids[a.GetId()])
			s.ids[a.GetId()] = true
			s.actions = append(s.actions, a.GetId())
		}
	}
	stats := s.plain.Stats()
	require.Equal(t, stats.Events, stats.Duplicates+stats.Late+stats.Matched+stats.Unmatched+uint64(stats.HeldBack))
}
