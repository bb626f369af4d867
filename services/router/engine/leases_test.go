package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
)

// pausing has a rule that pauses, one that tells of what is not paused, and one
// that resumes.
const pausing = `
rules:
  - name: pause
    mode: auto
    on: [feedback]
    when: feedback.verdict == NOT_INTERESTING
    key: [feedback.alert_id]
    do: [{pause_alert: {source: anodot-prod, alert_id: "${feedback.alert_id}", for: 6h}}]
  - name: tell
    mode: auto
    on: [anomaly]
    unless: paused
    do: [{publish: {subject: s}}]
  - name: resume
    mode: auto
    on: [traffic]
    do: [{resume_alert: {source: anodot-prod, alert_id: "17"}}]
`

func TestPaused(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name  string
		steps []any
		want  []string
	}{
		{
			"both ends are exclusive",
			[]any{
				anomaly("a", "09:59"), feedback("f", "10:00"), anomaly("b", "10:00"), anomaly("c", "10:00:00.000000001"),
				anomaly("d", "15:59:59.999999999"), anomaly("e", "16:00"),
			},
			[]string{"a FIRED", "f FIRED", "b FIRED", "c UNLESS paused", "d UNLESS paused", "alert:17 RESUMED 2026-01-05T16:00:00Z", "e FIRED"},
		},
		{
			"the lease ends although nothing happens then",
			[]any{feedback("f", "10:00"), "1d 10:00"},
			[]string{"f FIRED", "alert:17 RESUMED 2026-01-05T16:00:00Z"},
		},
		{
			"it begins when the event occurred and lasts from when it was observed",
			[]any{feedback("f", "10:00", seen("10:30")), anomaly("a", "10:10", seen("10:30")), anomaly("b", "16:20"), anomaly("c", "16:30")},
			[]string{"f FIRED", "a UNLESS paused", "b UNLESS paused", "alert:17 RESUMED 2026-01-05T16:30:00Z", "c FIRED"},
		},
		{
			"the longest holder decides",
			[]any{feedback("f", "10:00"), feedback("g", "12:00"), anomaly("a", "17:00"), "1d 10:00"},
			[]string{"f FIRED", "g FIRED", "a UNLESS paused", "alert:17 RESUMED 2026-01-05T18:00:00Z"},
		},
		{
			"an event out of order falls into a lease that is over",
			[]any{feedback("f", "10:00"), "16:30", anomaly("a", "15:59", seen("16:30")), anomaly("b", "16:00", seen("16:30"))},
			[]string{"f FIRED", "alert:17 RESUMED 2026-01-05T16:00:00Z", "a UNLESS paused", "b FIRED"},
		},
		{
			"of other alerts, of other sources and of no alert nothing is known",
			[]any{feedback("f", "10:00"), anomaly("a", "10:01", alert("18")), anomaly("b", "10:01", elsewhere()), anomaly("c", "10:01", alert(""))},
			[]string{"f FIRED", "a FIRED", "b FIRED", "c FIRED"},
		},
		{
			"a rule that resumes ends it, without a word of its own",
			[]any{feedback("f", "10:00"), anomaly("a", "10:30"), traffic("t", "11:00"), anomaly("b", "10:59", seen("11:00")), anomaly("c", "11:00"), "1d 10:00"},
			[]string{"f FIRED", "a UNLESS paused", "t FIRED", "b UNLESS paused", "c FIRED"},
		},
		{
			"so does somebody who resumes it by hand",
			[]any{feedback("f", "10:00"), overridden("11:00", "alert:17"), anomaly("a", "10:59", seen("11:00")), anomaly("b", "11:00"), "1d 10:00"},
			[]string{"f FIRED", "a UNLESS paused", "b FIRED"},
		},
		{
			"after that the next pause takes another one",
			[]any{feedback("f", "10:00"), overridden("11:00", "alert:17"), feedback("g", "12:00"), "1d 10:00"},
			[]string{"f FIRED", "g FIRED", "alert:17 RESUMED 2026-01-05T18:00:00Z"},
		},
		{
			"a pause that is over before it can be made takes none",
			[]any{engine.Input{Event: feedback("f", "10:00", seen("10:00")), Time: at("16:00")}, anomaly("a", "15:00", seen("16:00")), "1d 10:00"},
			[]string{"f FIRED", "a FIRED"},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, words(run(engine.New(load(t, pausing), hourLate()), c.steps...)))
			set := load(t, pausing)
			e := engine.New(set, hourLate())
			var out []engine.Output
			for _, step := range c.steps {
				out = append(out, run(e, step)...)
				e = restored(t, set, hourLate(), e)
			}
			require.Equal(t, c.want, words(out), "also with a restart after each step")
		})
	}
}

func TestPaused_ShadowDoesNotCount(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, `
rules:
  - {name: pause, mode: shadow, on: [feedback], do: [{pause_alert: {source: anodot-prod, alert_id: "17", for: 6h}}]}
  - {name: tell, mode: auto, on: [anomaly], unless: paused, do: [{publish: {subject: s}}]}
`), hourLate())
	require.Equal(t, []string{"f SHADOW", "a FIRED"}, words(run(e, feedback("f", "10:00"), anomaly("a", "11:00"), "1d 10:00")))
	require.Zero(t, e.Stats().Leases)
}

