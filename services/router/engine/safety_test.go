package engine_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/event"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
)

func safe(s engine.Safety) engine.Settings {
	return engine.Settings{MaxLateness: hourLate().MaxLateness, Safety: &s}
}

const pauseEach = "on: [anomaly]\nkey: [anomaly.alert_id]\ndo: [{pause_alert: {source: anodot-prod, alert_id: \"${anomaly.alert_id}\", for: 6h}}]"

func TestSafety_MaxPaused(t *testing.T) {
	t.Parallel()
	number, share := engine.Safety{MaxPaused: engine.Share{Number: 2}}, engine.Safety{MaxPaused: engine.Share{Percent: 20}}
	pause := func(id, clock string) any { return anomaly("p"+id, clock, alert(id)) }
	eleven := func(clock string, of ...string) any {
		in := inventory(clock)
		for i := range 11 {
			a := known(strconv.Itoa(i))
			for _, id := range of {
				a.Paused = a.GetPaused() || a.GetId() == id
			}
			in.GetInventory().Alerts = append(in.GetInventory().GetAlerts(), a)
		}
		return in
	}
	cases := []struct {
		name   string
		safety engine.Safety
		steps  []any
		want   []string
	}{
		{
			"a number, whatever is known", number,
			[]any{pause("1", "10:00"), pause("2", "10:01"), pause("3", "10:02")},
			[]string{"p1 FIRED", "p2 FIRED", "p3 REFUSED_SAFETY anodot-prod has 2 of at most 2 alerts paused"},
		},
		{
			"a lease that is over makes no room before its alert is known to be resumed", number,
			[]any{pause("1", "10:00"), pause("2", "10:01"), pause("3", "16:00")},
			[]string{"p1 FIRED", "p2 FIRED", "alert:1 RESUMED 2026-01-05T16:00:00Z", "p3 REFUSED_SAFETY anodot-prod has 2 of at most 2 alerts paused"},
		},
		{
			"and makes room then", number,
			[]any{pause("1", "10:00"), pause("2", "10:01"), "16:00", onTime("16:00:01", "alert:1", "any"), pause("3", "16:00:02"), pause("4", "16:00:03")},
			[]string{"p1 FIRED", "p2 FIRED", "alert:1 RESUMED 2026-01-05T16:00:00Z", "p3 FIRED", "p4 REFUSED_SAFETY anodot-prod has 2 of at most 2 alerts paused"},
		},
		{
			"also where it was known a moment before the engine's clock said so", number,
			[]any{pause("1", "10:00"), pause("2", "10:01"), onTime("15:59:59", "alert:1", actionOf("1")), pause("3", "16:00:00")},
			[]string{"p1 FIRED", "p2 FIRED", "alert:1 RESUMED 2026-01-05T16:00:00Z", "p3 FIRED"},
		},
		{
			"or where an inventory says so", number,
			[]any{pause("1", "10:00"), pause("2", "10:01"), "16:00", eleven("16:00:01", "2"), pause("3", "16:00:02")},
			[]string{"p1 FIRED", "p2 FIRED", "alert:1 RESUMED 2026-01-05T16:00:00Z", "p3 FIRED"},
		},
		{
			"one that is paused again meanwhile takes none", number,
			[]any{pause("1", "10:00"), pause("2", "10:01"), "16:00", anomaly("again", "16:00", alert("1"))},
			[]string{"p1 FIRED", "p2 FIRED", "alert:1 RESUMED 2026-01-05T16:00:00Z", "again FIRED"},
		},
		{
			"one that is paused already takes none", number,
			[]any{pause("1", "10:00"), pause("2", "10:01"), anomaly("again", "10:02", alert("1"))},
			[]string{"p1 FIRED", "p2 FIRED", "again FIRED"},
		},
		{
			"a share is rounded down", share,
			[]any{eleven("09:00"), pause("1", "10:00"), pause("2", "10:01"), pause("3", "10:02")},
			[]string{"p1 FIRED", "p2 FIRED", "p3 REFUSED_SAFETY anodot-prod has 2 of at most 2 alerts paused, 20% of 11"},
		},
		{
			"but it is one at least", share,
			[]any{inventory("09:00", known("1"), known("2")), pause("1", "10:00"), pause("2", "10:01")},
			[]string{"p1 FIRED", "p2 REFUSED_SAFETY anodot-prod has 1 of at most 1 alerts paused, 20% of 2"},
		},
		{
			"and one where nothing is known", share,
			[]any{pause("1", "10:00"), pause("2", "10:01")},
			[]string{"p1 FIRED", "p2 REFUSED_SAFETY anodot-prod has 1 of at most 1 alerts paused, its alerts are not known"},
		},
		{
			"what others have paused counts", share,
			[]any{eleven("09:00", "7", "8"), pause("1", "10:00"), pause("7", "10:00")},
			[]string{"p1 REFUSED_SAFETY anodot-prod has 2 of at most 2 alerts paused, 20% of 11", "p7 FIRED"},
		},
		{
			"our own pauses count once", share,
			[]any{pause("1", "10:00"), eleven("10:01", "1"), pause("2", "10:02"), pause("3", "10:03")},
			[]string{"p1 FIRED", "p2 FIRED", "p3 REFUSED_SAFETY anodot-prod has 2 of at most 2 alerts paused, 20% of 11"},
		},
		{
			"also where they are over and the inventory is of before", share,
			[]any{eleven("10:01"), pause("1", "10:02"), eleven("10:03", "1", "8"), pause("2", "16:02"), onTime("16:02", "alert:1", "any"), pause("3", "16:02:01"), pause("4", "16:03")},
			[]string{
				"p1 FIRED", "alert:1 RESUMED 2026-01-05T16:02:00Z", "p2 REFUSED_SAFETY anodot-prod has 2 of at most 2 alerts paused, 20% of 11",
				"p3 FIRED", "p4 REFUSED_SAFETY anodot-prod has 2 of at most 2 alerts paused, 20% of 11",
			},
		},
		{
			"an inventory of changes says nothing of the others", share,
			[]any{eleven("09:00", "7", "8"), changes("09:30", []string{"0", "1"}, known("7"), known("11")), pause("2", "10:00"), pause("3", "10:00")},
			[]string{"p2 FIRED", "p3 REFUSED_SAFETY anodot-prod has 2 of at most 2 alerts paused, 20% of 10"},
		},
		{
			"each inventory replaces the last", share,
			[]any{eleven("09:00", "7", "8"), eleven("09:30"), pause("1", "10:00")},
			[]string{"p1 FIRED"},
		},
		{
			"each source by itself",
			engine.Safety{MaxPaused: engine.Share{Number: 1}},
			[]any{pause("1", "10:00"), feedback("other", "10:01", alert("2"))},
			[]string{"p1 FIRED", "other FIRED"},
		},
		{
			"no bound, no refusal",
			engine.Safety{},
			[]any{pause("1", "10:00"), pause("2", "10:01")},
			[]string{"p1 FIRED", "p2 FIRED"},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			set := load(t, ruleOf(pauseEach)+`  - {name: elsewhere, mode: auto, on: [feedback], do: [{pause_alert: {source: other, alert_id: "${feedback.alert_id}", for: 6h}}]}`)
			require.Equal(t, c.want, words(run(engine.New(set, safe(c.safety)), c.steps...)))
			e := engine.New(set, safe(c.safety))
			var out []engine.Output
			for _, step := range c.steps {
				out = append(out, run(e, step)...)
				e = restored(t, set, safe(c.safety), e)
			}
			require.Equal(t, c.want, words(out), "also with a restart after each step")
		})
	}
}

