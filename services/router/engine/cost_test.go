package engine_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
)

// An expression that costs too much on an event fails there: its rule does not match
// and says so, the others judge the event as ever.
func TestEvent_AnExpressionThatCostsTooMuchFailsAlone(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, `
rules:
  - {name: dear, mode: auto, on: [anomaly], when: "labels.all(a, labels.all(b, a + b != ''))", cooldown: 1h, do: [{publish: {subject: s}}]}
  - {name: cheap, mode: auto, on: [anomaly], do: [{publish: {subject: s}}]}
`), hourLate())
	many := func(ev *eventv1.Event) {
		ev.Labels = map[string]string{}
		for i := range 600 {
			ev.Labels[strconv.Itoa(i)] = "x"
		}
	}
	out := run(e, anomaly("a", "10:00", many))
	require.Equal(t, []string{"a ERROR", "a FIRED"}, short(words(out)))
	require.Equal(t, "when", out[0].Decision.GetClause())
	require.Contains(t, out[0].Decision.GetDetail(), "cost")
	require.Empty(t, out[0].Actions)
	require.Equal(t, []string{"b FIRED", "b FIRED"}, short(words(run(e, anomaly("b", "10:01", label("k", "v"))))), "it started no cooldown")
}
