package match_test

import (
	"flag"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/expr"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/match"
)

func timestamp(seconds int64) time.Time { return time.Unix(seconds, 0) }

func (g generator) double() float64 {
	list := []float64{0, 1, 0.5, 2, 100, -1, 0.1, 3, 1e40, 1e-40, math.NaN(), math.Inf(1), math.Copysign(0, -1)}
	if g.wide && g.IntN(2) > 0 {
		return float64(g.IntN(200)) / 8
	}
	if g.IntN(4) > 0 {
		list = list[:8]
	}
	return list[g.IntN(len(list))]
}

// pairs is how many (condition, event) pairs are compared each way; a million
// takes a few seconds: go test ./services/router/match -pairs 1000000.
var pairs = flag.Int("pairs", 100_000, "pairs of condition and event that are compared")

// conditions returns random conditions of random kinds.
func (g generator) conditions(t *testing.T, n int) []match.Condition {
	t.Helper()
	list := make([]match.Condition, n)
	for i := range list {
		kinds := [][]event.Kind{nil, {event.KindAnomaly}, {event.KindFeedback}, {event.KindTraffic}, {event.KindAnomaly}}[g.IntN(5)]
		list[i].Kinds = kinds
		if g.IntN(50) == 0 {
			continue
		}
		kind := event.Kind("")
		if kinds != nil {
			kind = kinds[0]
		}
		var err error
		for list[i].Program == nil {
			text := g.condition(kind)
			list[i].Program, err = expr.Rule(text, expr.Bool)
			if err != nil {
				require.NotEmpty(t, expr.Faults(err), text)
			}
		}
	}
	return list
}

// naive evaluates every condition by itself.
func naive(conditions []match.Condition, e *eventv1.Event, paused func() bool) (matched []int, failed map[int]string) {
	failed = map[int]string{}
	vars := expr.EventVars(e).WithPaused(paused)
	for i, c := range conditions {
		if len(c.Kinds) > 0 && !slices.Contains(c.Kinds, event.KindOf(e)) {
			continue
		}
		if c.Program == nil {
			matched = append(matched, i)
			continue
		}
		holds, err := c.Program.Bool(vars)
		if err != nil && !expr.HasNoValue(err) {
			failed[i] = err.Error()
		}
		if holds && err == nil {
			matched = append(matched, i)
		}
	}
	return matched, failed
}

func requireSame(t *testing.T, m *match.Matcher, conditions []match.Condition, e *eventv1.Event, paused func() bool) (held, failures int) {
	t.Helper()
	want, wantFailed := naive(conditions, e, paused)
	got, failed := m.Match(paused)
	gotFailed := map[int]string{}
	for _, f := range failed {
		gotFailed[f.Condition] = f.Err.Error()
	}
	if !slices.Equal(want, got) {
		for i, c := range conditions {
			require.Equal(t, slices.Contains(want, i), slices.Contains(got, i), "%d: %s on %v", i, c.Program, e)
		}
		require.Equal(t, want, got)
	}
	for i, text := range wantFailed {
		require.Equal(t, text, gotFailed[i], "%s on %v", conditions[i].Program, e)
	}
	require.Equal(t, wantFailed, gotFailed)
	return len(want), len(wantFailed)
}

func TestMatch_EqualsEveryProgramByItself(t *testing.T) {
	t.Parallel()
	const events = 50
	left, held, failed := *pairs, 0, 0
	for seed := uint64(1); left > 0; seed++ {
		g := newGenerator(seed)
		conditions := g.conditions(t, []int{3, 20, 200, 1500}[seed/2%4])
		index, err := match.New(conditions)
		require.NoError(t, err)
		message, wire := match.NewMatcher(index), match.NewMatcher(index)
		for range events {
			e := g.event()
			paused := []func() bool{nil, func() bool { return true }, func() bool { return false }}[g.IntN(3)]
			message.Read(e)
			h, f := requireSame(t, message, conditions, e, paused)
			held, failed = held+h, failed+f
			data, err := proto.Marshal(e)
			require.NoError(t, err)
			require.NoError(t, wire.ReadWire(data))
			requireSame(t, wire, conditions, e, paused)
			require.Equal(t, message.Header(), wire.Header())
			require.Equal(t, event.Validate(e), wire.Validate())
		}
		left -= events * len(conditions)
	}
	t.Logf("%d conditions held, %d failed", held, failed)
	require.Positive(t, held)
	require.Positive(t, failed)
}
