package engine_test

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

const everyClause = `
rules:
  - name: counts
    mode: auto
    on: [feedback]
    key: [feedback.alert_id]
    count: {at_least: 2, within: 24h, reset: true}
    cooldown: 6h
    do: [{pause_alert: {source: anodot-prod, alert_id: "${feedback.alert_id}", for: 6h}}]
  - name: correlates
    mode: shadow
    on: [anomaly]
    count: {at_least: 1, within: 1h}
    given:
      - {on: traffic, key: [event.entity], within: 15m, wait: 5m}
      - {on: feedback, key: [event.entity], within: 1h, wait: 7m}
    cooldown: 10m
    do: [{publish: {subject: "a.${event.entity}"}}]
`

// busy returns an engine that holds something of everything, and what comes
// next.
func busy(tb tester, set *rule.Set) (*engine.Engine, []engine.Input) {
	tb.Helper()
	e := engine.New(set, hourLate())
	feed(e, stored(
		feedback("f1", "10:00", seen("10:00")), feedback("f2", "10:01", seen("10:01")), feedback("f3", "10:02", seen("10:02"), entity("y")),
		anomaly("a1", "10:02", seen("10:02")), anomaly("a2", "10:03", seen("10:03"), entity("y")),
		anomaly("a3", "08:00", seen("10:03")), traffic("t1", "10:00", seen("10:03"), entity("z")),
	))
	return e, stored(
		feedback("f1", "10:00", seen("10:04")), feedback("f4", "10:04", seen("10:04")), traffic("t2", "10:02", seen("10:05")),
		anomaly("a4", "10:06", seen("10:06"), entity("z")), feedback("f5", "17:00", seen("17:00")),
	)
}

func restored(tb tester, set *rule.Set, settings engine.Settings, e *engine.Engine) *engine.Engine {
	tb.Helper()
	snapshot, err := e.Snapshot()
	require.NoError(tb, err)
	again, err := engine.Restore(set, settings, snapshot)
	require.NoError(tb, err)
	second, err := again.Snapshot()
	require.NoError(tb, err)
	require.Equal(tb, snapshot, second)
	return again
}

func TestSnapshot_GoesOnWhereItWasTaken(t *testing.T) {
	t.Parallel()
	set := load(t, everyClause)
	e, next := busy(t, set)
	require.Equal(t, 2, e.Stats().Waiting)
	again := restored(t, set, hourLate(), e)
	require.Equal(t, engine.Stats{Waiting: 2, Leases: 1, Keys: e.Stats().Keys}, again.Stats())
	want := append(feed(e, next), e.Advance(at("3d 10:00"))...)
	require.Contains(t, words(want), "a1 SHADOW count 1 of 1, given[0] lag 0s, given[1] lag 1m")
	got := append(feed(again, next), again.Advance(at("3d 10:00"))...)
	require.Equal(t, words(want), words(got))
	require.Equal(t, marshal(t, want), marshal(t, got))
}

func TestSnapshot_OfNothing(t *testing.T) {
	t.Parallel()
	set := load(t, everyClause)
	e := restored(t, set, hourLate(), engine.New(set, hourLate()))
	require.Len(t, feed(e, stored(feedback("a", "10:00"))), 1)
}

