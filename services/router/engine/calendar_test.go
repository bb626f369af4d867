package engine_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/services/router/engine"
)

// The edges that no real data exercises, by hand.
func TestEdges(t *testing.T) {
	t.Parallel()
	tell(t, []story{
		{
			name:   "a vote exactly a day old is out, one a nanosecond younger is in",
			rule:   "on: [feedback]\ncount: {at_least: 2, within: 24h}",
			events: list(feedback("a", "10:00"), feedback("b", "1d 10:00"), feedback("c", "2d 09:59:59.999999999")),
			want:   []string{"a HELD_COUNT count 1 of 2", "b HELD_COUNT count 1 of 2", "c FIRED count 2 of 2"},
		},
		{
			name: "an arrival exactly at the limit is in time", settings: engine.Settings{MaxLateness: 15 * time.Minute},
			rule:   "on: [anomaly]",
			events: list(anomaly("a", "10:00", seen("10:15")), anomaly("b", "10:00", seen("10:15:00.000000001"))),
			want:   []string{"a FIRED", "b LATE observed 15m0.001s after it occurred, accepted is 15m"},
		},
		{
			name:   "midnight is nothing special",
			rule:   "on: [anomaly]\ncount: {at_least: 2, within: 1m}\ncooldown: 2m",
			events: list(anomaly("a", "23:59:59.999999999"), anomaly("b", "1d 00:00"), anomaly("c", "1d 00:01:59.999999999"), anomaly("d", "1d 00:02")),
			want:   []string{"a HELD_COUNT count 1 of 2", "b FIRED count 2 of 2", "c HELD_COUNT count 1 of 2", "d FIRED count 2 of 2"},
		},
		{
			name:   "years of silence end nothing but what is over",
			rule:   "on: [anomaly]\ncount: {at_least: 2, within: 1h}\ncooldown: 1h",
			events: list(anomaly("a", "10:00"), anomaly("b", "10:01"), anomaly("c", "3000d 10:00"), anomaly("d", "3000d 10:01")),
			want:   []string{"a HELD_COUNT count 1 of 2", "b FIRED count 2 of 2", "c HELD_COUNT count 1 of 2", "d FIRED count 2 of 2"},
		},
		{
			name:   "events of one instant are each judged, in the order in which they arrive",
			rule:   "on: [anomaly]\ncount: {at_least: 3, within: 1h}",
			events: list(anomaly("c", "10:00"), anomaly("a", "10:00"), anomaly("b", "10:00"), anomaly("d", "10:00")),
			want:   []string{"c HELD_COUNT count 1 of 3", "a HELD_COUNT count 2 of 3", "b FIRED count 3 of 3", "d FIRED count 4 of 3"},
		},
	})
}

