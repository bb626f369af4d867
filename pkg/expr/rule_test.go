package expr_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/expr"
)

func TestRule_Paused(t *testing.T) {
	t.Parallel()
	yes, no := func() bool { return true }, func() bool { return false }
	cases := []struct {
		text   string
		paused func() bool
		want   bool
	}{
		{`paused`, yes, true},
		{`paused`, no, false},
		{`!paused && labels.site == "shop"`, no, true},
		{`!paused && labels.site == "shop"`, yes, false},
		{`paused || labels.site == "shop"`, nil, true},
		{`(paused ? 1 : 2) == 1`, yes, true},
	}
	for _, c := range cases {
		program, err := expr.Rule(c.text, expr.Bool, event.KindAnomaly)
		require.NoError(t, err, c.text)
		got, err := program.Bool(expr.EventVars(anomaly()).WithPaused(c.paused))
		require.NoError(t, err, c.text)
		require.Equal(t, c.want, got, c.text)
	}
}

func TestRule_PausedHasNoValueWhereNobodyKnows(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`paused`, `!paused`, `paused == false`} {
		program, err := expr.Rule(text, expr.Bool)
		require.NoError(t, err, text)
		for _, vars := range []expr.Vars{expr.EventVars(anomaly()), expr.EventVars(anomaly()).WithPaused(nil)} {
			_, err = program.Bool(vars)
			require.ErrorIs(t, err, expr.ErrAbsent, text)
		}
	}
}

func TestRule_PausedIsReadLazily(t *testing.T) {
	t.Parallel()
	program, err := expr.Rule(`labels.site == "other" && paused`, expr.Bool)
	require.NoError(t, err)
	_, err = program.Bool(expr.EventVars(anomaly()).WithPaused(func() bool {
		t.Error("paused was asked for")
		return true
	}))
	require.NoError(t, err)
}

func TestRule_OnlyRulesKnowPaused(t *testing.T) {
	t.Parallel()
	_, err := expr.Event("labels.site == 'a' &&\n paused", expr.Bool)
	require.EqualError(t, err, "2:2: paused is only known to the conditions and texts of rules")
	_, err = expr.Template("is ${paused}")
	require.EqualError(t, err, "1:6: paused is only known to the conditions and texts of rules")
	_, err = expr.Rule("feedback.user == 'ann'", expr.Bool, event.KindAnomaly)
	require.ErrorContains(t, err, "feedback is not available")
}

func TestRuleTemplate(t *testing.T) {
	t.Parallel()
	template, err := expr.RuleTemplate("paused: ${paused}", event.KindAnomaly)
	require.NoError(t, err)
	text, err := template.Text(expr.EventVars(anomaly()).WithPaused(func() bool { return true }))
	require.NoError(t, err)
	require.Equal(t, "paused: true", text)
}
