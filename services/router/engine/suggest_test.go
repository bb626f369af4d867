package engine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
)

const suggesting = `
rules:
  - name: pause
    mode: suggest
    approve_within: 2h
    on: [feedback]
    cooldown: 1h
    do: [{pause_alert: {source: anodot-prod, alert_id: "17", for: 6h}}]
  - {name: resume, mode: suggest, on: [traffic], do: [{resume_alert: {source: anodot-prod, alert_id: "17"}}]}
  - {name: tell, mode: auto, on: [anomaly], unless: paused, do: [{publish: {subject: s}}]}
`

func TestSuggest(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name  string
		steps func(action string) []any // after feedback at 10:05 has suggested a pause
		want  []string
	}{
		{
			"nothing is paused before a person says so",
			func(string) []any { return []any{anomaly("a", "10:30"), "1d 10:00"} },
			[]string{"a FIRED"},
		},
		{
			"the time of the lease begins with the approval",
			func(action string) []any {
				return []any{said("11:00", action, true), anomaly("a", "11:00"), anomaly("b", "11:00:01"), anomaly("c", "10:30", seen("11:00:01")), "1d 10:00"}
			},
			[]string{"a FIRED", "b UNLESS paused", "c FIRED", "alert:17 RESUMED 2026-01-05T17:00:00Z"},
		},
		{
			"approving twice does it once",
			func(action string) []any {
				return []any{said("11:00", action, true), said("11:30", action, true), "1d 10:00"}
			},
			[]string{"alert:17 RESUMED 2026-01-05T17:00:00Z"},
		},
		{
			"rejected is rejected",
			func(action string) []any {
				return []any{said("10:30", action, false), said("11:00", action, true), anomaly("a", "11:30"), "1d 10:00"}
			},
			[]string{"a FIRED"},
		},
		{
			"at exactly the end it is too late",
			func(action string) []any {
				return []any{"12:04", said("12:05", action, true), anomaly("a", "12:30"), "1d 10:00"}
			},
			[]string{"a FIRED"},
		},
		{
			"and an instant before it is not",
			func(action string) []any {
				return []any{said("12:04:59.999999999", action, true), anomaly("a", "12:30")}
			},
			[]string{"a UNLESS paused"},
		},
		{
			"an action that is not known changes nothing",
			func(string) []any { return []any{said("11:00", "other", true), anomaly("a", "11:30"), "1d 10:00"} },
			[]string{"a FIRED"},
		},
		{
			"an approved pause may fail",
			func(action string) []any {
				return []any{said("11:00", action, true), ended("11:01", action, actionv1.State_STATE_FAILED, false), anomaly("a", "11:30"), "1d 10:00"}
			},
			[]string{"a FIRED"},
		},
		{
			"expired is forgotten",
			func(action string) []any {
				return []any{ended("10:30", action, actionv1.State_STATE_EXPIRED, false), said("11:00", action, true), anomaly("a", "11:30"), "1d 10:00"}
			},
			[]string{"a FIRED"},
		},
		{
			"it starts the cooldown, whatever becomes of it",
			func(action string) []any {
				return []any{said("10:10", action, false), feedback("g", "10:30"), feedback("h", "11:05")}
			},
			[]string{"g HELD_COOLDOWN cooldown until 2026-01-05T11:05:00Z", "h SUGGESTED"},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			set := load(t, suggesting)
			e := engine.New(set, hourLate())
			out := run(e, feedback("f", "10:05"))
			require.Equal(t, []string{"f SUGGESTED"}, words(out))
			e = restored(t, set, hourLate(), e)
			require.Equal(t, c.want, words(run(e, c.steps(asked(out))...)))
		})
	}
}

func TestSuggest_Record(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, suggesting), hourLate())
	out := run(e, feedback("f", "10:00"))
	require.Equal(t, "mode", out[0].Decision.GetClause())
	require.Equal(t, actionv1.State_STATE_AWAITING_APPROVAL, out[0].Actions[0].GetState())
	require.Equal(t, at("12:00"), out[0].Actions[0].GetExpiresAt().AsTime())
	require.Nil(t, out[0].Decision.GetActions()[0].GetUntil())
}

func TestSuggest_AnApprovedResumeEndsTheLease(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, suggesting), hourLate())
	pause := asked(run(e, feedback("f", "10:00")))
	run(e, said("10:10", pause, true))
	resume := asked(run(e, traffic("t", "11:00")))
	out := run(e, anomaly("a", "11:30"), said("12:00", resume, true), anomaly("b", "11:59", seen("12:00")), anomaly("c", "12:00"), "1d 10:00")
	require.Equal(t, []string{"a UNLESS paused", "b UNLESS paused", "c FIRED"}, words(out))
}
