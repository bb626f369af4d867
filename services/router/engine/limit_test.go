package engine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router/engine"
)

func TestLimits(t *testing.T) {
	t.Parallel()
	pausing := "\ndo: [{pause_alert: {source: s, alert_id: \"${anomaly.alert_id}\", for: 1m}}]"
	tell(t, []story{
		{
			name:   "so many in the window, exactly its length ago excluded",
			rule:   "on: [anomaly]\nlimits: [{max: 2, per: 1h}]",
			events: list(anomaly("a", "10:00"), anomaly("b", "10:30"), anomaly("c", "10:59:59.999999999"), anomaly("d", "11:00"), anomaly("e", "11:01")),
			want: []string{
				"a FIRED", "b FIRED", "c HELD_LIMIT limit 2 per 1h until 2026-01-05T11:00:00Z",
				"d FIRED", "e HELD_LIMIT limit 2 per 1h until 2026-01-05T11:30:00Z",
			},
		},
		{
			name:   "every one has to allow it, and the first that does not is named",
			rule:   "on: [anomaly]\nlimits: [{max: 1, per: 10m}, {max: 2, per: 1h}]",
			events: list(anomaly("a", "10:00"), anomaly("b", "10:05"), anomaly("c", "10:10"), anomaly("d", "10:20"), anomaly("e", "10:15", seen("10:20"))),
			want: []string{
				"a FIRED", "b HELD_LIMIT limit 1 per 10m until 2026-01-05T10:10:00Z", "c FIRED",
				"d HELD_LIMIT limit 2 per 1h until 2026-01-05T11:00:00Z", "e HELD_LIMIT limit 1 per 10m until 2026-01-05T10:20:00Z",
			},
		},
		{
			name:   "the longest one is remembered for its length",
			rule:   "on: [anomaly]\nlimits: [{max: 1, per: 72h}, {max: 5, per: 1h}]",
			events: list(anomaly("a", "10:00"), anomaly("b", "3d 09:59"), anomaly("c", "3d 10:00")),
			want:   []string{"a FIRED", "b HELD_LIMIT limit 1 per 72h until 2026-01-08T10:00:00Z", "c FIRED"},
		},
		{
			name:   "of the rule, whatever the key",
			rule:   "on: [anomaly]\nlimits: [{max: 1, per: 1h, across: rule}]",
			events: list(anomaly("a", "10:00"), anomaly("b", "10:01", entity("y"))),
			want:   []string{"a FIRED", "b HELD_LIMIT limit 1 per 1h until 2026-01-05T11:00:00Z"},
		},
		{
			name:   "of each key",
			rule:   "on: [anomaly]\nlimits: [{max: 1, per: 1h, across: key}]",
			events: list(anomaly("a", "10:00"), anomaly("b", "10:01", entity("y")), anomaly("c", "10:02")),
			want:   []string{"a FIRED", "b FIRED", "c HELD_LIMIT limit 1 per 1h across key until 2026-01-05T11:00:00Z"},
		},
		{
			name:    "of each target",
			rule:    "on: [anomaly]\nlimits: [{max: 1, per: 1h, across: target}]" + pausing,
			events:  list(anomaly("a", "10:00"), anomaly("b", "10:05", alert("18")), anomaly("c", "10:10", entity("y"))),
			advance: "10:10",
			want: []string{
				"a FIRED", "alert:17 RESUMED 2026-01-05T10:01:00Z", "b FIRED", "alert:18 RESUMED 2026-01-05T10:06:00Z",
				"c HELD_LIMIT limit 1 per 1h across target alert:17 until 2026-01-05T11:00:00Z",
			},
		},
		{
			name:   "of each source",
			rule:   "on: [anomaly]\nlimits: [{max: 1, per: 1h, across: source}]\ndo: [{publish: {subject: s}}, {publish: {subject: r}}]",
			events: list(anomaly("a", "10:00"), anomaly("b", "10:05", entity("y"))),
			want:   []string{"a FIRED", "b HELD_LIMIT limit 1 per 1h across source signalbox until 2026-01-05T11:00:00Z"},
		},
		{
			name:   "a firing in shadow counts",
			rule:   "on: [anomaly]\nmode: shadow\nlimits: [{max: 1, per: 1h}]",
			events: list(anomaly("a", "10:00"), anomaly("b", "10:05")),
			want:   []string{"a SHADOW", "b HELD_LIMIT limit 1 per 1h until 2026-01-05T11:00:00Z"},
		},
		{
			name:   "what is held counts nowhere",
			rule:   "on: [anomaly]\ncooldown: 10m\nlimits: [{max: 2, per: 1h}]",
			events: list(anomaly("a", "10:00"), anomaly("b", "10:05"), anomaly("c", "10:10"), anomaly("d", "10:20")),
			want: []string{
				"a FIRED", "b HELD_COOLDOWN cooldown until 2026-01-05T10:10:00Z", "c FIRED",
				"d HELD_LIMIT limit 2 per 1h until 2026-01-05T11:00:00Z",
			},
		},
		{
			name:   "targets that cannot be told are an error",
			rule:   "on: [anomaly]\nlimits: [{max: 1, per: 1h, across: target}]\ndo: [{publish: {subject: \"s.${labels.site}\"}}]",
			events: list(anomaly("a", "10:00")),
			want:   []string{"a ERROR do[0].publish.subject: ${labels.site}: site is absent: no value"},
		},
	})
}

