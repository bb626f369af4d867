package engine_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
)

const bots = "on: [anomaly]\ngiven: [{on: traffic, key: [event.entity], within: 15m}]"

func TestGiven(t *testing.T) {
	t.Parallel()
	tell(t, []story{
		{
			name:   "a cause exactly as old as within",
			rule:   bots,
			events: list(traffic("t", "10:00"), anomaly("a", "10:15"), anomaly("b", "10:15:00.000000001")),
			want:   []string{"a FIRED lag 15m", "b HELD_GIVEN no traffic within 15m"},
		},
		{
			name:   "a cause of the same instant",
			rule:   bots,
			events: list(traffic("t", "10:00"), anomaly("a", "10:00")),
			want:   []string{"a FIRED lag 0s"},
		},
		{
			name:   "a later cause is none",
			rule:   bots,
			events: list(traffic("t", "10:00:00.000000001"), anomaly("a", "10:00")),
			want:   []string{"a HELD_GIVEN no traffic within 15m"},
		},
		{
			name:   "a cause that arrives after the event comes too late without wait",
			rule:   bots,
			events: list(anomaly("a", "10:00"), traffic("t", "10:00"), anomaly("b", "10:00")),
			want:   []string{"a HELD_GIVEN no traffic within 15m", "b FIRED lag 0s"},
		},
		{
			name:   "one cause serves many",
			rule:   bots,
			events: list(traffic("t", "10:00"), anomaly("a", "10:01"), anomaly("b", "10:02")),
			want:   []string{"a FIRED lag 1m", "b FIRED lag 2m"},
		},
		{
			name:   "keys are compared exactly",
			rule:   bots,
			events: list(traffic("t", "10:00", entity("shop")), anomaly("a", "10:01", entity("Shop")), anomaly("b", "10:01", entity("shop."))),
			want:   []string{"a HELD_GIVEN no traffic within 15m", "b HELD_GIVEN no traffic within 15m"},
		},
		{
			name:   "parts of a key do not run together",
			rule:   "on: [anomaly]\nkey: [event.entity, event.title]\ngiven: [{on: traffic, key: [event.entity, event.title], within: 15m}]",
			events: list(traffic("t", "10:00", entity("ab")), anomaly("a", "10:01", entity("a"), func(e *eventv1.Event) { e.Title = "b" }), anomaly("b", "10:01", entity("ab"))),
			want:   []string{"a HELD_GIVEN no traffic within 15m", "b FIRED lag 1m"},
		},
		{
			name:   "where has to hold on the cause",
			rule:   "on: [anomaly]\ngiven: [{on: traffic, where: traffic.measures.invalid >= 10.0, key: [event.entity], within: 15m}]",
			events: list(traffic("t", "10:00", measure("invalid", 9)), traffic("u", "10:01"), anomaly("a", "10:02"), traffic("v", "10:03", measure("invalid", 10)), anomaly("b", "10:04")),
			want:   []string{"a HELD_GIVEN no traffic within 15m", "b FIRED lag 1m"},
		},
		{
			name:   "every clause needs a cause",
			rule:   "on: [anomaly]\ngiven: [{on: traffic, key: [event.entity], within: 15m}, {on: feedback, key: [event.entity], within: 1h}]",
			events: list(traffic("t", "10:00"), anomaly("a", "10:01"), feedback("f", "10:01"), anomaly("b", "10:02"), anomaly("c", "10:30")),
			want:   []string{"a HELD_GIVEN given[1]: no feedback within 1h", "b FIRED given[0] lag 2m, given[1] lag 1m", "c HELD_GIVEN given[0]: no traffic within 15m"},
		},
		{
			name:   "an event is not its own cause",
			rule:   "on: [anomaly]\ngiven: [{on: anomaly, key: [event.entity], within: 15m}]",
			events: list(anomaly("a", "10:00"), anomaly("b", "10:00"), anomaly("c", "10:16")),
			want:   []string{"a HELD_GIVEN no anomaly within 15m", "b FIRED lag 0s", "c HELD_GIVEN no anomaly within 15m"},
		},
		{
			name:   "count comes first",
			rule:   bots + "\ncount: {at_least: 2, within: 1h}",
			events: list(anomaly("a", "10:00"), anomaly("b", "10:01"), traffic("t", "10:01"), anomaly("c", "10:02")),
			want:   []string{"a HELD_COUNT count 1 of 2", "b HELD_GIVEN no traffic within 15m", "c FIRED count 3 of 2, lag 1m"},
		},
		{
			name:   "a condition that fails is an error and no cause",
			rule:   "on: [anomaly]\ngiven: [{on: feedback, where: int(feedback.user) > 0, key: [event.entity], within: 15m}, {on: feedback, key: ['int(feedback.user)'], within: 15m}]",
			events: list(feedback("f", "10:00"), anomaly("a", "10:00")),
			want: []string{
				"f ERROR where: type conversion error from 'string' to 'int'",
				"f ERROR key[0]: type conversion error from 'string' to 'int'",
				"a HELD_GIVEN given[0]: no feedback within 15m",
			},
		},
	})
}

