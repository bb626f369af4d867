package judge_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/signalbox/torture/judge"
)

// sec is a moment of the story.
func sec(s float64) time.Time {
	return time.Date(2026, 1, 5, 10, 0, 0, 0, time.UTC).Add(time.Duration(s * float64(time.Second)))
}

func pauseDue(from, until float64) judge.Due {
	return judge.Due{Target: "alert:a", Verbs: []string{judge.Pause, judge.Resume}, From: sec(from), Until: sec(until)}
}

func did(at float64, verb, target string) judge.Effect {
	return judge.Effect{At: sec(at), Target: target, Verb: verb, Changed: true}
}

func idle(at float64, verb, target string) judge.Effect {
	return judge.Effect{At: sec(at), Target: target, Verb: verb}
}

// good is a story in which everything happens as it should.
func good() judge.Case {
	return judge.Case{
		Dues: []judge.Due{
			pauseDue(0, 10),
			pauseDue(20, 30),
			{Target: "watcher:w", Verbs: []string{judge.Create}, From: sec(1)},
		},
		Effects: []judge.Effect{
			did(0.1, judge.Pause, "alert:a"), did(10.1, judge.Resume, "alert:a"),
			did(1.2, judge.Create, "watcher:w"),
			did(20.5, judge.Pause, "alert:a"), did(31, judge.Resume, "alert:a"),
		},
		Grace: 2 * time.Second,
	}
}

func TestJudge_FindsPlantedFaults(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		plant func(*judge.Case)
		want  judge.Verdict // without Due and Lags
	}{
		{"nothing", func(*judge.Case) {}, judge.Verdict{}},
		{"a missing pause", func(c *judge.Case) { c.Effects = append(c.Effects[:3:3], c.Effects[4]) }, judge.Verdict{Missing: 1}},
		{"a missing watcher", func(c *judge.Case) { c.Effects[2] = c.Effects[0]; c.Effects[2].Changed = false }, judge.Verdict{Missing: 1, Repeats: 1}},
		{"a doubled watcher", func(c *judge.Case) { c.Effects = append(c.Effects, did(3, judge.Create, "watcher:w")) }, judge.Verdict{Doubled: 1}},
		{"a doubled pause", func(c *judge.Case) {
			c.Effects = append(c.Effects, did(10.5, judge.Pause, "alert:a"), did(11, judge.Resume, "alert:a"))
		}, judge.Verdict{Doubled: 2}},
		{"a call that changes nothing", func(c *judge.Case) { c.Effects = append(c.Effects, idle(0.2, judge.Pause, "alert:a")) }, judge.Verdict{Repeats: 1}},
		{"a pause that is left", func(c *judge.Case) { c.Effects, c.Paused = c.Effects[:4], []string{"alert:a"} }, judge.Verdict{Missing: 1, Left: 1}},
		{"a resume before its pause", func(c *judge.Case) { c.Effects[0].At, c.Effects[1].At = sec(10.1), sec(0.1) }, judge.Verdict{Misordered: 1, Late: 1}},
		{"a resume before the end", func(c *judge.Case) { c.Effects[1].At = sec(9.9) }, judge.Verdict{Misordered: 1}},
		{"a late resume", func(c *judge.Case) { c.Effects[1].At = sec(12.5) }, judge.Verdict{Late: 1}},
		{"a late pause", func(c *judge.Case) { c.Effects[0].At = sec(2.5) }, judge.Verdict{Late: 1}},
		{"an excused resume", func(c *judge.Case) {
			c.Effects[1].At, c.Outages = sec(14), []judge.Outage{{From: sec(9), To: sec(13)}}
		}, judge.Verdict{}},
		{"a resume that two outages in a row excuse", func(c *judge.Case) {
			c.Effects[1].At, c.Outages = sec(18), []judge.Outage{{From: sec(14), To: sec(17)}, {From: sec(9), To: sec(13)}}
		}, judge.Verdict{}},
		{"a resume that an outage does not excuse", func(c *judge.Case) {
			c.Effects[1].At, c.Outages = sec(18), []judge.Outage{{From: sec(9), To: sec(13)}}
		}, judge.Verdict{Late: 1}},
		{"an effect that nobody asked for", func(c *judge.Case) { c.Effects = append(c.Effects, did(5, judge.Pause, "alert:b")) }, judge.Verdict{Undue: 1}},
		{"an effect of another kind", func(c *judge.Case) { c.Effects = append(c.Effects, did(5, "delete_watcher", "watcher:w")) }, judge.Verdict{Undue: 1}},
		{"an effect before its cause", func(c *judge.Case) { c.Effects[2].At = sec(0.5) }, judge.Verdict{Undue: 1, Missing: 1}},
		{"a pause whose time was over", func(c *judge.Case) {
			c.Effects, c.Outages = c.Effects[:3], []judge.Outage{{From: sec(20), To: sec(31)}}
		}, judge.Verdict{Expired: 2}},
		{"a pause whose time was not over", func(c *judge.Case) {
			c.Effects, c.Outages = c.Effects[:3], []judge.Outage{{From: sec(20), To: sec(25)}}
		}, judge.Verdict{Missing: 2}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := good()
			tc.plant(&c)
			got := judge.Judge(c)
			require.Equal(t, 5, got.Due)
			require.Equal(t, got.IsClean(), tc.want.Missing+tc.want.Doubled+tc.want.Undue+tc.want.Left+tc.want.Misordered+tc.want.Late == 0)
			got.Due, got.Lags, got.Faults = 0, nil, nil
			require.Equal(t, tc.want, got)
		})
	}
}

