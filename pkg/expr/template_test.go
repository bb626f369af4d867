package expr_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/expr"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

func TestTemplate_Text(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		"":                                      "",
		"plain $ { } text":                      "plain $ { } text",
		"bots on ${labels.site}":                "bots on shop",
		"${labels.site}${labels.site}":          "shopshop",
		"literal $${labels.site}":               "literal ${labels.site}",
		`${"}" + labels.site + '}'}`:            "}shop}",
		`${"a\"}" + labels.site}`:               `a"}shop`,
		`${r'\' + labels.site}`:                 `\shop`,
		`${"""}"""}`:                            "}",
		`${{"x": labels.site}["x"]}!`:           "shop!",
		"${anomaly.score} at ${event.severity}": "1 at CRITICAL",
		"über ${anomaly.value / 3}":             "über 83.33333333333333",
	}
	for text, want := range cases {
		template, err := expr.Template(text, event.KindAnomaly)
		require.NoError(t, err, text)
		got, err := template.Text(expr.EventVars(anomaly()))
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
}

func TestTemplate_Faults(t *testing.T) {
	t.Parallel()
	cases := []struct {
		text      string
		line, col int
		message   string
	}{
		{"bots on ${labls.site}", 1, 11, "unknown name labls"},
		{"ü\nbots ${labels.site} ${evnt}", 2, 23, "unknown name evnt"},
		{"open ${labels.site", 1, 6, "no closing }"},
		{"open ${'}", 1, 6, "no closing }"},
		{"${}", 1, 3, "empty"},
		{"${feedback.user}", 1, 3, "feedback is not available"},
		{"${labels}", 1, 3, "expected a text"},
	}
	for _, c := range cases {
		_, err := expr.Template(c.text, event.KindAnomaly)
		var fault *expr.Error
		require.ErrorAs(t, err, &fault, c.text)
		require.Contains(t, fault.Message, c.message)
		require.Equal(t, []int{c.line, c.col}, []int{fault.Line, fault.Column}, c.text)
	}
	_, err := expr.Template("${a} ${b}")
	require.Len(t, expr.Faults(err), 2)
}

func TestTemplate_AbsentPartMakesTheTextAbsent(t *testing.T) {
	t.Parallel()
	template, err := expr.Template("bots on ${labels.none}")
	require.NoError(t, err)
	_, err = template.Text(expr.EventVars(anomaly()))
	require.ErrorIs(t, err, expr.ErrAbsent)
	require.ErrorContains(t, err, "${labels.none}: none is absent")
}

func TestTemplate_Constant(t *testing.T) {
	t.Parallel()
	template, err := expr.Template("alerts.noise")
	require.NoError(t, err)
	text, ok := template.Constant()
	require.True(t, ok)
	require.Equal(t, "alerts.noise", text)
	template, err = expr.Template("alerts.${event.source}")
	require.NoError(t, err)
	_, ok = template.Constant()
	require.False(t, ok)
}

func ExampleEvent() {
	quiet, err := expr.Event(`feedback.verdict == NOT_INTERESTING && feedback.user != "robot"`, expr.Bool, event.KindFeedback)
	if err != nil {
		fmt.Println(err)
		return
	}
	matches, err := quiet.Bool(expr.EventVars(&eventv1.Event{
		Payload: &eventv1.Event_Feedback{Feedback: &eventv1.Feedback{
			Verdict: eventv1.Verdict_VERDICT_NOT_INTERESTING, User: "ann",
		}},
	}))
	fmt.Println(matches, err)
	// Output: true <nil>
}

func ExampleTemplate() {
	name, err := expr.Template("bots on ${labels.site}")
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := name.Text(expr.EventVars(&eventv1.Event{Labels: map[string]string{"site": "shop"}}))
	fmt.Println(text, err)
	// Output: bots on shop <nil>
}
