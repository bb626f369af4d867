package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/services/router/engine"
)

func TestEvent_OnAndWhen(t *testing.T) {
	t.Parallel()
	tell(t, []story{
		{
			name:   "kinds that the rule is on",
			rule:   "on: [anomaly, feedback]",
			events: list(traffic("a", "10:00"), anomaly("b", "10:00"), feedback("c", "10:00")),
			want:   []string{"b FIRED", "c FIRED"},
		},
		{
			name:   "a condition that does not hold leaves no record",
			rule:   "on: [anomaly]\nwhen: anomaly.score >= 0.9",
			events: list(anomaly("a", "10:00", score(0.89)), anomaly("b", "10:00", score(0.9))),
			want:   []string{"b FIRED"},
		},
		{
			name:   "an absent label is no match, whatever is asked of it",
			rule:   "on: [anomaly]\nwhen: labels.site != 'shop'",
			events: list(anomaly("a", "10:00"), anomaly("b", "10:00", label("site", "blog"))),
			want:   []string{"b FIRED"},
		},
		{
			name:   "an absent key is no match",
			rule:   "on: [anomaly]\nkey: [labels.site]",
			events: list(anomaly("a", "10:00"), anomaly("b", "10:00", label("site", ""))),
			want:   []string{"b FIRED"},
		},
		{
			name:   "a division by zero has no value",
			rule:   "on: [traffic]\nwhen: 1.0 / traffic.measures.total > 0.0",
			events: list(traffic("a", "10:00", measure("total", 0)), traffic("b", "10:00", measure("total", 1))),
			want:   []string{"b FIRED"},
		},
		{
			name:   "a condition that fails is an error",
			rule:   "on: [feedback]\nwhen: int(feedback.comment) > 1",
			events: list(feedback("a", "10:00"), feedback("b", "10:00")),
			want: []string{
				`a ERROR type conversion error from 'string' to 'int'`,
				`b ERROR type conversion error from 'string' to 'int'`,
			},
		},
		{
			name:   "an event without a payload is judged by nobody",
			rule:   "on: [anomaly, feedback, traffic]",
			events: list(newEvent("a", "10:00", nil)),
			want:   []string{},
		},
	})
}

func TestEvent_RulesAreJudgedInTheirOrderAndFailAlone(t *testing.T) {
	t.Parallel()
	set := load(t, `
rules:
  - {name: z-first, mode: shadow, on: [feedback]}
  - {name: fails, mode: shadow, on: [feedback], when: int(feedback.user) > 1}
  - {name: key-fails, mode: shadow, on: [feedback], key: ['int(feedback.user)']}
  - {name: asleep, mode: off, on: [feedback]}
  - {name: a-last, mode: shadow, on: [feedback]}
`)
	out := engine.New(set, hourLate()).Event(stored(feedback("a", "10:00"))[0])
	var got []string
	for _, o := range out {
		got = append(got, o.Decision.GetRule()+" "+outcome(o.Decision)+" "+o.Decision.GetClause())
	}
	require.Equal(t, []string{"z-first SHADOW mode", "fails ERROR when", "key-fails ERROR key", "a-last SHADOW mode"}, got)
}

func TestEvent_Duplicates(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, ruleOf("on: [feedback]\ncount: {at_least: 2, within: 24h}")), hourLate())
	first := stored(feedback("a", "10:00"), feedback("late", "06:00", seen("10:00")))
	require.Len(t, feed(e, first), 2)
	require.Empty(t, feed(e, first), "also when the first one was late")
	changed := feedback("a", "11:00", native("other"))
	require.Empty(t, feed(e, stored(changed)), "the id is the identity")
	require.Equal(t, engine.Stats{Events: 5, Duplicates: 3, Late: 1, Matched: 1, Keys: 1}, e.Stats())
	e.Advance(monday.AddDate(0, 0, 89))
	require.Empty(t, feed(e, first), "89 days later")
	e.Advance(monday.AddDate(0, 0, 92))
	require.Len(t, feed(e, first), 2, "forgotten")
}