// changes are the alerts that changed, and the ids of those that are gone.
func changes(clock string, gone []string, alerts ...*routerv1.InventoryAlert) *routerv1.Input {
	in := inventory(clock, alerts...)
	in.GetInventory().Changes, in.GetInventory().Gone = true, gone
	return in
}

// actionOf is the id of the action by which pauseEach pauses an alert.
func actionOf(id string) string {
	return event.Hash("action", "one", "\x01"+id, "p"+id, "0") // a key of one part, with its length
}

func TestSafety_ActionsPerHour(t *testing.T) {
	t.Parallel()
	set := load(t, `
rules:
  - {name: watch, mode: auto, on: [anomaly], do: [{delete_watcher: {source: anomify-prod, watcher_id: "1"}}]}
  - {name: also, mode: auto, on: [feedback], do: [{delete_watcher: {source: anomify-prod, watcher_id: "2"}}, {publish: {subject: s}}, {resume_alert: {source: anomify-prod, alert_id: "1"}}]}
  - {name: twice, mode: auto, on: [traffic], do: [{delete_watcher: {source: anomify-prod, watcher_id: "3"}}, {delete_watcher: {source: anomify-prod, watcher_id: "4"}}]}
`)
	e := engine.New(set, safe(engine.Safety{MaxActionsPerHour: 3}))
	out := run(e,
		anomaly("a", "10:00"), feedback("b", "10:01"), traffic("two", "10:01"), anomaly("c", "10:02"),
		anomaly("d", "10:59:59.999999999"), anomaly("e", "11:00"), feedback("f", "11:00"), feedback("g", "11:01"),
	)
	require.Equal(t, []string{
		"a FIRED", "b FIRED", "two REFUSED_SAFETY anomify-prod has had 2 of 3 actions in the last hour", "c FIRED",
		"d REFUSED_SAFETY anomify-prod has had 3 of 3 actions in the last hour", "e FIRED",
		"f REFUSED_SAFETY anomify-prod has had 3 of 3 actions in the last hour", "g FIRED",
	}, words(out))
}

