package engine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
)

// stopping is the switch as it stands from then on.
func stopping(clock string, hand, configuration *routerv1.Stop) *routerv1.Input {
	return &routerv1.Input{TakenAt: taken(clock), Content: &routerv1.Input_StopSwitch{
		StopSwitch: &routerv1.StopSwitch{ByHand: hand, ByConfiguration: configuration},
	}}
}

func by(name, clock, reason string) *routerv1.Stop {
	return &routerv1.Stop{By: name, At: taken(clock), Reason: reason}
}

const stoppable = `
rules:
  - name: pause
    mode: auto
    on: [feedback]
    key: [feedback.alert_id]
    cooldown: 10m
    do: [{pause_alert: {source: anodot-prod, alert_id: "17", for: 6h}}]
  - {name: tell, mode: shadow, on: [anomaly], do: [{publish: {subject: s}}]}
  - {name: resume, mode: auto, on: [traffic], do: [{resume_alert: {source: anodot-prod, alert_id: "17"}}, {publish: {subject: s}}]}
`

const stoppedByAnn = "actions are stopped by ann since 2026-01-05T10:00:00Z: the vendor is on fire"

func TestStop(t *testing.T) {
	t.Parallel()
	ann, configured := by("ann", "10:00", "the vendor is on fire"), by("start", "10:30", "")
	cases := []struct {
		name  string
		steps []any
		want  []string
	}{
		{
			"what a rule would do is refused, and cools down",
			[]any{stopping("10:00", ann, nil), feedback("f1", "10:01"), feedback("f2", "10:02")},
			[]string{"f1 REFUSED_SAFETY " + stoppedByAnn, "f2 HELD_COOLDOWN cooldown until 2026-01-05T10:11:00Z"},
		},
		{
			"what it would do in shadow too",
			[]any{stopping("10:00", ann, nil), anomaly("a", "10:01")},
			[]string{"a REFUSED_SAFETY " + stoppedByAnn},
		},
		{
			"a resume goes through, whatever else the rule asks for",
			[]any{feedback("f", "09:00"), stopping("10:00", ann, nil), traffic("t", "10:01"), "1d 10:00"},
			[]string{"f FIRED", "t FIRED"},
		},
		{
			"a lease ends in time",
			[]any{feedback("f", "09:00"), stopping("10:00", ann, nil), "1d 10:00"},
			[]string{"f FIRED", "alert:17 RESUMED 2026-01-05T15:00:00Z"},
		},
		{
			"until actions go on",
			[]any{stopping("10:00", ann, nil), stopping("10:05", nil, nil), feedback("f", "10:06")},
			[]string{"f FIRED"},
		},
		{
			"which they do not while the configuration stops them",
			[]any{stopping("10:00", ann, configured), feedback("f1", "10:40"), stopping("10:45", nil, configured), feedback("f2", "10:50")},
			[]string{
				"f1 REFUSED_SAFETY " + stoppedByAnn + ", and by safety.stop in the configuration since 2026-01-05T10:30:00Z",
				"f2 REFUSED_SAFETY actions are stopped by safety.stop in the configuration since 2026-01-05T10:30:00Z",
			},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, settings := range []engine.Settings{hourLate(), safe(engine.Safety{MaxActionsPerHour: 60})} {
				set := load(t, stoppable)
				e := engine.New(set, settings)
				require.Equal(t, c.want, words(run(e, c.steps...)))

				e = engine.New(set, settings)
				var out []engine.Output
				for _, step := range c.steps {
					out = append(out, run(e, step)...)
					e = restored(t, set, settings, e)
				}
				require.Equal(t, c.want, words(out), "also over restarts")
			}
		})
	}
}

// A word that is said while actions are stopped ends what it approves.
func TestStop_RefusesAnApproval(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, suggesting), hourLate())
	action := asked(run(e, feedback("f", "10:00")))
	out := run(e, stopping("10:01", by("ann", "10:00", "the vendor is on fire"), nil), said("10:05", action, true))
	require.Equal(t, []string{"f REFUSED_SAFETY at its approval: " + stoppedByAnn}, words(out))
	require.Equal(t, action, out[0].Decision.GetActions()[0].GetId())
}

