package engine_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
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
			"one said in time and heard late is in time",
			func(action string) []any {
				return []any{"12:30", saidAt("12:30:01", "12:04:59", action), anomaly("a", "12:31"), "1d 10:00"}
			},
			[]string{"a UNLESS paused", "alert:17 RESUMED 2026-01-05T18:04:59Z"},
		},
		{
			"one said too late is too late, whenever it is heard",
			func(action string) []any {
				return []any{saidAt("12:04", "12:05", action), anomaly("a", "12:31"), "1d 10:00"}
			},
			[]string{"a FIRED"},
		},
		{
			"one whose time is over when it is heard pauses nothing",
			func(action string) []any {
				return []any{"1d 10:00", saidAt("1d 10:00", "11:00", action), anomaly("a", "1d 10:01"), "2d 10:00"}
			},
			[]string{"a FIRED"},
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
			"one that is done already when the approval is heard",
			func(action string) []any {
				return []any{ended("11:01", action, actionv1.State_STATE_DONE, true), saidAt("11:02", "11:00", action), anomaly("a", "11:30"), "1d 10:00"}
			},
			[]string{"a UNLESS paused", "alert:17 RESUMED 2026-01-05T17:00:00Z"},
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

// Between a suggestion and its approval much may have been paused.
func TestSuggest_SafetyIsAskedAgainAtTheApproval(t *testing.T) {
	t.Parallel()
	set := load(t, suggesting)
	settings := safe(engine.Safety{MaxPaused: engine.Share{Number: 1}, Never: engine.Never{Severities: []string{"critical"}}})
	begin := func() (*engine.Engine, string) {
		e := engine.New(set, settings)
		action := asked(run(e, feedback("f", "10:00")))
		return restored(t, set, settings, e), action
	}
	for name, c := range map[string]struct {
		known  *routerv1.InventoryAlert
		reason string
	}{
		"others have paused as many": {paused("99"), "anodot-prod has 1 of at most 1 alerts paused"},
		"it became critical":         {&routerv1.InventoryAlert{Id: "17", Severity: "critical"}, "alert 17 is never touched: safety.never.severities has critical"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, action := begin()
			out := run(e, inventory("10:10", c.known), said("10:30", action, true))
			require.Equal(t, []string{"f REFUSED_SAFETY at its approval: " + c.reason}, words(out))
			d := out[0].Decision
			require.Equal(t, []string{"pause", "safety", action, "pause_alert", "alert:17", "anodot-prod"}, []string{
				d.GetRule(), d.GetClause(), d.GetActions()[0].GetId(), d.GetActions()[0].GetType(), d.GetActions()[0].GetTarget(), d.GetSource(),
			})
			require.Equal(t, at("10:30"), d.GetTime().AsTime())
			require.Equal(t, set.Version(), d.GetRuleSet())
			require.Empty(t, out[0].Actions)
			require.Empty(t, run(e, said("10:31", action, true)), "it was decided")
			require.Equal(t, []string{"a FIRED"}, words(run(e, anomaly("a", "11:00"), "1d 10:00")))
		})
	}
	e, action := begin()
	require.Empty(t, run(e, said("10:30", action, true)))
	require.Equal(t, 1, e.Stats().Leases)
}

// word is an approval that tells what it is about, as the ledger knows it.
func word(clock, action string) *routerv1.Input {
	in := said(clock, action, true)
	a := in.GetApproval()
	a.Type, a.Source, a.Target, a.Rule, a.EventId = "pause_alert", "anodot-prod", "alert:17", "pause", "f"
	a.Until = timestamppb.New(at(clock).Add(6 * time.Hour))
	return in
}

// A suggestion that the engine has forgotten, because too many came after it or the
// word comes after a week of downtime, is asked about again when it is approved.
func TestSuggest_SafetyIsAskedAlsoAboutWhatIsForgotten(t *testing.T) {
	t.Parallel()
	set := load(t, suggesting)
	settings := safe(engine.Safety{MaxPaused: engine.Share{Number: 1}, MaxActionsPerHour: 1})
	e := engine.New(set, settings)
	out := run(e, inventory("10:10", paused("99")), word("10:30", "old"))
	require.Equal(t, []string{"f REFUSED_SAFETY at its approval: anodot-prod has 1 of at most 1 alerts paused"}, words(out))
	require.Equal(t, []string{"pause", "old", "pause_alert"}, []string{
		out[0].Decision.GetRule(), out[0].Decision.GetActions()[0].GetId(), out[0].Decision.GetActions()[0].GetType(),
	})
	require.Empty(t, run(e, word("10:31", "old")), "it was decided")

	e = engine.New(set, settings)
	require.Empty(t, run(e, word("10:30", "old")))
	require.Equal(t, 1, e.Stats().Leases)
	require.Empty(t, run(e, ended("10:31", "old", actionv1.State_STATE_DONE, true)))
	e = restored(t, set, settings, e)
	require.Empty(t, run(e, word("10:32", "old")), "told again it spends nothing again")
	require.Equal(t, []string{"old"}, e.Open().Actions)
	require.Equal(t, []string{"f REFUSED_SAFETY at its approval: anodot-prod has had 1 of 1 actions in the last hour"}, words(run(e, word("10:33", "other"))))
	require.Equal(t, []string{"a UNLESS paused", "alert:17 RESUMED 2026-01-05T16:30:00Z"}, words(run(e, anomaly("a", "11:00"), "1d 10:00")))
}

// More suggestions than are kept in mind push the first one out: its approval asks
// safety all the same.
func TestSuggest_TheOldestOfVeryManyIsAskedAgain(t *testing.T) {
	t.Parallel()
	set := load(t, `rules: [{name: pause, mode: suggest, on: [feedback], do: [{pause_alert: {source: anodot-prod, alert_id: "17", for: 6h}}]}]`)
	e := engine.New(set, safe(engine.Safety{MaxPaused: engine.Share{Number: 1}}))
	first := asked(run(e, feedback("f", "10:00")))
	for i := range 100_000 {
		e.Event(stored(feedback(strconv.Itoa(i), "10:00"))[0])
	}
	require.Empty(t, run(e, said("10:20", first, true)), "nobody knows what it is about")
	require.Equal(t, []string{"f REFUSED_SAFETY at its approval: anodot-prod has 1 of at most 1 alerts paused"},
		words(run(e, inventory("10:10", paused("99")), word("10:30", first))))
}

// What others have approved is nothing to rules that do not act.
func TestSuggest_WhereNothingIsDoneAnUnknownApprovalMeansNothing(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, suggesting), engine.Settings{MaxLateness: time.Hour, NoVendor: true})
	require.Empty(t, run(e, word("10:30", "old")))
	require.Zero(t, e.Stats().Leases)
}
