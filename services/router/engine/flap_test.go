package engine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router/engine"
)

// flapRule is a rule for what closes twice in an hour.
const flapRule = "on: [anomaly]\nflap: {at_least: 2, within: 1h}"

func TestFlap(t *testing.T) {
	t.Parallel()
	since := "flaps since 2026-01-05T10:03:00Z, until it has been quiet for 1h"
	tell(t, []story{
		{
			name: "fires once, at the closing that completes it", rule: flapRule,
			events: list(
				anomaly("a", "10:00", opens("x")), anomaly("b", "10:01", closes("x")), anomaly("c", "10:02", opens("y")), anomaly("d", "10:03", closes("y")),
				anomaly("e", "10:04", opens("z")), anomaly("f", "10:05", closes("z")),
			),
			want: []string{
				"a HELD_FLAP closed 0 of 2", "b HELD_FLAP closed 1 of 2", "c HELD_FLAP closed 1 of 2", "d FIRED closed 2 of 2",
				"e HELD_FLAP " + since, "f HELD_FLAP " + since,
			},
		},
		{
			name: "a closing without an opening is none", rule: flapRule,
			events: list(anomaly("a", "10:00", closes("x")), anomaly("b", "10:01", closes("y")), anomaly("c", "10:02", closes("z"))),
			want:   []string{"a HELD_FLAP closed 0 of 2", "b HELD_FLAP closed 0 of 2", "c HELD_FLAP closed 0 of 2"},
		},
		{
			name: "one thing closes once", rule: flapRule,
			events: list(anomaly("a", "10:00", opens("x")), anomaly("b", "10:01", closes("x")), anomaly("c", "10:02", opens("x")), anomaly("d", "10:03", closes("x"))),
			want:   []string{"a HELD_FLAP closed 0 of 2", "b HELD_FLAP closed 1 of 2", "c HELD_FLAP closed 1 of 2", "d HELD_FLAP closed 1 of 2"},
		},
		{
			name: "things of other sources are others", rule: flapRule,
			events: list(
				anomaly("a", "10:00", opens("x")), anomaly("b", "10:01", closes("x")),
				anomaly("c", "10:02", opens("x"), elsewhere()), anomaly("d", "10:03", closes("x"), elsewhere()),
			),
			want: []string{"a HELD_FLAP closed 0 of 2", "b HELD_FLAP closed 1 of 2", "c HELD_FLAP closed 1 of 2", "d FIRED closed 2 of 2"},
		},
		{
			name: "an opening that arrives after its closing makes it one", rule: flapRule,
			events: list(
				anomaly("b", "10:01", closes("x")), anomaly("a", "10:00", opens("x"), seen("10:01")),
				anomaly("c", "10:02", opens("y")), anomaly("d", "10:03", closes("y")),
			),
			want: []string{"b HELD_FLAP closed 0 of 2", "a HELD_FLAP closed 0 of 2", "c HELD_FLAP closed 1 of 2", "d FIRED closed 2 of 2"},
		},
		{
			name: "a closing exactly as old as within is out", rule: flapRule,
			events: list(
				anomaly("a", "09:00", opens("x")), anomaly("b", "09:03", closes("x")), anomaly("c", "10:02", opens("y")),
				anomaly("d", "10:03", closes("y")), anomaly("e", "10:04", opens("z")), anomaly("f", "10:05", closes("z")),
			),
			want: []string{
				"a HELD_FLAP closed 0 of 2", "b HELD_FLAP closed 1 of 2", "c HELD_FLAP closed 1 of 2", "d HELD_FLAP closed 1 of 2",
				"e HELD_FLAP closed 1 of 2", "f FIRED closed 2 of 2",
			},
		},
		{
			name: "any event of the key keeps it from being quiet, up to exactly within", rule: flapRule,
			events: list(
				anomaly("a", "10:00", opens("x")), anomaly("b", "10:01", closes("x")), anomaly("c", "10:02", opens("y")), anomaly("d", "10:03", closes("y")),
				anomaly("e", "11:02:59.999999999"), anomaly("f", "12:02:59.999999999", opens("z")),
			),
			want: []string{
				"a HELD_FLAP closed 0 of 2", "b HELD_FLAP closed 1 of 2", "c HELD_FLAP closed 1 of 2", "d FIRED closed 2 of 2",
				"e HELD_FLAP " + since, "f HELD_FLAP closed 0 of 2",
			},
		},
		{
			name: "after the quiet it fires again", rule: flapRule,
			events: list(
				anomaly("a", "10:00", opens("x")), anomaly("b", "10:01", closes("x")), anomaly("c", "10:02", opens("y")), anomaly("d", "10:03", closes("y")),
				anomaly("e", "12:00", opens("v")), anomaly("f", "12:01", closes("v")), anomaly("g", "12:02", opens("w")), anomaly("h", "12:03", closes("w")),
			),
			want: []string{
				"a HELD_FLAP closed 0 of 2", "b HELD_FLAP closed 1 of 2", "c HELD_FLAP closed 1 of 2", "d FIRED closed 2 of 2",
				"e HELD_FLAP closed 0 of 2", "f HELD_FLAP closed 1 of 2", "g HELD_FLAP closed 1 of 2", "h FIRED closed 2 of 2",
			},
		},
		{
			name: "keys flap by themselves", rule: flapRule,
			events: list(
				anomaly("a", "10:00", opens("x")), anomaly("b", "10:01", closes("x")),
				anomaly("c", "10:02", opens("y"), entity("y")), anomaly("d", "10:03", closes("y"), entity("y")),
			),
			want: []string{"a HELD_FLAP closed 0 of 2", "b HELD_FLAP closed 1 of 2", "c HELD_FLAP closed 0 of 2", "d HELD_FLAP closed 1 of 2"},
		},
		{
			name: "an event out of order before the flapping belongs to it", rule: flapRule,
			events: list(
				anomaly("a", "10:00", opens("x")), anomaly("b", "10:01", closes("x")), anomaly("c", "10:02", opens("y")), anomaly("d", "10:03", closes("y")),
				anomaly("e", "10:02:30", opens("z"), seen("10:04")), anomaly("f", "09:00:00.000000001", opens("w"), seen("10:00")),
				anomaly("g", "08:00:00.000000001", seen("09:00")),
			),
			want: []string{
				"a HELD_FLAP closed 0 of 2", "b HELD_FLAP closed 1 of 2", "c HELD_FLAP closed 1 of 2", "d FIRED closed 2 of 2",
				"e HELD_FLAP " + since, "f HELD_FLAP " + since, "g HELD_FLAP closed 0 of 2",
			},
		},
		{
			name: "one that leaves no quiet between joins what was apart", rule: flapRule,
			events: list(
				anomaly("a", "10:00", opens("x")), anomaly("b", "10:01", closes("x")), anomaly("c", "10:02", opens("y")), anomaly("d", "10:03", closes("y")),
				anomaly("e", "11:03"), anomaly("f", "10:30", seen("11:03")), anomaly("g", "11:40"),
			),
			want: []string{
				"a HELD_FLAP closed 0 of 2", "b HELD_FLAP closed 1 of 2", "c HELD_FLAP closed 1 of 2", "d FIRED closed 2 of 2",
				"e HELD_FLAP closed 0 of 2", "f HELD_FLAP " + since, "g HELD_FLAP " + since,
			},
		},
		{
			name: "what unless stops has closed all the same", rule: flapRule + "\nunless: anomaly.score < 0.5",
			events: list(
				anomaly("a", "10:00", opens("x")), anomaly("b", "10:01", closes("x"), score(0)), anomaly("c", "10:02", opens("y")), anomaly("d", "10:03", closes("y")),
			),
			want: []string{"a HELD_FLAP closed 0 of 2", "b UNLESS anomaly.score < 0.5", "c HELD_FLAP closed 1 of 2", "d FIRED closed 2 of 2"},
		},
		{
			name: "and does not let it be quiet", rule: flapRule + "\nunless: anomaly.score < 0.5",
			events: list(
				anomaly("a", "10:00", opens("x")), anomaly("b", "10:01", closes("x")), anomaly("c", "10:02", opens("y")), anomaly("d", "10:03", closes("y")),
				anomaly("e", "10:50", score(0)), anomaly("f", "11:40"),
			),
			want: []string{
				"a HELD_FLAP closed 0 of 2", "b HELD_FLAP closed 1 of 2", "c HELD_FLAP closed 1 of 2", "d FIRED closed 2 of 2",
				"e UNLESS anomaly.score < 0.5", "f HELD_FLAP " + since,
			},
		},
		{
			name: "a mute window drops the one firing", rule: flapRule + "\nmute: [morning]\n",
			events: list(
				anomaly("a", "10:00", opens("x")), anomaly("b", "10:01", closes("x")), anomaly("c", "10:02", opens("y")), anomaly("d", "10:03", closes("y")),
				anomaly("e", "11:00"),
			),
			want: []string{
				"a HELD_FLAP closed 0 of 2", "b HELD_FLAP closed 1 of 2", "c HELD_FLAP closed 1 of 2", "d MUTED morning until 10:30 UTC",
				"e HELD_FLAP " + since,
			},
		},
	})
}

func TestFlap_ClosingsAreCauses(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, ruleOf(flapRule)), hourLate())
	out := feed(e, stored(
		anomaly("a", "10:00", opens("x")), anomaly("b", "10:01", closes("x")), anomaly("c", "10:02", opens("y")), anomaly("d", "10:03", closes("y")),
	))
	require.Equal(t, []string{"b"}, out[2].Decision.GetCauses())
	require.Equal(t, []string{"b", "d"}, out[3].Decision.GetCauses())
	require.Equal(t, "flap", out[0].Decision.GetClause())
	e = restored(t, load(t, ruleOf(flapRule)), hourLate(), e)
	require.Equal(t, []string{"e HELD_FLAP"}, short(words(e.Event(stored(anomaly("e", "10:30"))[0]))))
	e.Advance(at("3d 10:00"))
	require.Zero(t, e.Stats().Keys)
}