// What ends a lease is judged alike, whatever it holds.
func TestJudge_EndsOfEveryLease(t *testing.T) {
	t.Parallel()
	for begin, end := range map[string]string{
		judge.Pause: judge.Resume, judge.PauseStream: judge.ResumeStream,
		judge.Create: judge.DeleteWatcher, judge.AddExclusion: judge.DeleteExclusion,
	} {
		for _, tc := range []struct {
			name    string
			effects []judge.Effect
			want    judge.Verdict // without Lags
		}{
			{"in time", []judge.Effect{did(0.1, begin, "x"), did(10.1, end, "x")}, judge.Verdict{Due: 2}},
			{"before its time", []judge.Effect{did(0.1, begin, "x"), did(9, end, "x")}, judge.Verdict{Due: 2, Misordered: 1}},
			{"late", []judge.Effect{did(0.1, begin, "x"), did(13, end, "x")}, judge.Verdict{Due: 2, Late: 1}},
			{"never", []judge.Effect{did(0.1, begin, "x")}, judge.Verdict{Due: 2, Missing: 1}},
			{"twice", []judge.Effect{did(0.1, begin, "x"), did(10.1, end, "x"), did(10.2, end, "x")}, judge.Verdict{Due: 2, Doubled: 1}},
		} {
			t.Run(end+" "+tc.name, func(t *testing.T) {
				t.Parallel()
				got := judge.Judge(judge.Case{
					Dues:    []judge.Due{{Target: "x", Verbs: []string{begin, end}, From: sec(0), Until: sec(10)}},
					Effects: tc.effects, Grace: 2 * time.Second,
				})
				got.Lags, got.Faults = nil, nil
				require.Equal(t, tc.want, got)
			})
		}
	}
}

// What somebody ended by hand is neither ended nor begun again by us.
func TestJudge_WhatEndedByHand(t *testing.T) {
	t.Parallel()
	due := judge.Due{Target: "alert:a", Verbs: []string{judge.Pause}, From: sec(0)}
	for _, tc := range []struct {
		name  string
		after []judge.Effect
		want  judge.Verdict // without Lags
	}{
		{"is left alone", nil, judge.Verdict{Due: 1}},
		{"is resumed", []judge.Effect{idle(10, judge.Resume, "alert:a")}, judge.Verdict{Due: 1, Undue: 1}},
		{"is paused again", []judge.Effect{did(5, judge.Pause, "alert:a")}, judge.Verdict{Due: 1, Doubled: 1}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			effects := append([]judge.Effect{did(0.1, judge.Pause, "alert:a")}, tc.after...)
			got := judge.Judge(judge.Case{Dues: []judge.Due{due}, Effects: effects, Grace: 2 * time.Second})
			got.Lags, got.Faults = nil, nil
			require.Equal(t, tc.want, got)
		})
	}
}

// Changes of one target that no lease ends have their order too.
func TestJudge_OrderOfChanges(t *testing.T) {
	t.Parallel()
	due := judge.Due{Target: "w", Verbs: []string{judge.UpdateWatcher, judge.DeleteWatcher, judge.UndeleteWatcher}, From: sec(0)}
	right := []judge.Effect{did(1, judge.UpdateWatcher, "w"), did(1.1, judge.DeleteWatcher, "w"), did(1.2, judge.UndeleteWatcher, "w")}
	wrong := []judge.Effect{did(1, judge.DeleteWatcher, "w"), did(1.1, judge.UpdateWatcher, "w"), did(1.2, judge.UndeleteWatcher, "w")}
	for want, effects := range map[int][]judge.Effect{0: right, 1: wrong} {
		got := judge.Judge(judge.Case{Dues: []judge.Due{due}, Effects: effects, Grace: 2 * time.Second})
		require.Equal(t, want, got.Misordered)
		require.Equal(t, want == 0, got.IsClean())
	}
}