// again is the first retry of a pause of alert 17 until 16:00.
func again(clock, action string) *routerv1.Input {
	return &routerv1.Input{TakenAt: taken(clock), Content: &routerv1.Input_Retry{Retry: &routerv1.Retry{
		ActionId: action, Number: 1, By: "ann", Type: "pause_alert", Source: "anodot-prod", Target: "alert:17", Rule: "pause",
		EventId: "f", Key: []string{"17"}, TakenAt: taken("10:00"), Until: taken("16:00"),
	}}}
}

func numbered(number int32, in *routerv1.Input) *routerv1.Input {
	in.GetRetry().Number = number
	return in
}

const retried = `
rules:
  - {name: pause, mode: auto, on: [feedback], do: [{pause_alert: {source: anodot-prod, alert_id: "17", for: 6h}}]}
  - {name: tell, mode: auto, on: [anomaly], unless: paused, do: [{publish: {subject: s}}]}
`

// A backtest hears that the pause was not made, and so must hear that it was made
// after all. A pause that its own rules did not ask for is none.
func TestRetry_WithoutAVendor(t *testing.T) {
	t.Parallel()
	settings := hourLate()
	settings.NoVendor = true
	e := engine.New(load(t, retried), settings)
	action := asked(run(e, feedback("f", "10:00")))
	out := run(e, ended("10:20", action, actionv1.State_STATE_FAILED, false), again("10:40", action), anomaly("b", "10:50"))
	require.Equal(t, []string{"b UNLESS paused"}, words(out))

	e = engine.New(load(t, retried), settings)
	out = run(e, ended("10:20", action, actionv1.State_STATE_FAILED, false), again("10:40", action), anomaly("b", "10:50"))
	require.Equal(t, []string{"b FIRED"}, words(out))
}

func TestRetry(t *testing.T) {
	t.Parallel()
	failed := func(clock, action string) any { return ended(clock, action, actionv1.State_STATE_FAILED, false) }
	cases := []struct {
		name   string
		safety engine.Safety
		steps  func(action string) []any // after feedback at 10:00 has asked for a pause
		want   []string
	}{
		{
			"takes the lease that was not taken",
			engine.Safety{},
			func(action string) []any {
				return []any{failed("10:20", action), anomaly("a", "10:30"), again("10:40", action), anomaly("b", "10:50"), "1d 10:00"}
			},
			[]string{"a FIRED", "b UNLESS paused", "alert:17 RESUMED 2026-01-05T16:00:00Z"},
		},
		{
			"takes none that is over",
			engine.Safety{},
			func(action string) []any {
				return []any{failed("10:20", action), again("16:00", action), anomaly("a", "16:00"), "1d 10:00"}
			},
			[]string{"a FIRED"},
		},
		{
			"spends the budget once more",
			engine.Safety{MaxActionsPerHour: 2},
			func(action string) []any {
				return []any{failed("10:20", action), again("10:30", action), failed("10:40", action), numbered(2, again("10:50", action))}
			},
			[]string{"f REFUSED_SAFETY at its retry: anodot-prod has had 2 of 2 actions in the last hour"},
		},
		{
			"heard twice is one",
			engine.Safety{MaxActionsPerHour: 3},
			func(action string) []any {
				return []any{
					failed("10:20", action), again("10:30", action), failed("10:31", action), again("10:32", action), anomaly("a", "10:33"),
					numbered(2, again("10:34", action)), numbered(2, again("10:35", action)), anomaly("b", "10:36"),
				}
			},
			[]string{"a FIRED", "b UNLESS paused"},
		},
		{
			"is refused while actions are stopped",
			engine.Safety{},
			func(action string) []any {
				return []any{
					failed("10:20", action), stopping("10:25", by("ann", "10:00", "the vendor is on fire"), nil),
					again("10:30", action), stopping("10:35", nil, nil), anomaly("a", "10:40"),
				}
			},
			[]string{"f REFUSED_SAFETY at its retry: " + stoppedByAnn, "a FIRED"},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := engine.New(load(t, retried), safe(c.safety))
			action := asked(run(e, feedback("f", "10:00")))
			out := run(e, c.steps(action)...)
			require.Equal(t, c.want, words(out))
			for _, o := range out {
				if o.Decision.GetEventId() == "f" {
					require.Equal(t, action, o.Decision.GetActions()[0].GetId())
				}
			}
		})
	}
}