// The words are those of 2026 in any year, also with every timer under way.
func TestEdges_OtherCenturies(t *testing.T) {
	t.Parallel()
	set := load(t, pausing+`
  - {name: counts, mode: shadow, on: [anomaly], count: {at_least: 2, within: 1h, reset: true}, cooldown: 30m, limits: [{max: 1, per: 24h}]}
  - {name: holds, mode: shadow, on: [anomaly], hold: {for: 10m}}
  - {name: waits, mode: shadow, on: [anomaly], given: [{on: traffic, key: [event.entity], within: 15m, wait: 2m, absent: true}]}
  - {name: flaps, mode: shadow, on: [anomaly], flap: {at_least: 2, within: 1h}}
`)
	for _, settings := range []engine.Settings{hourLate(), {MaxLateness: time.Hour, Reorder: 5 * time.Minute}} {
		decide := func(start time.Time) []string {
			e := engine.New(set, settings)
			var out []engine.Output
			for i, minute := range []int{0, 1, 1, 3, 20, 359, 360, 361, 1500, 1501} {
				ev := anomaly(strconv.Itoa(i), "10:00")
				if i == 2 || i == 8 {
					ev = feedback(strconv.Itoa(i), "10:00")
				}
				when := start.Add(time.Duration(minute) * time.Minute)
				ev.OccurredAt, ev.ObservedAt = timestamppb.New(when), timestamppb.New(when)
				out = append(out, e.Event(engine.Input{Event: ev, Time: when})...)
				e = restored(t, set, settings, e)
			}
			out = append(out, e.Advance(start.AddDate(0, 0, 5))...)
			lines := short(words(out))
			e.Advance(start.AddDate(200, 0, 0))
			require.Zero(t, e.Stats().Keys)
			return lines
		}
		want := decide(at("10:00"))
		require.Greater(t, len(want), 40)
		require.Contains(t, want, "alert:17 RESUMED")
		for _, start := range []time.Time{
			time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(1969, 12, 31, 22, 30, 0, 0, time.UTC),
			time.Date(2262, 4, 11, 23, 47, 16, 854_775_807, time.UTC), time.Date(2263, 1, 1, 0, 0, 0, 0, time.UTC),
			time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC), time.Date(9000, 2, 28, 10, 0, 0, 0, time.UTC),
		} {
			require.Equal(t, want, decide(start), "from %s", start)
		}
	}
}

// At the end of the calendar timers end with it; nothing hangs.
func TestEdges_TheLastInstant(t *testing.T) {
	t.Parallel()
	set := load(t, pausing+`
  - {name: holds, mode: shadow, on: [anomaly], hold: {for: 10m}}
  - {name: waits, mode: shadow, on: [anomaly], given: [{on: traffic, key: [event.entity], within: 15m, wait: 2m}]}
`)
	last := time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC)
	for _, settings := range []engine.Settings{hourLate(), {MaxLateness: time.Hour, Reorder: 5 * time.Minute}} {
		e := engine.New(set, settings)
		for i, when := range []time.Time{last.Add(-time.Minute), last.Add(-time.Second), last, last} {
			ev := anomaly(strconv.Itoa(i), "10:00")
			if i%2 == 0 {
				ev = feedback(strconv.Itoa(i), "10:00")
			}
			ev.OccurredAt, ev.ObservedAt = timestamppb.New(when), timestamppb.New(when)
			e.Event(engine.Input{Event: ev, Time: when})
			e = restored(t, set, settings, e)
		}
		e.Advance(last.AddDate(1000, 0, 0))
		_, ok := e.Next()
		require.False(t, ok)
		restored(t, set, settings, e)
	}
}

// Nothing is dated past the end of the calendar, so that every decision can be
// written.
func TestHold_OverTheEndOfTheCalendar(t *testing.T) {
	t.Parallel()
	last := time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC)
	for _, reorder := range []time.Duration{0, 5 * time.Minute} {
		for _, before := range []time.Duration{0, time.Minute} {
			settings := engine.Settings{MaxLateness: time.Hour, Reorder: reorder}
			set := load(t, ruleOf("on: [anomaly]\nhold: {for: 10m}\ncooldown: 1h\ndo: [{pause_alert: {source: s, alert_id: a, for: 6h}}]"))
			e := engine.New(set, settings)
			ev := anomaly("a", "10:00")
			ev.OccurredAt = timestamppb.New(last.Add(-before))
			out := e.Event(engine.Input{Event: ev, Time: last.Add(-before)})
			e = restored(t, set, settings, e)
			out = append(out, e.Advance(last)...)
			fired := 0
			for _, o := range out {
				require.NoError(t, o.Decision.GetTime().CheckValid())
				for _, a := range o.Actions {
					fired++
					require.Equal(t, last, o.Decision.GetTime().AsTime())
					require.NoError(t, a.GetEventTime().CheckValid())
					require.Equal(t, last, a.GetExpiresAt().AsTime())
				}
			}
			require.Equal(t, 1, fired)
			restored(t, set, settings, e)
		}
	}
}
