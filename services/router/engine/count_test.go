package engine_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
)

func TestCount(t *testing.T) {
	t.Parallel()
	two := "on: [feedback]\ncount: {at_least: 2, within: 1h}"
	reset := "on: [feedback]\ncount: {at_least: 2, within: 1h, reset: true}"
	tell(t, []story{
		{
			name:   "an event exactly as old as the window is out",
			rule:   two,
			events: list(feedback("a", "10:00"), feedback("b", "11:00")),
			want:   []string{"a HELD_COUNT count 1 of 2", "b HELD_COUNT count 1 of 2"},
		},
		{
			name:   "an event an instant younger is in",
			rule:   two,
			events: list(feedback("a", "10:00:00.000000001"), feedback("b", "11:00")),
			want:   []string{"a HELD_COUNT count 1 of 2", "b FIRED count 2 of 2"},
		},
		{
			name:   "firing keeps the window",
			rule:   two,
			events: list(feedback("a", "10:00"), feedback("b", "10:10"), feedback("c", "10:20")),
			want:   []string{"a HELD_COUNT count 1 of 2", "b FIRED count 2 of 2", "c FIRED count 3 of 2"},
		},
		{
			name:   "at least one is every event",
			rule:   "on: [feedback]\ncount: {at_least: 1, within: 1h}",
			events: list(feedback("a", "10:00"), feedback("b", "10:10")),
			want:   []string{"a FIRED count 1 of 1", "b FIRED count 2 of 1"},
		},
		{
			name:   "each key by itself",
			rule:   two,
			events: list(feedback("a", "10:00", entity("x")), feedback("b", "10:01", entity("y")), feedback("c", "10:02", entity("x"))),
			want:   []string{"a HELD_COUNT count 1 of 2", "b HELD_COUNT count 1 of 2", "c FIRED count 2 of 2"},
		},
		{
			name:   "events of one instant one by one",
			rule:   two,
			events: list(feedback("b", "10:00"), feedback("a", "10:00")),
			want:   []string{"b HELD_COUNT count 1 of 2", "a FIRED count 2 of 2"},
		},
		{
			name:   "out of order an event counts at its own time",
			rule:   two,
			events: list(feedback("a", "10:00"), feedback("b", "11:30"), feedback("c", "10:30", seen("11:30")), feedback("d", "11:29", seen("11:31"))),
			want:   []string{"a HELD_COUNT count 1 of 2", "b HELD_COUNT count 1 of 2", "c FIRED count 2 of 2", "d FIRED count 2 of 2"},
		},
		{
			name:   "later events are not in an older window",
			rule:   two,
			events: list(feedback("a", "10:10"), feedback("b", "10:05", seen("10:10"))),
			want:   []string{"a HELD_COUNT count 1 of 2", "b HELD_COUNT count 1 of 2"},
		},
		{
			name:   "an update counts once",
			rule:   two,
			events: list(feedback("a", "10:00", native("v")), feedback("b", "10:10", native("v")), feedback("c", "10:20", native("w"))),
			want:   []string{"a HELD_COUNT count 1 of 2", "b HELD_COUNT count 1 of 2", "c FIRED count 2 of 2"},
		},
		{
			name:   "an update does not move the first one's time",
			rule:   two,
			events: list(feedback("a", "10:00", native("v")), feedback("b", "10:50", native("v")), feedback("c", "11:10", native("w"))),
			want:   []string{"a HELD_COUNT count 1 of 2", "b HELD_COUNT count 1 of 2", "c HELD_COUNT count 1 of 2"},
		},
		{
			name:   "an update after the first one has left counts nowhere",
			rule:   two,
			events: list(feedback("a", "10:00", native("v")), feedback("b", "12:00", native("v"))),
			want:   []string{"a HELD_COUNT count 1 of 2", "b HELD_COUNT count 0 of 2"},
		},
		{
			name:   "an update does not fire, also while the window is full",
			rule:   two,
			events: list(feedback("a", "10:00", native("v")), feedback("b", "10:10", native("w")), feedback("c", "10:20", native("w"))),
			want:   []string{"a HELD_COUNT count 1 of 2", "b FIRED count 2 of 2", "c HELD_COUNT count 2 of 2, an update of w"},
		},
		{
			name:   "a thing whose first report did not meet the condition is no update",
			rule:   two + "\nwhen: feedback.comment != \"fine\"",
			events: list(feedback("a", "10:00", native("v")), comment(feedback("b", "10:10", native("w")), "fine"), feedback("c", "10:20", native("w"))),
			want:   []string{"a HELD_COUNT count 1 of 2", "c FIRED count 2 of 2"},
		},
		{
			name:   "equal native ids of two sources are two things",
			rule:   two,
			events: list(feedback("a", "10:00", native("v")), feedback("b", "10:10", native("v"), elsewhere())),
			want:   []string{"a HELD_COUNT count 1 of 2", "b FIRED count 2 of 2"},
		},
		{
			name:   "events without a native id are things of their own",
			rule:   two,
			events: list(feedback("a", "10:00", native("")), feedback("b", "10:10", native(""))),
			want:   []string{"a HELD_COUNT count 1 of 2", "b FIRED count 2 of 2"},
		},
		{
			name:   "reset empties the window",
			rule:   reset,
			events: list(feedback("a", "10:00"), feedback("b", "10:10"), feedback("c", "10:20"), feedback("d", "10:30")),
			want:   []string{"a HELD_COUNT count 1 of 2", "b FIRED count 2 of 2", "c HELD_COUNT count 1 of 2", "d FIRED count 2 of 2"},
		},
		{
			name:   "reset in shadow too",
			rule:   reset + "\nmode: shadow",
			events: list(feedback("a", "10:00"), feedback("b", "10:10"), feedback("c", "10:20")),
			want:   []string{"a HELD_COUNT count 1 of 2", "b SHADOW count 2 of 2", "c HELD_COUNT count 1 of 2"},
		},
		{
			name:   "reset empties the window of later events as well",
			rule:   reset,
			events: list(feedback("a", "10:00"), feedback("b", "11:30"), feedback("c", "10:30", seen("11:30")), feedback("d", "11:31")),
			want:   []string{"a HELD_COUNT count 1 of 2", "b HELD_COUNT count 1 of 2", "c FIRED count 2 of 2", "d HELD_COUNT count 1 of 2"},
		},
		{
			name:   "reset leaves other keys alone",
			rule:   reset,
			events: list(feedback("a", "10:00"), feedback("o", "10:00", entity("y")), feedback("b", "10:10"), feedback("p", "10:20", entity("y"))),
			want:   []string{"a HELD_COUNT count 1 of 2", "o HELD_COUNT count 1 of 2", "b FIRED count 2 of 2", "p FIRED count 2 of 2"},
		},
		{
			name:   "what was consumed does not count again",
			rule:   reset,
			events: list(feedback("a", "10:00", native("v")), feedback("b", "10:10", native("w")), feedback("c", "10:20", native("v")), feedback("d", "10:30", native("x")), feedback("e", "10:40", native("y"))),
			want:   []string{"a HELD_COUNT count 1 of 2", "b FIRED count 2 of 2", "c HELD_COUNT count 0 of 2", "d HELD_COUNT count 1 of 2", "e FIRED count 2 of 2"},
		},
		{
			name:   "held evaluations consume nothing",
			rule:   reset + "\ncooldown: 30m",
			events: list(feedback("a", "10:00"), feedback("b", "10:10"), feedback("c", "10:15"), feedback("d", "10:20"), feedback("e", "10:40")),
			want: []string{
				"a HELD_COUNT count 1 of 2", "b FIRED count 2 of 2", "c HELD_COUNT count 1 of 2",
				"d HELD_COOLDOWN cooldown until 2026-01-05T10:40:00Z", "e FIRED count 3 of 2",
			},
		},
	})
}