func TestGiven_TheLatestByTimeAndIDIsTheCause(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, ruleOf(bots)), hourLate())
	out := feed(e, stored(
		traffic("t2", "10:00"), traffic("t3", "10:00"), traffic("t1", "10:00"), traffic("t9", "09:59", seen("10:00")),
		traffic("later", "10:10"), anomaly("a", "10:05", seen("10:10")),
	))
	require.Equal(t, []string{"t3"}, out[0].Decision.GetCauses())
}

func TestGiven_CausesAndCountedEventsAreOneOrder(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, ruleOf(bots+"\ncount: {at_least: 2, within: 1h}")), hourLate())
	out := feed(e, stored(anomaly("a", "10:00"), traffic("t", "10:05"), anomaly("b", "10:10")))
	require.Equal(t, []string{"a", "t", "b"}, out[1].Decision.GetCauses())
}

func TestGiven_IDsOfSeveralErrorsDiffer(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, ruleOf("on: [feedback]\nwhen: int(feedback.user) > 0\ngiven: [{on: feedback, key: ['int(feedback.user)'], within: 15m}, {on: feedback, key: ['int(feedback.user)'], within: 15m}]")), hourLate())
	out := feed(e, stored(feedback("f", "10:00")))
	require.Len(t, out, 3)
	require.Equal(t, []string{"given[0]", "given[1]", "when"}, []string{out[0].Decision.GetClause(), out[1].Decision.GetClause(), out[2].Decision.GetClause()})
	require.NotEqual(t, out[0].Decision.GetId(), out[1].Decision.GetId())
}