func TestJudge_LeasesThatMeetInAnOutage(t *testing.T) {
	t.Parallel()
	outage := []judge.Outage{{From: sec(9), To: sec(22)}}
	for _, tc := range []struct {
		name    string
		effects []judge.Effect
		outages []judge.Outage
		want    judge.Verdict // without Lags
	}{
		{"the resume comes before the next pause", []judge.Effect{
			did(0.1, judge.Pause, "alert:a"), did(22.1, judge.Resume, "alert:a"), did(22.2, judge.Pause, "alert:a"), did(30, judge.Resume, "alert:a"),
		}, outage, judge.Verdict{Due: 4}},
		{"the lease goes on", []judge.Effect{did(0.1, judge.Pause, "alert:a"), did(30, judge.Resume, "alert:a")}, outage, judge.Verdict{Due: 2}},
		{"the lease goes on without excuse", []judge.Effect{
			did(0.1, judge.Pause, "alert:a"), did(30, judge.Resume, "alert:a"),
		}, nil, judge.Verdict{Due: 4, Missing: 2, Late: 1}},
		{"the second one is forgotten", []judge.Effect{
			did(0.1, judge.Pause, "alert:a"), did(22.1, judge.Resume, "alert:a"),
		}, outage, judge.Verdict{Due: 4, Missing: 2}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := judge.Judge(judge.Case{
				Dues: []judge.Due{pauseDue(0, 10), pauseDue(20, 30)}, Effects: tc.effects, Outages: tc.outages, Grace: 2 * time.Second,
			})
			got.Lags, got.Faults = nil, nil
			require.Equal(t, tc.want, got)
		})
	}
}

func TestJudge_TheLongestHolderDecides(t *testing.T) {
	t.Parallel()
	dues := []judge.Due{pauseDue(0, 10), pauseDue(0.05, 20), pauseDue(6, 12)}
	whole := []judge.Effect{did(0.1, judge.Pause, "alert:a"), did(20.1, judge.Resume, "alert:a")}
	split := []judge.Effect{
		did(0.1, judge.Pause, "alert:a"), did(15, judge.Resume, "alert:a"), did(15.1, judge.Pause, "alert:a"), did(20.1, judge.Resume, "alert:a"),
	}
	outage := []judge.Outage{{From: sec(1), To: sec(15)}}
	for _, tc := range []struct {
		name    string
		effects []judge.Effect
		outages []judge.Outage
		want    judge.Verdict // without Lags
	}{
		{"one lease", whole, nil, judge.Verdict{Due: 2}},
		{"one lease in an outage", whole, outage, judge.Verdict{Due: 2}},
		{"resumed when the outage was over, and paused again", split, outage, judge.Verdict{Due: 4}},
		{"resumed in between without excuse", split, nil, judge.Verdict{Due: 2, Doubled: 2, Misordered: 1}},
		{"resumed at the end of the shorter", []judge.Effect{
			did(0.1, judge.Pause, "alert:a"), did(10.1, judge.Resume, "alert:a"),
		}, nil, judge.Verdict{Due: 2, Misordered: 1}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := judge.Judge(judge.Case{Dues: dues, Effects: tc.effects, Outages: tc.outages, Grace: 2 * time.Second})
			got.Lags, got.Faults = nil, nil
			require.Equal(t, tc.want, got)
		})
	}
}

func TestJudge_TellsHowLateEachWas(t *testing.T) {
	t.Parallel()
	v := judge.Judge(good())
	require.ElementsMatch(t, []time.Duration{
		100 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond, time.Second,
	}, v.Lags)
}

func TestVerdict_Adds(t *testing.T) {
	t.Parallel()
	one, sum := judge.Verdict{
		Due: 1, Missing: 2, Doubled: 3, Undue: 4, Left: 5, Misordered: 6, Late: 7, Expired: 8, Repeats: 9,
		Lags: []time.Duration{time.Second}, Faults: []string{"x"},
	}, judge.Verdict{}
	sum.Add(one)
	require.Equal(t, one, sum)
	sum.Add(one)
	require.Equal(t, 14, sum.Late)
	require.Len(t, sum.Lags, 2)
}
