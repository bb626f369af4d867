package suite_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/rule"
	"github.com/signalbox-io/signalbox/services/router/suite"
)

const votes = `rules:
  - name: votes
    mode: auto
    on: [feedback]
    cooldown: 1h
    do: [{pause_alert: {source: anodot-prod, alert_id: "${feedback.alert_id}", for: 1h}}]
SETTINGS
tests:
  - name: in time
    steps: [{id: a, at: "09:00", seen: "09:10", feedback: {alert_id: "17"}}]
    expect: {decisions: [a: FIRED]}
  - name: late
    steps: [{id: a, at: "09:00", seen: "09:10:01", feedback: {alert_id: "17"}}]
    expect: {decisions: [a: LATE]}
`

// loadText loads a suite whose rules stand in it.
func loadText(t *testing.T, content string, o suite.Options) *suite.Suite {
	t.Helper()
	s, err := suite.Load(file("a_test.yaml", content), readNothing, o)
	require.NoError(t, err)
	return s
}

func TestRun_SettingsOfTheSuiteComeFirst(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		written  string
		given    time.Duration
		failures int
	}{
		{written: "", failures: 1},
		{written: "", given: 10 * time.Minute},
		{written: "settings: {max_lateness: 10m}"},
		{written: "settings: {max_lateness: 10m}", given: time.Hour},
		{written: "settings: {reorder: 0s}", given: 10 * time.Minute},
	} {
		s := loadText(t, strings.Replace(votes, "SETTINGS", c.written, 1),
			suite.Options{Settings: engine.Settings{MaxLateness: c.given}})
		result := suite.Run(s, suite.RunOptions{})
		require.Equal(t, c.failures, result.Failures(), "%+v", c)
	}
}

func TestLoad_SourcesOfTheSuiteComeFirst(t *testing.T) {
	t.Parallel()
	others := suite.Options{Catalog: rule.Catalog{Sources: map[string]eventv1.Vendor{"anodot-test": eventv1.Vendor_VENDOR_ANODOT}}}
	_, err := suite.Load(file("a_test.yaml", strings.Replace(votes, "SETTINGS", "", 1)), readNothing, others)
	require.ErrorContains(t, err, `a_test.yaml:6:33: rule votes: source "anodot-prod" is not configured: expected anodot-test`)
	loadText(t, strings.Replace(votes, "SETTINGS", "sources: {anodot-prod: anodot}", 1), others)
}

func TestRun_PlaysTheCasesThatMatch(t *testing.T) {
	t.Parallel()
	s := loadText(t, strings.Replace(votes, "SETTINGS", "", 1), suite.Options{})
	result := suite.Run(s, suite.RunOptions{Match: regexp.MustCompile("^in")})
	require.Len(t, result.Cases, 1)
	require.Equal(t, "in time", result.Cases[0].Name)
	require.Zero(t, result.Failures())
}

func TestRun_AsksWhy(t *testing.T) {
	t.Parallel()
	content := strings.Replace(votes, "{decisions: [a: LATE]}", "{decisions: [{event: a, rule: votes, outcome: FIRED}]}", 1)
	s := loadText(t, strings.Replace(content, "SETTINGS", "settings: {max_lateness: 1m}", 1), suite.Options{})
	var asked []suite.Question
	result := suite.Run(s, suite.RunOptions{Match: regexp.MustCompile("late"), Why: func(q suite.Question) string {
		asked = append(asked, q)
		return "because"
	}})
	require.Len(t, asked, 1)
	require.Equal(t, "votes", asked[0].Rule.Name)
	require.Equal(t, "a", asked[0].Event.Event.GetId())
	require.Contains(t, text(t, result), "why       because\n")
}

func TestRun_OthersMayCome(t *testing.T) {
	t.Parallel()
	const content = `rules:
  - {name: one, mode: shadow, on: [feedback]}
tests:
  - name: two votes
    ALLOW
    steps: [{id: a, at: "09:00", feedback: {}}, {id: b, at: "09:01", feedback: {}}]
    expect: {decisions: [b: SHADOW]}
`
	for allow, failures := range map[string]int{"allow_others: true": 0, "allow_others: false": 1} {
		result := suite.Run(loadText(t, strings.Replace(content, "ALLOW", allow, 1), suite.Options{}), suite.RunOptions{})
		require.Equal(t, failures, result.Failures(), text(t, result))
	}
}

func TestRun_ExactSentencesAreComplete(t *testing.T) {
	t.Parallel()
	for settings, failures := range map[string]int{"exact: true": 2, "exact: false": 0} {
		content := strings.Replace(votes, "SETTINGS", "settings: {max_lateness: 10m}\n"+settings, 1)
		result := suite.Run(loadText(t, content, suite.Options{}), suite.RunOptions{})
		require.Equal(t, failures, result.Failures(), text(t, result))
	}
}

func TestMerge_PutsSuitesOfTheSameRulesTogether(t *testing.T) {
	t.Parallel()
	s := loadText(t, strings.Replace(votes, "SETTINGS", "settings: {max_lateness: 10m}", 1), suite.Options{})
	one := suite.Run(s, suite.RunOptions{Match: regexp.MustCompile("in time")}).Coverage
	other := suite.Run(s, suite.RunOptions{Match: regexp.MustCompile("late")}).Coverage
	require.Equal(t, 66, one.Percent())
	require.Equal(t, 0, other.Percent())
	require.Equal(t, one, suite.Merge(other, one))
	require.Equal(t, one, suite.Merge(one, other))
	require.Equal(t, 0, other.Percent(), "what was merged stays as it is")
	require.Equal(t, 100, suite.Merge().Percent())
}