func TestSafety_ResumesAndNotificationsAreNeverRefused(t *testing.T) {
	t.Parallel()
	set := load(t, `
rules:
  - {name: pause, mode: auto, on: [anomaly], do: [{pause_alert: {source: anodot-prod, alert_id: "17", for: 6h}}]}
  - {name: resume, mode: auto, on: [feedback], do: [{resume_alert: {source: anodot-prod, alert_id: "17"}}, {resume_stream: {source: anodot-prod, stream_id: x}}, {publish: {subject: s}}]}
`)
	e := engine.New(set, safe(engine.Safety{MaxActionsPerHour: 1, MaxPaused: engine.Share{Number: 1}, Never: engine.Never{Severities: []string{"low"}}}))
	out := run(e, feedback("a", "10:00"), feedback("b", "10:00"), anomaly("p", "10:01"), feedback("c", "10:02"), feedback("d", "10:03"), anomaly("q", "10:04"))
	require.Equal(t, []string{
		"a FIRED", "b FIRED", "p FIRED", "c FIRED", "d FIRED", "q REFUSED_SAFETY anodot-prod has had 1 of 1 actions in the last hour",
	}, words(out))
}

func TestSafety_Never(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		never engine.Never
		want  string
	}{
		"an id":                      {engine.Never{IDs: []string{"1", "17"}}, "ids"},
		"another id":                 {engine.Never{IDs: []string{"170", "alert:17"}}, ""},
		"a title":                    {engine.Never{Titles: []string{"alert 17"}}, "titles has alert 17"},
		"a title by glob":            {engine.Never{Titles: []string{"x*", "*17"}}, "titles has *17"},
		"a title by one character":   {engine.Never{Titles: []string{"alert ?7"}}, "titles has alert ?7"},
		"a title by several stars":   {engine.Never{Titles: []string{"*l*r*7*"}}, "titles has *l*r*7*"},
		"a title that is longer":     {engine.Never{Titles: []string{"alert", "lert 17", "alert 17?", "alert *8", ""}}, ""},
		"a severity, large or small": {engine.Never{Severities: []string{"HIGH"}}, "severities has HIGH"},
		"another severity":           {engine.Never{Severities: []string{"low"}}, ""},
		"a label":                    {engine.Never{Labels: []string{"team:b", "label-17"}}, "labels has label-17"},
		"a part of a label":          {engine.Never{Labels: []string{"team", "label-1"}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := engine.New(load(t, ruleOf(pauseEach)), safe(engine.Safety{Never: c.never}))
			want := "a FIRED"
			if c.want != "" {
				want = "a REFUSED_SAFETY alert 17 is never touched: safety.never." + c.want
			}
			require.Equal(t, []string{want, "b FIRED"}, words(run(e, inventory("09:00", known("17")), anomaly("a", "10:00"), anomaly("b", "10:00", alert("18")))))
		})
	}
}

