package match_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/expr"
	"github.com/signalbox-io/signalbox/services/router/match"
)

func condition(t *testing.T, text string) match.Condition {
	t.Helper()
	program, err := expr.Rule(text, expr.Bool)
	require.NoError(t, err, text)
	return match.Condition{Program: program}
}

func TestClassify(t *testing.T) {
	t.Parallel()
	cases := []struct {
		text  string
		class match.Class
		by    string
		costs bool
	}{
		{`labels.site == "a" && anomaly.score > 1`, match.Indexed, "labels.site", false},
		{`anomaly.score > 1 && event.source in ["a", "b"]`, match.Indexed, "event.source", false},
		{`event.title.matches("deploy (failed|done)")`, match.Indexed, "event.title", false},
		{`event.title.contains("ab")`, match.Bitmap, "", false}, // too short a literal
		{`event.severity == HIGH`, match.Bitmap, "event.severity", false},
		{`anomaly.score > 1 && labels.exists(k, k == "a")`, match.Bitmap, "anomaly.score", true},
		{`has(labels.site)`, match.Bitmap, "labels.site", false},
		{`labels.site != "a"`, match.Bitmap, "", false},
		{`labels.site != "a" && labels.exists(k, k == "a")`, match.Scanned, "", true},
		{`labels.a == labels.b`, match.Scanned, "", true},
	}
	for _, c := range cases {
		info, err := match.Classify(condition(t, c.text))
		require.NoError(t, err, c.text)
		require.Equal(t, c.class, info.Class, c.text)
		require.Equal(t, c.by, info.By, c.text)
		require.Equal(t, c.costs, info.Cost > 0, "%s: %d", c.text, info.Cost)
	}
	info, err := match.Classify(match.Condition{})
	require.NoError(t, err)
	require.Equal(t, match.Info{Class: match.Bitmap}, info)
}

func TestClassify_CostGrowsWithTheLoops(t *testing.T) {
	t.Parallel()
	one, err := match.Classify(condition(t, `labels.exists(k, k == "a")`))
	require.NoError(t, err)
	two, err := match.Classify(condition(t, `labels.exists(k, labels.exists(l, k != l && labels[k] == labels[l]))`))
	require.NoError(t, err)
	require.Greater(t, two.Cost, 10*one.Cost)
}

func TestCheckQuota(t *testing.T) {
	t.Parallel()
	list := []match.Condition{
		condition(t, `labels.site == "a"`), condition(t, `labels.a == labels.b`), condition(t, `labels.a < labels.b`),
	}
	name := func(i int) string { return "rule-" + strconv.Itoa(i) }
	require.NoError(t, match.CheckQuota(list, 2, name))
	err := match.CheckQuota(list, 1, name)
	require.ErrorContains(t, err, `2 conditions are evaluated for every event (["rule-1" "rule-2"] …), the limit is 1`)
}

func TestNew_RefusesWhatIsNoCondition(t *testing.T) {
	t.Parallel()
	text, err := expr.Rule(`event.title`, expr.Text)
	require.NoError(t, err)
	list := []match.Condition{{}, {Program: text}}
	_, err = match.New(list)
	require.ErrorContains(t, err, `condition 1: "event.title" is no condition over an event`)
	_, err = match.Classify(list[1])
	require.ErrorContains(t, err, "is no condition over an event")
	require.ErrorContains(t, match.CheckQuota(list, 9, strconv.Itoa), "is no condition over an event")
}
