package story_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/services/router/rule"
	"github.com/signalbox-io/signalbox/services/signalbox/torture/judge"
	"github.com/signalbox-io/signalbox/services/signalbox/torture/story"
)

var lengths = story.Leases{Short: 10 * time.Second, Long: 15 * time.Second}

func TestDues_AreWhatTheRulesSay(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 1, 5, 10, 0, 0, 0, time.UTC)
	at := func(s int) time.Time { return began.Add(time.Duration(s) * time.Second) }
	d := story.NewDues(lengths, "theirs")
	d.Take(story.Beat{Alert: "a", IsLonger: true}, at(0))
	d.Take(story.Beat{Alert: "a"}, at(2))
	d.Take(story.Beat{Alert: "theirs"}, at(3))
	d.Take(story.Beat{Metric: "m"}, at(25))
	d.Take(story.Beat{Metric: "m", IsHigh: true}, at(26))
	d.Take(story.Beat{Alert: "b", Asks: story.AsksFirst}, at(27))
	d.Take(story.Beat{Alert: "b", Asks: story.AsksBriefly}, at(27))
	d.Take(story.Beat{Alert: "b", Asks: story.AsksLong}, at(28))
	d.Take(story.Beat{Alert: "s", Asks: story.AsksStream}, at(29))
	d.Take(story.Beat{Metric: "timed1", IsHigh: true}, at(30))
	both := []string{judge.Pause, judge.Resume}
	require.Equal(t, []judge.Due{
		{Target: "alert:a", Verbs: both, From: at(0), Until: at(15)},
		{Target: "alert:a", Verbs: both, From: at(2), Until: at(12)},
		{Target: "watcher:bots on m", Verbs: []string{judge.Create}, From: at(26)},
		{Target: "notify:watched.m", Verbs: []string{judge.Notify}, From: at(26)},
		{Target: "alert:b", Verbs: both, From: at(28), Until: at(43)},
		{Target: "stream:s", Verbs: []string{judge.PauseStream, judge.ResumeStream}, From: at(29), Until: at(39)},
		{Target: "watcher:bots on timed1", Verbs: []string{judge.Create, judge.DeleteWatcher}, From: at(30), Until: at(40)},
		{Target: "exclusion:timed1", Verbs: []string{judge.AddExclusion, judge.DeleteExclusion}, From: at(30), Until: at(40)},
	}, d.List)
	list := len(d.List)
	d.Take(story.Beat{Metric: "once1", IsHigh: true}, at(31))
	require.Len(t, d.List, list+6)
}

func TestRules_AreRules(t *testing.T) {
	t.Parallel()
	_, err := rule.Load([]rule.File{{Name: "rules.yaml", Data: []byte(lengths.Rules())}}, rule.Catalog{})
	require.NoError(t, err)
}

func TestBeat_IsAnEvent(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for i, b := range []story.Beat{{Alert: "a"}, {Alert: "a", IsLonger: true}, {Metric: "m"}, {Metric: "m", IsHigh: true}, {Alert: "s", Asks: story.AsksStream}} {
		require.NoError(t, event.Validate(b.Event(i, now)))
	}
}