func TestEvent_Lateness(t *testing.T) {
	t.Parallel()
	tell(t, []story{
		{
			name:   "exactly the limit is accepted",
			rule:   "on: [feedback]",
			events: list(feedback("a", "10:00", seen("11:00")), feedback("b", "10:00", seen("11:00:00.000000001"))),
			want:   []string{"a FIRED", "b LATE observed 1h0m0.001s after it occurred, accepted is 1h"},
		},
		{
			name:   "observed before it occurred, or of unknown arrival",
			rule:   "on: [feedback]",
			events: list(feedback("a", "10:00", seen("09:00")), feedback("b", "01:00")),
			want:   []string{"a FIRED", "b FIRED"},
		},
		{
			name:   "enters no window",
			rule:   "on: [feedback]\ncount: {at_least: 2, within: 24h}",
			events: list(feedback("a", "08:00", seen("10:00")), feedback("b", "10:00"), feedback("c", "10:01")),
			want:   []string{"a LATE observed 2h after it occurred, accepted is 1h", "b HELD_COUNT count 1 of 2", "c FIRED count 2 of 2"},
		},
		{
			name:   "starts no cooldown",
			rule:   "on: [feedback]\ncooldown: 6h",
			events: list(feedback("a", "08:00", seen("10:00")), feedback("b", "10:00")),
			want:   []string{"a LATE observed 2h after it occurred, accepted is 1h", "b FIRED"},
		},
		{
			name:   "may be a cause",
			rule:   "on: [anomaly]\ngiven: [{on: traffic, key: [event.entity], within: 3h}]",
			events: list(traffic("t", "08:00", seen("10:00")), anomaly("a", "10:00")),
			want:   []string{"t LATE observed 2h after it occurred, accepted is 1h", "a FIRED lag 2h"},
		},
		{
			name:   "is recorded whatever rules there are",
			rule:   "on: [anomaly]\nmode: off",
			events: list(traffic("t", "08:00", seen("10:00"))),
			want:   []string{"t LATE observed 2h after it occurred, accepted is 1h"},
		},
	})
}

func TestEvent_LateDecision(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, ruleOf("on: [feedback]")), hourLate())
	out := feed(e, stored(feedback("a", "08:00", seen("10:00"), entity("alert:17"))))
	require.Len(t, out, 1)
	d := out[0].Decision
	require.Empty(t, d.GetRule())
	require.Empty(t, d.GetKey())
	require.Equal(t, "lateness", d.GetClause())
	require.Equal(t, "alert:17", d.GetEntity())
	require.Equal(t, uint64(1), d.GetSequence())
	require.Len(t, d.GetId(), 26)
}

func TestEvent_TimesAtTheEndsOfTheCalendar(t *testing.T) {
	t.Parallel()
	set := load(t, `
rules:
  - name: one
    mode: auto
    on: [feedback]
    count: {at_least: 1, within: 2160h}
    cooldown: 2160h
    given: [{on: feedback, key: [event.entity], within: 2160h}]
    do: [{pause_alert: {source: anodot-prod, alert_id: "1", for: 2160h}}]
`)
	first, last := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC)
	e := engine.New(set, hourLate())
	var inputs []engine.Input
	for i, when := range []time.Time{first, first.Add(1), last, last, first, monday, last.Add(-1)} {
		ev := feedback(string(rune('a'+i)), "00:00")
		ev.OccurredAt = timestamppb.New(when)
		inputs = append(inputs, engine.Input{Event: ev, Time: when})
	}
	out := feed(e, inputs)
	require.Equal(t, []string{"a HELD_GIVEN", "b FIRED", "alert:1 RESUMED", "c HELD_GIVEN", "d FIRED", "e HELD_GIVEN"}, short(words(out))[:6])
	for _, o := range out {
		for _, a := range o.Actions {
			require.NoError(t, a.GetExpiresAt().CheckValid())
			require.NoError(t, a.GetCreatedAt().CheckValid())
		}
	}
	_, err := e.Snapshot()
	require.NoError(t, err)
	e.Advance(last.AddDate(1000, 0, 0))
	require.Empty(t, e.Advance(first), "the clock does not go back")
}

func TestEvent_ClockOfTheStreamNeverGoesBack(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, ruleOf("on: [feedback]")), hourLate())
	out := feed(e, []engine.Input{
		{Event: feedback("a", "10:00"), Time: at("10:00")},
		{Event: feedback("b", "10:00"), Time: at("09:00")},
	})
	require.Equal(t, at("10:00"), out[1].Actions[0].GetCreatedAt().AsTime())
}

func TestEvent_LongErrorsAreCut(t *testing.T) {
	t.Parallel()
	set := load(t, ruleOf("on: [feedback]\nwhen: timestamp(feedback.comment) > timestamp('2026-01-01T00:00:00Z')"))
	ev := feedback("a", "10:00")
	ev.GetFeedback().Comment = strings.Repeat("ä", 5000)
	out := engine.New(set, hourLate()).Event(stored(ev)[0])
	require.Len(t, out, 1)
	require.LessOrEqual(t, len(out[0].Decision.GetDetail()), 510)
	require.Equal(t, strings.ToValidUTF8(out[0].Decision.GetDetail(), "?"), out[0].Decision.GetDetail())
}

// short drops the details.
func short(lines []string) []string {
	var out []string
	for _, line := range lines {
		out = append(out, strings.Join(strings.Fields(line)[:2], " "))
	}
	return out
}
