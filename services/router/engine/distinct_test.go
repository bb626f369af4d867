package engine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router/engine"
)

func TestDistinct(t *testing.T) {
	t.Parallel()
	users := "on: [feedback]\ncount: {at_least: 2, within: 1h, distinct: feedback.user}"
	tell(t, []story{
		{
			name:   "values count, not events",
			rule:   users,
			events: list(feedback("a", "10:00"), feedback("b", "10:01"), feedback("c", "10:02", user("Bob"))),
			want:   []string{"a HELD_COUNT count 1 of 2", "b HELD_COUNT count 1 of 2", "c FIRED count 2 of 2"},
		},
		{
			name:   "a value counts by its latest event",
			rule:   users,
			events: list(feedback("a", "09:00"), feedback("b", "09:40"), feedback("c", "10:30", user("Bob"))),
			want:   []string{"a HELD_COUNT count 1 of 2", "b HELD_COUNT count 1 of 2", "c FIRED count 2 of 2"},
		},
		{
			name:   "and by its earlier one where the later is still to come",
			rule:   users,
			events: list(feedback("a", "09:10"), feedback("b", "10:20"), feedback("c", "09:50", user("Bob"), seen("10:20"))),
			want:   []string{"a HELD_COUNT count 1 of 2", "b HELD_COUNT count 1 of 2", "c FIRED count 2 of 2"},
		},
		{
			name:   "the native id plays no part",
			rule:   users,
			events: list(feedback("a", "10:00", native("v")), feedback("b", "10:01", native("v"), user("Bob")), feedback("c", "10:02", native("v"))),
			want:   []string{"a HELD_COUNT count 1 of 2", "b FIRED count 2 of 2", "c FIRED count 2 of 2"},
		},
		{
			name:   "what was consumed may count again",
			rule:   "on: [feedback]\ncount: {at_least: 2, within: 1h, reset: true, distinct: feedback.user}",
			events: list(feedback("a", "10:00"), feedback("b", "10:01", user("Bob")), feedback("c", "10:02"), feedback("d", "10:03", user("Bob"))),
			want:   []string{"a HELD_COUNT count 1 of 2", "b FIRED count 2 of 2", "c HELD_COUNT count 1 of 2", "d FIRED count 2 of 2"},
		},
		{
			name:   "an event without a value does not count and does not fire",
			rule:   "on: [anomaly]\ncount: {at_least: 1, within: 1h, distinct: labels.site}",
			events: list(anomaly("a", "10:00"), anomaly("b", "10:01", label("site", "x")), anomaly("c", "10:02")),
			want:   []string{"a HELD_COUNT count 0 of 1, distinct has no value", "b FIRED count 1 of 1", "c HELD_COUNT count 1 of 1, distinct has no value"},
		},
		{
			name:   "an expression that fails is an error",
			rule:   "on: [feedback]\ncount: {at_least: 1, within: 1h, distinct: int(feedback.user)}",
			events: list(feedback("a", "10:00")),
			want:   []string{"a ERROR distinct: type conversion error from 'string' to 'int'"},
		},
		{
			name:   "each key by itself",
			rule:   users,
			events: list(feedback("a", "10:00"), feedback("b", "10:01", user("Bob"), entity("y"))),
			want:   []string{"a HELD_COUNT count 1 of 2", "b HELD_COUNT count 1 of 2"},
		},
	})
}

func TestDistinct_TheLatestOfEachValueIsACause(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, ruleOf("on: [feedback]\ncount: {at_least: 3, within: 1h, distinct: feedback.user}")), hourLate())
	out := feed(e, stored(
		feedback("a", "10:00"), feedback("b", "10:01", user("Bob")), feedback("c", "10:02"), feedback("d", "10:03", user("Cid")),
	))
	require.Equal(t, []string{"b", "c", "d"}, out[3].Decision.GetCauses())
	require.Equal(t, "count", out[0].Decision.GetClause())
}