func TestSafety_NeverIsAskedOfEveryActionOnAnAlert(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]struct {
		do      string
		refused bool
	}{
		"pause":         {`pause_alert: {source: anodot-prod, alert_id: "17", for: 1h}`, true},
		"update":        {`update_alert: {source: anodot-prod, alert_id: "17", configuration: {a: 1}}`, true},
		"delete":        {`delete_alert: {source: anodot-prod, alert_id: "17"}`, true},
		"create":        {`create_alert: {source: anodot-prod, title: "17", configuration: {a: 1}}`, false},
		"pause stream":  {`pause_stream: {source: anodot-prod, stream_id: "17", for: 1h}`, false},
		"notification":  {`publish: {subject: "17"}`, false},
		"end of pauses": {`resume_alert: {source: anodot-prod, alert_id: "17"}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// Ids are known without an inventory.
			e := engine.New(load(t, ruleOf("on: [anomaly]\ndo: [{"+do.do+"}]")), safe(engine.Safety{Never: engine.Never{IDs: []string{"17"}}}))
			want := "FIRED"
			if do.refused {
				want = "REFUSED_SAFETY"
			}
			require.Equal(t, want, outcome(run(e, anomaly("a", "10:00"))[0].Decision))
		})
	}
}

func TestSafety_ARefusalIsAFiringOfTheRule(t *testing.T) {
	t.Parallel()
	settings := safe(engine.Safety{Never: engine.Never{IDs: []string{"17"}}})
	e := engine.New(load(t, ruleOf(pauseEach+"\ncount: {at_least: 2, within: 24h, reset: true}\ncooldown: 1h")), settings)
	out := run(e, anomaly("a", "10:00"), anomaly("b", "10:01"), anomaly("c", "10:02"), anomaly("d", "10:03"))
	require.Equal(t, []string{"a HELD_COUNT", "b REFUSED_SAFETY", "c HELD_COUNT", "d HELD_COOLDOWN"}, short(words(out)))
	require.Empty(t, out[1].Actions)
	require.Empty(t, out[1].Decision.GetActions())
	require.Equal(t, "safety", out[1].Decision.GetClause())
	require.Equal(t, []string{"a", "b"}, out[1].Decision.GetCauses())

	e = engine.New(load(t, ruleOf(pauseEach+"\nlimits: [{max: 1, per: 1h}]")), settings)
	require.Equal(t, []string{"a REFUSED_SAFETY", "b HELD_LIMIT"}, short(words(run(e, anomaly("a", "10:00"), anomaly("b", "10:01", alert("1"))))))
}

// A rule in shadow or one that suggests is told the same, and uses nothing up: a
// suggestion does when it is approved.
func TestSafety_ShadowAndSuggestions(t *testing.T) {
	t.Parallel()
	settings := safe(engine.Safety{MaxActionsPerHour: 1})
	for _, mode := range []string{"shadow", "suggest"} {
		set := load(t, ruleOf("mode: "+mode+"\n"+pauseEach)+`  - {name: acts, mode: auto, on: [feedback], do: [{delete_alert: {source: anodot-prod, alert_id: "1"}}]}`)
		e := engine.New(set, settings)
		out := run(e, anomaly("a", "10:00"), anomaly("b", "10:01"), feedback("f", "10:02"), anomaly("c", "10:03"), feedback("g", "11:02"))
		require.Equal(t, "a", out[0].Decision.GetEventId())
		require.Contains(t, []string{"SHADOW", "SUGGESTED"}, outcome(out[1].Decision))
		require.Equal(t, []string{"f FIRED", "c REFUSED_SAFETY", "g FIRED"}, short(words(out[2:])))
	}
	e := engine.New(load(t, ruleOf("mode: suggest\n"+pauseEach)), settings)
	action := asked(run(e, anomaly("a", "10:00")))
	require.Equal(t, []string{"b REFUSED_SAFETY"}, short(words(run(e, said("10:01", action, true), anomaly("b", "10:02", alert("1"))))))
	require.Equal(t, 1, e.Stats().Leases)
	run(e, ended("10:03", action, actionv1.State_STATE_DONE, true))
	require.Equal(t, 1, e.Stats().Leases)
}