func TestPaused_IsKnownToWhenAndToTexts(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, pausing+`
  - {name: only, mode: shadow, on: [anomaly], when: paused}
  - {name: says, mode: auto, on: [anomaly], when: "!paused", do: [{publish: {subject: s, fields: {paused: "${paused}"}}}]}
`), hourLate())
	out := run(e, feedback("f", "10:00"), anomaly("a", "10:01"), anomaly("b", "16:01"))
	require.Equal(t, []string{"f FIRED", "a UNLESS paused", "a SHADOW", "alert:17 RESUMED 2026-01-05T16:00:00Z", "b FIRED", "b FIRED"}, words(out))
	require.Equal(t, "false", out[5].Actions[0].GetPublish().GetFields()["paused"])
}

func TestLease_Record(t *testing.T) {
	t.Parallel()
	set := load(t, pausing+`
  - {name: longer, mode: auto, on: [feedback], do: [{pause_alert: {source: anodot-prod, alert_id: "17", for: 7h}}]}
`)
	e := engine.New(set, hourLate())
	out := run(e, feedback("f", "10:00", seen("10:01")), feedback("g", "10:02"), "10:03")
	require.Len(t, out, 4)
	require.Equal(t, 1, e.Stats().Leases)
	due, ok := e.Next()
	require.True(t, ok)
	require.Equal(t, at("17:02"), due)
	e = restored(t, set, hourLate(), e)
	end := e.Advance(at("3d 10:00"))
	require.Len(t, end, 1)
	require.Nil(t, end[0].Decision)
	l := end[0].Lease
	require.Len(t, l.GetId(), 26)
	require.Equal(t, actionv1.LeaseState_LEASE_STATE_ENDED, l.GetState())
	require.Equal(t, "anodot-prod", l.GetSource())
	require.Equal(t, "alert:17", l.GetTarget())
	require.Equal(t, at("10:00"), l.GetTakenAt().AsTime())
	for _, stamp := range []time.Time{l.GetUntil().AsTime(), l.GetEndedAt().AsTime(), l.GetUpdatedAt().AsTime()} {
		require.Equal(t, at("17:02"), stamp)
	}
	require.Len(t, l.GetHolders(), 2, "of each rule the longest")
	require.Equal(t, "pause", l.GetHolders()[0].GetRule())
	require.Equal(t, at("16:02"), l.GetHolders()[0].GetUntil().AsTime())
	require.Equal(t, out[3].Actions[0].GetId(), l.GetHolders()[1].GetActionId())
	require.Zero(t, e.Stats().Leases)
}

func TestLease_AStreamIsLeasedLikeAnAlert(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, `
rules:
  - {name: pause, mode: auto, on: [feedback], do: [{pause_stream: {source: anodot-prod, stream_id: s1, for: 1h}}]}
  - {name: resume, mode: auto, on: [traffic], do: [{resume_stream: {source: anodot-prod, stream_id: s1}}]}
`), hourLate())
	require.Equal(t, []string{"f FIRED", "stream:s1 RESUMED 2026-01-05T11:00:00Z", "g FIRED", "t FIRED"},
		words(run(e, feedback("f", "10:00"), "12:00", feedback("g", "12:00"), traffic("t", "12:30"), "1d 10:00")))
}

// Leases that end in one instant end in the order of source and target, before
// whatever else is due.
func TestLease_EndsComeFirst(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, `
rules:
  - {name: pause, mode: auto, on: [feedback], do: [{pause_alert: {source: anodot-prod, alert_id: "${feedback.alert_id}", for: 10m}}]}
  - {name: hold, mode: auto, on: [anomaly], hold: {for: 10m}, do: [{publish: {subject: s}}]}
`), hourLate())
	out := run(e, anomaly("a", "10:00"), feedback("f", "10:00", alert("2")), feedback("g", "10:00", alert("1")), "11:00")
	require.Equal(t, []string{"alert:1 RESUMED", "alert:2 RESUMED", "a FIRED"}, short(words(out))[3:])
}

func TestTake_APauseThatWasNotMade(t *testing.T) {
	t.Parallel()
	done, failed := actionv1.State_STATE_DONE, actionv1.State_STATE_FAILED
	for name, c := range map[string]struct {
		ended func(action string) any
		want  []string
	}{
		"failed":                            {func(a string) any { return ended("10:01", a, failed, false) }, []string{"x FIRED"}},
		"somebody else had paused it":       {func(a string) any { return ended("10:01", a, done, false) }, []string{"x FIRED"}},
		"was made":                          {func(a string) any { return ended("10:01", a, done, true) }, []string{"x UNLESS paused", "alert:17 RESUMED 2026-01-05T16:00:00Z"}},
		"another action's end says nothing": {func(string) any { return ended("10:01", "other", failed, false) }, []string{"x UNLESS paused", "alert:17 RESUMED 2026-01-05T16:00:00Z"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := engine.New(load(t, pausing), hourLate())
			action := asked(run(e, feedback("f", "10:00")))
			out := run(e, c.ended(action), anomaly("x", "10:00:30", seen("10:01")), "1d 10:00")
			require.Equal(t, c.want, words(out))
		})
	}
}