func TestRestore_AnotherRuleSet(t *testing.T) {
	t.Parallel()
	text := `
rules:
  - name: one
    mode: auto
    on: [feedback]
    count: {at_least: 2, within: 24h}
    cooldown: 6h
    do: [{publish: {subject: s}}]
  - name: two
    mode: auto
    on: [anomaly]
    given: [{on: traffic, key: [event.entity], within: 15m, wait: 5m}]
    do: [{publish: {subject: s}}]
`
	// one has counted a and b and cools down from b; two waits for a cause.
	first := stored(feedback("a", "10:00", seen("10:00")), feedback("b", "10:01", seen("10:01")), anomaly("w", "10:01", seen("10:01")), traffic("t", "09:50", seen("10:02"), entity("y")))
	cases := []struct {
		name     string
		old, new string
		next     []string
	}{
		{"the same", "", "", []string{"w HELD_GIVEN no traffic within 15m, waited 5m", "c HELD_COOLDOWN cooldown until 2026-01-05T16:01:00Z", "d FIRED count 4 of 2"}},
		{"another description, mode, action", "{subject: s}", "{subject: r}", []string{"w HELD_GIVEN no traffic within 15m, waited 5m", "c HELD_COOLDOWN cooldown until 2026-01-05T16:01:00Z", "d FIRED count 4 of 2"}},
		{"another window starts empty, its cooldown stays", "24h", "25h", []string{"w HELD_GIVEN no traffic within 15m, waited 5m", "c HELD_COUNT count 1 of 2", "d FIRED count 2 of 2"}},
		{"another condition", "on: [feedback]", "on: [feedback]\n    when: 'true'", []string{"w HELD_GIVEN no traffic within 15m, waited 5m", "c HELD_COUNT count 1 of 2", "d FIRED count 2 of 2"}},
		{"a longer cooldown", "6h", "8h", []string{"w HELD_GIVEN no traffic within 15m, waited 5m", "c HELD_COOLDOWN cooldown until 2026-01-05T18:01:00Z", "d HELD_COOLDOWN cooldown until 2026-01-05T18:01:00Z"}},
		{"another given drops what waits", "within: 15m", "within: 16m", []string{"c HELD_COOLDOWN cooldown until 2026-01-05T16:01:00Z", "d FIRED count 4 of 2"}},
		{"a rule that is off drops what waits", "mode: auto\n    on: [anomaly]", "mode: off\n    on: [anomaly]", []string{"c HELD_COOLDOWN cooldown until 2026-01-05T16:01:00Z", "d FIRED count 4 of 2"}},
		{"another name starts anew", "name: one", "name: uno", []string{"w HELD_GIVEN no traffic within 15m, waited 5m", "c HELD_COUNT count 1 of 2", "d FIRED count 2 of 2"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := engine.New(load(t, text), hourLate())
			require.Len(t, feed(e, first), 2)
			snapshot, err := e.Snapshot()
			require.NoError(t, err)
			changed := strings.Replace(text, c.old, c.new, 1)
			require.Equal(t, c.old == "", changed == text)
			e, err = engine.Restore(load(t, changed), hourLate(), snapshot)
			require.NoError(t, err)
			require.Empty(t, feed(e, first), "ids are remembered")
			out := feed(e, stored(feedback("c", "15:00", seen("15:00")), feedback("d", "16:01", seen("16:01"))))
			require.Equal(t, c.next, words(out))
		})
	}
}

func TestRestore_CooldownsOutliveTheirRule(t *testing.T) {
	t.Parallel()
	with := load(t, ruleOf("on: [feedback]\ncooldown: 6h"))
	without := load(t, "rules: []\n")
	e := engine.New(with, hourLate())
	feed(e, stored(feedback("a", "10:00")))
	move := func(set *rule.Set) {
		snapshot, err := e.Snapshot()
		require.NoError(t, err)
		e, err = engine.Restore(set, hourLate(), snapshot)
		require.NoError(t, err)
	}
	move(without)
	require.Equal(t, 1, e.Stats().Keys)
	move(without)
	move(with)
	require.Equal(t, []string{"b HELD_COOLDOWN"}, short(words(feed(e, stored(feedback("b", "11:00"))))))
	move(without)
	e.Advance(at("3d 10:00"))
	require.Zero(t, e.Stats().Keys, "but not for ever")
}

func TestRestore_RefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	set := load(t, everyClause)
	e, _ := busy(t, set)
	snapshot, err := e.Snapshot()
	require.NoError(t, err)
	for i := range snapshot {
		_, err := engine.Restore(set, hourLate(), snapshot[:i])
		require.ErrorContains(t, err, "restore the engine", "cut off at %d", i)
		if i < len(snapshot)-4 {
			_, err = engine.Restore(set, hourLate(), resealed(snapshot[:i]))
			require.Error(t, err, "cut off at %d with a good checksum", i)
		}
		flipped := append([]byte(nil), snapshot...)
		flipped[i] ^= 1
		_, err = engine.Restore(set, hourLate(), flipped)
		require.Error(t, err, "bit flipped at %d", i)
	}
	other := append([]byte(nil), snapshot...)
	other[len("sbengine")]++
	_, err = engine.Restore(set, hourLate(), resealed(other[:len(other)-4]))
	require.ErrorContains(t, err, "this is a snapshot of version 4, and no snapshot of version 3")
	_, err = engine.Restore(set, hourLate(), resealed(append(append([]byte(nil), snapshot[:len(snapshot)-4]...), 0)))
	require.ErrorContains(t, err, "damaged", "something follows")
}

// resealed puts a good checksum behind the body.
func resealed(body []byte) []byte {
	body = append([]byte(nil), body...)
	return binary.BigEndian.AppendUint32(body, crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)))
}