func TestWait(t *testing.T) {
	t.Parallel()
	two := "on: [anomaly]\ngiven: [{on: traffic, key: [event.entity], within: 15m}, {on: feedback, key: [event.entity], within: 15m, wait: 5m}]"
	tell(t, []story{
		{
			name: "judged at once when the cause arrives", rule: bots, settings: waits(2 * time.Minute),
			events: list(anomaly("a", "10:00", seen("10:01")), traffic("t", "09:59", seen("10:02")), anomaly("b", "10:02", seen("10:02"))),
			want:   []string{"a FIRED lag 1m", "b FIRED lag 3m"},
		},
		{
			name: "held when the wait is over", rule: bots, settings: waits(2 * time.Minute), advance: "10:03",
			events: list(anomaly("a", "10:00", seen("10:01"))),
			want:   []string{"a HELD_GIVEN no traffic within 15m, waited 2m"},
		},
		{
			name: "and not an instant before", rule: bots, settings: waits(2 * time.Minute), advance: "10:02:59.999999999",
			events: list(anomaly("a", "10:00", seen("10:01"))),
			want:   []string{},
		},
		{
			name: "a cause of the last instant is in time", rule: bots, settings: waits(2 * time.Minute),
			events: list(anomaly("a", "10:00", seen("10:01")), traffic("t", "10:00", seen("10:02:59.999999999"))),
			want:   []string{"a FIRED lag 0s"},
		},
		{
			name: "a cause that arrives when the wait is over is too late", rule: bots, settings: waits(2 * time.Minute),
			events: list(anomaly("a", "10:00", seen("10:01")), traffic("t", "10:00", seen("10:03"))),
			want:   []string{"a HELD_GIVEN no traffic within 15m, waited 2m"},
		},
		{
			name: "any event moves the clock", rule: bots, settings: waits(2 * time.Minute),
			events: list(anomaly("a", "10:00", seen("10:01")), feedback("f", "10:04", seen("10:04"))),
			want:   []string{"a HELD_GIVEN no traffic within 15m, waited 2m"},
		},
		{
			name: "a cause that does not fit completes nothing", rule: bots, settings: waits(2 * time.Minute), advance: "10:10",
			events: list(anomaly("a", "10:00", seen("10:01")), traffic("t", "10:00:01", seen("10:01")), traffic("u", "09:44:59", seen("10:01")), traffic("v", "10:00", seen("10:01"), entity("y"))),
			want:   []string{"a HELD_GIVEN no traffic within 15m, waited 2m"},
		},
		{
			name: "the rule's own wait comes before the settings'", settings: waits(2 * time.Minute), advance: "10:10",
			rule:   "on: [anomaly]\ngiven: [{on: traffic, key: [event.entity], within: 15m, wait: 5m}]",
			events: list(anomaly("a", "10:00", seen("10:01"))),
			want:   []string{"a HELD_GIVEN no traffic within 15m, waited 5m"},
		},
		{
			name: "none, if the rule says so", settings: waits(2 * time.Minute),
			rule:   "on: [anomaly]\ngiven: [{on: traffic, key: [event.entity], within: 15m, wait: 0s}]",
			events: list(anomaly("a", "10:00", seen("10:01"))),
			want:   []string{"a HELD_GIVEN no traffic within 15m"},
		},
		{
			name: "an event of unknown arrival does not wait", rule: bots, settings: waits(2 * time.Minute),
			events: list(anomaly("a", "10:00")),
			want:   []string{"a HELD_GIVEN no traffic within 15m"},
		},
		{
			name: "a late event may be what is waited for", rule: bots, settings: engine.Settings{MaxLateness: time.Minute, Wait: waits(time.Hour).Wait},
			events: list(anomaly("a", "10:00", seen("10:01")), traffic("t", "09:50", seen("10:02"))),
			want:   []string{"a FIRED lag 10m", "t LATE observed 12m after it occurred, accepted is 1m"},
		},
		{
			name: "nothing is held back before count is reached", rule: bots + "\ncount: {at_least: 2, within: 1h}", settings: waits(2 * time.Minute),
			events: list(anomaly("a", "10:00", seen("10:00")), anomaly("b", "10:01", seen("10:01")), traffic("t", "10:00", seen("10:02"))),
			want:   []string{"a HELD_COUNT count 1 of 2", "b FIRED count 2 of 2, lag 1m"},
		},
		{
			name: "count is taken when it is judged", rule: bots + "\ncount: {at_least: 2, within: 1h, reset: true}", settings: waits(2 * time.Minute),
			events: list(anomaly("a", "10:00", seen("10:00")), anomaly("b", "10:01", seen("10:01")), anomaly("c", "10:01", seen("10:01")), traffic("t", "10:00", seen("10:02"))),
			want:   []string{"a HELD_COUNT count 1 of 2", "b FIRED count 3 of 2, lag 1m", "c HELD_COUNT count 0 of 2"},
		},
		{
			name: "cooldown is taken when it is judged, in order of arrival", rule: bots + "\ncooldown: 1h", settings: waits(2 * time.Minute),
			events: list(anomaly("b", "10:01", seen("10:01")), anomaly("a", "10:00", seen("10:01")), traffic("t", "10:00", seen("10:02"))),
			want:   []string{"b FIRED lag 1m", "a HELD_COOLDOWN cooldown until 2026-01-05T11:01:00Z"},
		},
		{
			name: "the clause that waits least ends the wait", rule: two, settings: waits(2 * time.Minute), advance: "10:10",
			events: list(anomaly("a", "10:00", seen("10:00"))),
			want:   []string{"a HELD_GIVEN given[0]: no traffic within 15m, waited 2m"},
		},
		{
			name: "when it has its cause the others have their time", rule: two, settings: waits(2 * time.Minute), advance: "10:10",
			events: list(anomaly("a", "10:00", seen("10:00")), traffic("t", "10:00", seen("10:01"))),
			want:   []string{"a HELD_GIVEN given[1]: no feedback within 15m, waited 5m"},
		},
		{
			name: "and complete it", rule: two, settings: waits(2 * time.Minute),
			events: list(anomaly("a", "10:00", seen("10:00")), traffic("t", "10:00", seen("10:01")), feedback("f", "10:00", seen("10:04"))),
			want:   []string{"a FIRED given[0] lag 0s, given[1] lag 0s"},
		},
		{
			name: "one event may complete two clauses, once", settings: waits(2 * time.Minute),
			rule:   "on: [anomaly]\ngiven: [{on: traffic, key: [event.entity], within: 15m}, {on: traffic, key: [event.entity], within: 1h}]",
			events: list(anomaly("a", "10:00", seen("10:00")), traffic("t", "10:00", seen("10:01"))),
			want:   []string{"a FIRED given[0] lag 0s, given[1] lag 0s"},
		},
		{
			name: "also where one of them had its cause before", settings: waits(2 * time.Minute),
			rule:   "on: [anomaly]\ngiven: [{on: traffic, key: [event.entity], within: 15m}, {on: traffic, key: [event.entity], within: 1h}]",
			events: list(traffic("u", "09:30", seen("09:30")), anomaly("a", "10:00", seen("10:00")), traffic("t", "10:00", seen("10:01"))),
			want:   []string{"a FIRED given[0] lag 0s, given[1] lag 0s"},
		},
		{
			name: "a clause that does not wait decides at once", settings: waits(0), rule: two,
			events: list(anomaly("a", "10:00", seen("10:00"))),
			want:   []string{"a HELD_GIVEN given[0]: no traffic within 15m"},
		},
	})
}