// Of two holders one pause was not made: the other one's time decides.
func TestTake_OneHolderLeaves(t *testing.T) {
	t.Parallel()
	set := load(t, pausing+`
  - {name: longer, mode: auto, on: [feedback], do: [{pause_alert: {source: anodot-prod, alert_id: "17", for: 7h}}]}
`)
	e := engine.New(set, hourLate())
	out := run(e, feedback("f", "10:00"))
	e = restored(t, set, hourLate(), e)
	out = run(e, ended("10:01", out[1].Actions[0].GetId(), actionv1.State_STATE_FAILED, false), "1d 10:00")
	require.Equal(t, []string{"alert:17 RESUMED 2026-01-05T16:00:00Z"}, words(out))
}

// What the inventory shows as paused, and no lease of ours explains, somebody
// else has paused: a pause of it takes no lease unless it turns out to be ours.
func TestTake_AForeignPauseIsNotOurs(t *testing.T) {
	t.Parallel()
	set := load(t, pausing)
	begin := func() (*engine.Engine, string) {
		e := engine.New(set, hourLate())
		action := asked(run(e, inventory("09:00", paused("17")), feedback("f", "10:00")))
		require.NotEmpty(t, action, "it is asked for all the same")
		require.Zero(t, e.Stats().Leases)
		return restored(t, set, hourLate(), e), action
	}
	e, _ := begin()
	require.Equal(t, []string{"a FIRED"}, words(run(e, anomaly("a", "10:01"), "1d 10:00")))
	e, action := begin()
	require.Equal(t, []string{"a UNLESS paused", "alert:17 RESUMED 2026-01-05T16:00:00Z"},
		words(run(e, ended("10:00:30", action, actionv1.State_STATE_DONE, true), anomaly("a", "10:01"), "1d 10:00")))
	e, action = begin()
	require.Equal(t, []string{"a FIRED"}, words(run(e, said("10:00:30", action, true), anomaly("a", "10:01"), "1d 10:00")), "nobody was asked")
	// Our own pause in the inventory is none of somebody else, nor is it after its end.
	e = engine.New(set, hourLate())
	out := run(e, feedback("f", "10:00"), inventory("10:05", paused("17")), feedback("g", "11:00"), "18:00", feedback("h", "19:00"), "2d 10:00")
	require.Equal(t, []string{
		"f FIRED", "g FIRED", "alert:17 RESUMED 2026-01-05T17:00:00Z", "h FIRED", "alert:17 RESUMED 2026-01-06T01:00:00Z",
	}, words(out))
}

// The end of a lease ends the shares of those who held it, and of nobody who came
// later.
func TestTake_ALeaseEndsForThoseWhoHeldIt(t *testing.T) {
	t.Parallel()
	set := load(t, pausing)
	for name, c := range map[string]struct {
		ended []int // of the pauses at 10:00, 11:00 and 12:00
		late  bool
		want  []string
	}{
		"the first": {[]int{0}, false, []string{"x UNLESS paused", "alert:17 RESUMED 2026-01-05T18:00:00Z"}},
		"the second, and with it the first of its rule": {[]int{1}, false, []string{"x UNLESS paused", "alert:17 RESUMED 2026-01-05T18:00:00Z"}},
		"the last, which held it longest":               {[]int{2}, false, []string{"x FIRED"}},
		"an input of old, which names nobody":           {nil, false, []string{"x FIRED"}},
		"one that was over in time":                     {[]int{2}, true, []string{"x UNLESS paused", "alert:17 RESUMED 2026-01-05T18:00:00Z"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := engine.New(set, hourLate())
			out := run(e, feedback("f", "10:00"), feedback("g", "11:00"), feedback("h", "12:00"))
			var actions []string
			for _, i := range c.ended {
				actions = append(actions, out[i].Actions[0].GetId())
			}
			in := endedEarly("12:30", "alert:17", actions...)
			in.GetLeaseEnded().OnTime = c.late
			run(e, in)
			e = restored(t, set, hourLate(), e)
			require.Equal(t, c.want, words(run(e, anomaly("x", "13:00"), "1d 10:00")))
		})
	}
	e := engine.New(set, hourLate())
	run(e, feedback("f", "10:00"), endedEarly("10:30", "alert:17", "an action of before"))
	require.Equal(t, 1, e.Stats().Leases, "it was taken after the one that ended")
	imagined := hourLate()
	imagined.NoVendor = true
	e = engine.New(set, imagined)
	run(e, feedback("f", "10:00"), endedEarly("10:30", "alert:17", "an action of other rules"))
	require.Zero(t, e.Stats().Leases, "somebody has resumed the alert")
}
