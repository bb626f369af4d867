package backtest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// against compares quietRules, changed, with quietRules as they are.
func against(t *testing.T, changes []string, events ...*eventv1.Event) told {
	t.Helper()
	opts := options(t, strings.NewReplacer(changes...).Replace(quietRules))
	opts.Against = ruleSet(t, quietRules)
	return run(t, opts, events...)
}

func TestComparison_TheSameIsNoDifference(t *testing.T) {
	t.Parallel()
	got := against(t, []string{"name: quiet", "name: other"}, dislike("a", "17", 0), dislike("b", "17", 60))
	require.Empty(t, got.differences, "whichever rule asks")
	require.Empty(t, got.lines)
	require.EqualValues(t, 2, got.summary.GetComparison().GetTotal().GetSame())
	require.Empty(t, got.summary.GetComparison().GetRules())
}

func TestComparison_AddedRemovedAndMoved(t *testing.T) {
	t.Parallel()
	events := []*eventv1.Event{dislike("a", "17", 0), dislike("b", "17", 60), dislike("c", "18", 70), praise("d", "19", 80)}
	got := against(t, []string{"    do:", "    cooldown: 6h\n    do:"}, events...)
	require.Equal(t, []string{"removed pause_alert alert:17 - quiet@60"}, got.differences)

	got = against(t, []string{"feedback.verdict == NOT_INTERESTING", "feedback.alert_id != '18'"}, events...)
	require.Equal(t, []string{"removed pause_alert alert:18 - quiet@70", "added pause_alert alert:19 quiet@80 -"}, got.differences)

	got = against(t, []string{"    do:", "    count: {at_least: 2, within: 24h, reset: true}\n    do:"}, events...)
	require.Equal(t, []string{"removed pause_alert alert:17 - quiet@0", "removed pause_alert alert:18 - quiet@70"}, got.differences)
	require.EqualValues(t, 1, got.summary.GetComparison().GetTotal().GetSame(), "b's")

	got = against(t, []string{"for: 6h", "for: 7h"}, events...)
	require.Equal(t, []string{
		"moved pause_alert alert:17 quiet@0 quiet@0", "moved pause_alert alert:17 quiet@60 quiet@60",
		"moved pause_alert alert:18 quiet@70 quiet@70",
	}, got.differences)
	changes := got.summary.GetComparison().GetRules()
	require.Len(t, changes, 1)
	require.Equal(t, "quiet", changes[0].GetRule())
	require.EqualValues(t, 3, changes[0].GetMoved())
	require.Zero(t, changes[0].GetAdded()+changes[0].GetRemoved()+changes[0].GetSame())
}

func TestComparison_MovedIsWithinADay(t *testing.T) {
	t.Parallel()
	const day = 24 * 60
	for at, want := range map[int][]string{
		day:     {"moved pause_alert alert:17 quiet@1440 quiet@0"},
		day + 1: {"removed pause_alert alert:17 - quiet@0", "added pause_alert alert:17 quiet@1441 -"},
	} {
		later := dislike("b", "17", at)
		later.Title = "later"
		opts := options(t, strings.Replace(quietRules, "feedback.verdict == NOT_INTERESTING", "event.title == 'later'", 1))
		opts.Against = ruleSet(t, strings.Replace(quietRules, "feedback.verdict == NOT_INTERESTING", "event.title == ''", 1))
		require.Equal(t, want, run(t, opts, dislike("a", "17", 0), later).differences, at)
	}
}

func TestComparison_ShadowAsksForNothing(t *testing.T) {
	t.Parallel()
	got := against(t, []string{"mode: auto", "mode: shadow"}, dislike("a", "17", 0))
	require.Equal(t, []string{"removed pause_alert alert:17 - quiet@0"}, got.differences)
	got = against(t, []string{"mode: auto", "mode: suggest"}, dislike("a", "17", 0))
	require.Empty(t, got.differences)
}

func TestComparison_TheEarliestIsMoved(t *testing.T) {
	t.Parallel()
	titled := func(id, title string, at int) *eventv1.Event {
		e := dislike(id, "17", at)
		e.Title = title
		return e
	}
	opts := options(t, strings.Replace(quietRules, "feedback.verdict == NOT_INTERESTING", "event.title == 'now'", 1))
	opts.Against = ruleSet(t, strings.Replace(quietRules, "feedback.verdict == NOT_INTERESTING", "event.title == 'was'", 1))
	got := run(t, opts, titled("a", "now", 0), titled("b", "now", 60), titled("c", "was", 120))
	require.Equal(t, []string{"moved pause_alert alert:17 quiet@0 quiet@120", "added pause_alert alert:17 quiet@60 -"}, got.differences)
}

func TestComparison_TheSameMayBeDecidedLater(t *testing.T) {
	t.Parallel()
	const rules = `
rules:
  - name: tell
    mode: auto
    on: [anomaly]
    key: [event.source]
    do: [{publish: {subject: a}}]
`
	opts := options(t, rules)
	opts.Against = ruleSet(t, strings.Replace(rules, "    do:", "    given: [{on: feedback, key: [event.source], within: 15m, wait: 30m}]\n    do:", 1))
	e, earlier, cause := anomaly("a", "17", 10), anomaly("b", "17", 9), praise("c", "17", 5)
	for at, e := range map[int]*eventv1.Event{10: e, 11: earlier, 12: cause} {
		e.ObservedAt = timestamppb.New(minute(at))
	}
	got := run(t, opts, e, earlier, cause)
	require.Empty(t, got.differences)
	require.EqualValues(t, 2, got.summary.GetComparison().GetTotal().GetSame())
}