// FuzzRestore reads any bytes as a snapshot: it is refused, or the engine that comes of
// it judges on, lets no timer stand still, and is restored from its own snapshot to one
// that has the same.
func FuzzRestore(f *testing.F) {
	e, set, settings := laden(f)
	_, next := busy(f, load(f, everyClause))
	snapshot, err := e.Snapshot()
	require.NoError(f, err)
	f.Add(snapshot[:len(snapshot)-4])
	empty, err := engine.New(set, settings).Snapshot()
	require.NoError(f, err)
	f.Add(empty[:len(empty)-4])
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := engine.Restore(set, settings, resealed(body))
		if err != nil {
			require.Nil(t, e)
			return
		}
		feed(e, next)
		due, waits := e.Next()
		e.Advance(at("30d 10:00"))
		if waits && !due.After(at("30d 10:00")) {
			later, still := e.Next()
			require.True(t, !still || later.After(due))
		}
		snapshot, err := e.Snapshot()
		require.NoError(t, err)
		again, err := engine.Restore(set, settings, snapshot)
		require.NoError(t, err)
		same, err := again.Snapshot()
		require.NoError(t, err)
		require.Equal(t, snapshot, same)
	})
}

func TestExpire_AMonthIsForgotten(t *testing.T) {
	t.Parallel()
	set := load(t, everyClause)
	e := engine.New(set, hourLate())
	most, middle := 0, 0
	for i := range 30 * 24 * 6 {
		now := monday.Add(time.Duration(i) * 10 * time.Minute)
		for k, ev := range list(feedback("f", "10:00"), anomaly("a", "10:00"), traffic("t", "10:00")) {
			ev.Id = fmt.Sprintf("%s%d", ev.GetId(), i)
			ev.NativeId, ev.Entity = ev.GetId(), fmt.Sprint("e", i)
			if ev.GetFeedback() != nil {
				ev.GetFeedback().AlertId = strconv.Itoa(i)
			}
			ev.OccurredAt.Seconds = now.Unix() + int64(k)
			e.Event(engine.Input{Event: ev, Time: now})
		}
		most = max(most, e.Stats().Keys)
		if i == 15*24*6 {
			middle = e.Stats().Keys
		}
	}
	require.Equal(t, 12_960, int(e.Stats().Events))
	require.LessOrEqual(t, e.Stats().Keys, middle*11/10, "half a month later there is no more")
	require.Less(t, most, 1400, "two days of keys")
	e.Advance(monday.AddDate(0, 0, 34))
	require.Zero(t, e.Stats().Keys)
	large, err := e.Snapshot()
	require.NoError(t, err)
	require.Less(t, len(large), 12_960*16+8_640*16+1_000, "ids and things that were counted remain")
	e.Advance(monday.AddDate(0, 0, 130))
	small, err := e.Snapshot()
	require.NoError(t, err)
	require.Less(t, len(small), 300)
}

func TestExpire_WhatIsInTimeMissesNothing(t *testing.T) {
	t.Parallel()
	text := ruleOf("on: [anomaly]\ncount: {at_least: 2, within: 30m}\ncooldown: 30m\ngiven: [{on: traffic, key: [event.entity], within: 30m}]")
	e := engine.New(load(t, text), hourLate())
	require.Len(t, feed(e, stored(traffic("t", "10:00"), anomaly("a", "10:00"), anomaly("b", "10:05"))), 2)
	// Observed as late as is accepted, and a day under way to the stream.
	in := engine.Input{Event: anomaly("c", "10:29", seen("11:29")), Time: at("1d 11:29")}
	require.Equal(t, []string{"c HELD_COOLDOWN"}, short(words(e.Event(in))))
	in = engine.Input{Event: anomaly("d", "09:55", seen("10:55")), Time: at("1d 11:29")}
	require.Equal(t, []string{"d HELD_COUNT"}, short(words(e.Event(in))))
	require.NotZero(t, e.Stats().Keys)
	e.Advance(at("3d 12:00"))
	require.Zero(t, e.Stats().Keys)
}

func TestExpire_EventsDatedAheadAreKeptForTheirTime(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, ruleOf("on: [feedback]\ncooldown: 1h")), hourLate())
	e.Event(engine.Input{Event: feedback("a", "20d 10:00"), Time: at("10:00")})
	e.Advance(at("19d 10:00"))
	require.Equal(t, 1, e.Stats().Keys)
	out := e.Event(engine.Input{Event: feedback("b", "20d 10:30"), Time: at("20d 10:30")})
	require.Equal(t, []string{"b HELD_COOLDOWN"}, short(words(out)))
	e.Event(engine.Input{Event: feedback("far", "3000d 10:00"), Time: at("21d 10:00")})
	e.Advance(at("120d 10:00"))
	require.Zero(t, e.Stats().Keys, "however far ahead")
}
