package match_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/expr"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/match"
)

// FuzzExpression indexes whatever compiles as a condition, among others and by
// itself, and compares its answers with the program's.
func FuzzExpression(f *testing.F) {
	g := newGenerator(3)
	for range 40 {
		f.Add(g.condition(""))
	}
	for _, seed := range []string{
		`labels.site.matches("(a|b){2,3}c*") && has(labels.x)`, `labels.exists(k, k == "a") && labels.site == "a"`,
		`event.title.matches("(?i)x|\\x{fffd}")`, `event.source in ["a", "a", ""]`, `!(paused || labels.a == "b")`,
		`1.0 / anomaly.score > 2 && labels.site == "shop"`, `anomaly.score < anomaly.value`, `true && false`,
	} {
		f.Add(seed)
	}
	var events []*eventv1.Event
	for range 20 {
		events = append(events, g.event())
	}
	f.Fuzz(func(t *testing.T, text string) {
		program, err := expr.Rule(text, expr.Bool)
		if err != nil {
			return
		}
		conditions := slices.Repeat([]match.Condition{{Program: program}, {}}, 20)
		for _, list := range [][]match.Condition{conditions, conditions[:1]} {
			index, err := match.New(list)
			require.NoError(t, err)
			m := match.NewMatcher(index)
			for _, e := range events {
				m.Read(e)
				want, failed := naive(list, e, nil)
				got, _ := m.Match(nil)
				require.Equal(t, want, append([]int(nil), got...), "%s on %v", text, e)
				if !strings.Contains(failed[0], "limit exceeded") {
					requireSame(t, m, list, e, nil)
				}
			}
		}
	})
}