func TestLimits_Record(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, ruleOf("on: [anomaly]\ncount: {at_least: 1, within: 1h}\nlimits: [{max: 1, per: 1h}]")), hourLate())
	out := feed(e, stored(anomaly("a", "10:00"), anomaly("b", "10:05")))
	require.Equal(t, "limits", out[1].Decision.GetClause())
	require.Equal(t, []string{"a", "b"}, out[1].Decision.GetCauses())
	e.Advance(at("3d 10:00"))
	require.Zero(t, e.Stats().Keys)
}

func TestMaxKeys(t *testing.T) {
	t.Parallel()
	settings := engine.Settings{MaxLateness: hourLate().MaxLateness, MaxKeys: 2}
	full := "the rule remembers 2 keys, as many as it may (engine.max_keys_per_rule), and this is another: give it a coarser key or a shorter window"
	for name, c := range map[string]struct{ rule, clause string }{
		"windows":   {"on: [anomaly]\ncount: {at_least: 2, within: 1h}", "count"},
		"cooldowns": {"on: [anomaly]\ncooldown: 1h", "key"},
		"limits":    {"on: [anomaly]\nlimits: [{max: 5, per: 1h, across: key}]", "key"},
		"causes":    {"on: [feedback]\ngiven: [{on: anomaly, key: [event.entity], within: 1h}]", "given[0]"},
		"holds":     {"on: [anomaly]\nhold: {for: 1h}", "hold"},
		"flapping":  {"on: [anomaly]\nflap: {at_least: 2, within: 1h}", "flap"},
		"ends":      {"on: [anomaly]\nwhen: anomaly.score > 2\nhold: {for: 1h, until: anomaly.phase == CLOSED}", "hold.until"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := engine.New(load(t, ruleOf(c.rule)), settings)
			out := feed(e, stored(
				anomaly("a", "10:00", closes("x")), anomaly("b", "10:00", entity("y"), closes("x")), anomaly("c", "10:00", closes("z")),
			))
			for _, o := range out {
				require.NotEqual(t, "ERROR", outcome(o.Decision))
			}
			out = e.Event(stored(anomaly("d", "10:00", entity("z"), closes("x")))[0])
			require.Len(t, out, 1)
			require.Equal(t, []string{"d ERROR " + full}, words(out))
			require.Equal(t, c.clause, out[0].Decision.GetClause())
			require.Equal(t, uint64(1), e.Stats().RefusedKeys)
			e.Advance(at("3d 10:00"))
			require.Zero(t, e.Stats().Keys)
			for _, o := range e.Event(stored(anomaly("e", "3d 10:00", entity("z"), closes("x")))[0]) {
				require.NotEqual(t, "ERROR", outcome(o.Decision), "there is room again")
			}
		})
	}
}