func TestWait_Next(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, ruleOf(bots)), waits(2*time.Minute))
	_, ok := e.Next()
	require.False(t, ok)
	require.Empty(t, feed(e, stored(anomaly("b", "10:01", seen("10:01")), anomaly("a", "10:01", seen("10:01")), anomaly("c", "10:02", seen("10:02")))))
	due, ok := e.Next()
	require.True(t, ok)
	require.Equal(t, at("10:03"), due)
	require.Equal(t, 3, e.Stats().Waiting)
	out := e.Advance(at("11:00"))
	require.Equal(t, []string{"b HELD_GIVEN", "a HELD_GIVEN", "c HELD_GIVEN"}, short(words(out)), "by due, then by arrival")
	require.Equal(t, uint64(1), out[0].Decision.GetSequence(), "of the event that was judged")
	require.Zero(t, e.Stats().Waiting)
}

func TestWait_TimersAreStampedWithTheirOwnTime(t *testing.T) {
	t.Parallel()
	late := func(moves ...string) []engine.Output {
		e := engine.New(load(t, ruleOf("on: [anomaly]\ngiven: [{on: traffic, key: [event.entity], within: 15m, wait: 2m}]")), hourLate())
		out := feed(e, stored(anomaly("a", "10:00", seen("10:00"))))
		for _, move := range moves {
			out = append(out, e.Advance(at(move))...)
		}
		return out
	}
	require.Equal(t, marshal(t, late("10:02")), marshal(t, late("10:01", "5d 10:00")))
	require.Len(t, late("5d 10:00"), 1)
}

func TestWait_IsBounded(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, ruleOf(bots)), waits(time.Hour))
	for i := range 10_000 {
		require.Empty(t, feed(e, stored(anomaly(strconv.Itoa(i), "10:00", seen("10:00"), entity(fmt.Sprint("e", i%100))))))
	}
	out := feed(e, stored(anomaly("over", "10:00", seen("10:00"))))
	require.Equal(t, []string{"over HELD_GIVEN no traffic within 15m, not waited for: too many judgements wait"}, words(out))
	require.Equal(t, 10_000, e.Stats().Waiting)
	require.Len(t, feed(e, stored(traffic("t", "10:00", seen("10:30"), entity("e7")))), 100)
	require.Equal(t, 9_900, e.Stats().Waiting)
	require.Len(t, e.Advance(at("11:00")), 9_900)
}

func TestWait_WhatOneCauseCompletesIsJudgedInOrderOfArrival(t *testing.T) {
	t.Parallel()
	text := ruleOf(bots)
	text += strings.Replace(strings.TrimPrefix(text, "rules:\n"), "name: one", "name: two", 1)
	e := engine.New(load(t, text), waits(2*time.Minute))
	require.Empty(t, feed(e, stored(anomaly("b", "10:00", seen("10:00")), anomaly("a", "10:00", seen("10:00")))))
	var got []string
	for _, o := range feed(e, stored(traffic("t", "10:00", seen("10:01")))) {
		got = append(got, o.Decision.GetEventId()+" "+o.Decision.GetRule())
	}
	require.Equal(t, []string{"b one", "b two", "a one", "a two"}, got)
}

func TestWait_IsBoundedInBytes(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, ruleOf(bots)), waits(time.Minute))
	large := func(id, clock string) []engine.Output {
		ev := anomaly(id, clock, seen(clock))
		ev.Raw = strings.Repeat("x", 1<<20)
		return feed(e, stored(ev))
	}
	for i := range 63 {
		require.Empty(t, large(strconv.Itoa(i), "10:00"))
	}
	require.Len(t, large("over", "10:00"), 1)
	require.Len(t, e.Advance(at("10:01")), 63)
	require.Empty(t, large("again", "10:01"))
}
