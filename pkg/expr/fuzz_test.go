package expr_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/expr"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// FuzzExpressions compiles and evaluates whatever people may send as a filter
// or write as a template: it must neither panic nor hang, a fault must lie
// inside the text, and what compiles says the same each time.
func FuzzExpressions(f *testing.F) {
	for _, seed := range []string{
		`anomaly.score == 1 && labels.site in ["a", "b"]`, `has(labels.x) ? 1 : 2`, `[1, 2.0].exists(x, x == anomaly.score)`,
		`event.title.replace("a", "b").split(",")[0]`, `bots on ${labels.site} ${{"a": 1}["a"]}`, `${"}`, `-9223372036854775808 / -1`,
		`traffic.measures.map(k, traffic.measures[k] / 0)`, `event.occurred_at + duration("1h")`, `"\xff"`, `a ? b : c.d[e]`,
	} {
		f.Add(seed)
	}
	events := []*eventv1.Event{anomaly(), feedback(), traffic(), {}}
	f.Fuzz(func(t *testing.T, text string) {
		program, err := expr.Event(text, expr.Any)
		requireInside(t, text, err)
		if err == nil {
			require.Equal(t, text, program.String())
			again, err := expr.Event(text, expr.Any)
			require.NoError(t, err)
			for _, e := range events {
				requireAlike(t, e, program.Text, again.Text)
			}
		}
		template, err := expr.Template(text)
		requireInside(t, text, err)
		if err == nil {
			requireAlike(t, events[0], template.Text, template.Text)
		}
	})
}

// requireInside requires of an error that it names a place of the text.
func requireInside(t *testing.T, text string, err error) {
	t.Helper()
	if err != nil {
		require.NotEmpty(t, expr.Faults(err), err)
	}
	lines := strings.Split(text, "\n")
	for _, fault := range expr.Faults(err) {
		require.NotEmpty(t, fault.Message)
		require.Positive(t, fault.Line)
		require.LessOrEqual(t, fault.Line, len(lines))
		require.Positive(t, fault.Column)
		require.LessOrEqual(t, fault.Column, 1+utf8.RuneCountInString(lines[fault.Line-1]), "%q: %s", text, fault.Message)
	}
}

// requireAlike requires the same text or error of both.
func requireAlike(t *testing.T, e *eventv1.Event, one, other func(expr.Vars) (string, error)) {
	t.Helper()
	want, wantErr := one(expr.EventVars(e))
	got, gotErr := other(expr.EventVars(e))
	require.Equal(t, want, got)
	require.Equal(t, wantErr, gotErr)
}
