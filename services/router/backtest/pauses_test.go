package backtest_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/backtest"
)

// figures are pauses in short: pauses, targets, hours, good catches, votes,
// anomalies.
func figures(p *routerv1.BacktestPauses) string {
	return fmt.Sprintf("%d %d %g %d %d %d", p.GetCount(), p.GetTargets(), backtest.Hours(p),
		p.GetGoodCatchesHidden(), p.GetVotesAvoided(), p.GetAnomaliesAvoided())
}

func TestPauses_TimesThatOverlapCountOnce(t *testing.T) {
	t.Parallel()
	got := run(t, options(t, quietRules), dislike("a", "17", 0), dislike("b", "18", 60), dislike("c", "17", 180), dislike("d", "17", 1000)).summary
	// 17: 0 to 540 and 1000 to 1360; 18: 60 to 420. c fell into a's.
	require.Equal(t, "4 2 21 0 1 0", figures(got.GetPauses()))
}

func TestPauses_RulesCountTheirOwn(t *testing.T) {
	t.Parallel()
	opts := options(t, quietRules+`
  - name: would
    mode: shadow
    on: [feedback]
    when: feedback.verdict == NOT_INTERESTING
    key: [feedback.alert_id]
    do: [{pause_alert: {source: anodot-prod, alert_id: "${feedback.alert_id}", for: 12h}}]
  - name: other
    mode: suggest
    on: [anomaly]
    do: [{pause_alert: {source: other, alert_id: "17", for: 1h}}]
`)
	got := run(t, opts, dislike("a", "17", 0), praise("b", "17", 10), praise("c", "17", 400), anomaly("d", "17", 500), anomaly("e", "18", 501)).summary
	require.Equal(t, "1 1 6 1 0 0", figures(got.GetRules()[0].GetPauses()))
	require.Equal(t, "1 1 12 2 0 1", figures(got.GetRules()[1].GetPauses()))
	require.Equal(t, "2 1 1.0166666666666666 0 0 0", figures(got.GetRules()[2].GetPauses()), "another source's alert is another one")
	require.Equal(t, "4 2 13.016666666666667 2 0 1", figures(got.GetPauses()))
}

func TestPauses_EndsAreOutside(t *testing.T) {
	t.Parallel()
	for at, want := range map[int]int{-1: 0, 0: 0, 1: 1, 359: 1, 360: 0, 361: 0} {
		got := run(t, options(t, quietRules), dislike("a", "17", 0), praise("b", "17", at)).summary
		require.EqualValues(t, want, got.GetPauses().GetGoodCatchesHidden(), at)
	}
}

func TestPauses_WhereTwoMeetIsInNeither(t *testing.T) {
	t.Parallel()
	got := run(t, options(t, quietRules), dislike("a", "17", 0), praise("b", "17", 360), dislike("c", "17", 360)).summary
	require.Equal(t, "2 1 12 0 0 0", figures(got.GetPauses()))
}

func TestPauses_AnEventFallsIntoOneThatIsDecidedLater(t *testing.T) {
	t.Parallel()
	// b arrives before a, and occurred after it.
	got := run(t, options(t, quietRules), praise("b", "17", 5), dislike("a", "17", 0)).summary
	require.EqualValues(t, 1, got.GetPauses().GetGoodCatchesHidden())
}

func TestPauses_DuplicatesAndOthersDoNotFall(t *testing.T) {
	t.Parallel()
	foreign := praise("e", "17", 10)
	foreign.Source = "anodot-test"
	got := run(t, options(t, quietRules), dislike("a", "17", 0), praise("b", "17", 10), praise("b", "17", 10),
		praise("c", "18", 10), vote("d", "17", 10, eventv1.Verdict_VERDICT_UNSPECIFIED), foreign).summary
	require.Equal(t, "1 1 6 1 0 0", figures(got.GetPauses()))
}

func TestPauses_AResumeEndsThem(t *testing.T) {
	t.Parallel()
	opts := options(t, quietRules+`
  - name: back
    mode: auto
    on: [feedback]
    when: feedback.verdict == GOOD_CATCH
    key: [feedback.alert_id]
    do: [{resume_alert: {source: anodot-prod, alert_id: "${feedback.alert_id}"}}]
`)
	got := run(t, opts, dislike("a", "17", 0), praise("b", "17", 60), anomaly("c", "17", 120)).summary
	require.Equal(t, "1 1 1 0 0 0", figures(got.GetPauses()))
}