func TestCount_Causes(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, ruleOf("on: [feedback]\ncount: {at_least: 3, within: 1h}")), hourLate())
	out := feed(e, stored(feedback("b", "10:10"), feedback("z", "10:00", seen("10:10")), feedback("a", "10:10"), feedback("c", "10:05", seen("10:10"))))
	require.Equal(t, []string{"b"}, out[0].Decision.GetCauses())
	require.Equal(t, []string{"z"}, out[1].Decision.GetCauses())
	require.Equal(t, []string{"z", "a", "b"}, out[2].Decision.GetCauses(), "oldest first, ties by id")
	require.Equal(t, []string{"z", "c"}, out[3].Decision.GetCauses())
}

func TestCount_AFullWindowKeepsTheLatest(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, ruleOf("on: [feedback]\nmode: shadow\ncount: {at_least: 10000, within: 1000h}")), hourLate())
	start, most := at("10:00"), 0
	for i := range 45_000 {
		ev := feedback(strconv.Itoa(i), "10:00")
		ev.OccurredAt.Seconds = start.Add(time.Duration(i) * time.Second).Unix()
		out := e.Event(engine.Input{Event: ev, Time: ev.GetOccurredAt().AsTime()})
		require.Len(t, out, 1)
		require.Equal(t, i >= 9_999, outcome(out[0].Decision) == "SHADOW")
		require.LessOrEqual(t, len(out[0].Decision.GetCauses()), 256)
		var counted int
		_, err := fmt.Sscanf(out[0].Decision.GetDetail(), "count %d", &counted)
		require.NoError(t, err)
		most = max(most, counted)
	}
	require.Equal(t, 20_000, most, "windows do not grow without end")
}

func comment(e *eventv1.Event, text string) *eventv1.Event {
	e.GetFeedback().Comment = text
	return e
}
