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
	both := []string{judge.Pause, judge.Resume}
	require.Equal(t, []judge.Due{
		{Target: "alert:a", Verbs: both, From: at(0), Until: at(15)},
		{Target: "alert:a", Verbs: both, From: at(2), Until: at(12)},
		{Target: "watcher:bots on m", Verbs: []string{judge.Create}, From: at(26)},
		{Target: "notify:watched.m", Verbs: []string{judge.Notify}, From: at(26)},
	}, d.List)
}

func TestRules_AreRules(t *testing.T) {
	t.Parallel()
	_, err := rule.Load([]rule.File{{Name: "rules.yaml", Data: []byte(lengths.Rules())}}, rule.Catalog{})
	require.NoError(t, err)
}

func TestBeat_IsAnEvent(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for i, b := range []story.Beat{{Alert: "a"}, {Alert: "a", IsLonger: true}, {Metric: "m"}, {Metric: "m", IsHigh: true}} {
		require.NoError(t, event.Validate(b.Event(i, now)))
	}
}
