package expr_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/expr"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// FuzzExpressions compiles and evaluates whatever people may send as a filter
// or write as a template: it must neither panic nor hang, and a fault must
// lie inside the text.
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
		for _, fault := range expr.Faults(err) {
			require.Positive(t, fault.Line)
			require.Positive(t, fault.Column)
		}
		for _, e := range events {
			if err == nil {
				_, _ = program.Text(expr.EventVars(e))
			}
		}
		template, err := expr.Template(text)
		if err == nil {
			_, _ = template.Text(expr.EventVars(events[0]))
		}
	})
}
