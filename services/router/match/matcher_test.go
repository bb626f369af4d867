package match_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/event"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/match"
)

func matcher(t *testing.T, conditions ...match.Condition) *match.Matcher {
	t.Helper()
	index, err := match.New(conditions)
	require.NoError(t, err)
	require.Equal(t, len(conditions), index.Len())
	return match.NewMatcher(index)
}

func TestMatch_NoConditionsNoMatches(t *testing.T) {
	t.Parallel()
	m := matcher(t)
	matched, failed := m.Match(nil)
	require.Empty(t, matched)
	require.Empty(t, failed)
	require.NoError(t, m.ReadWire(nil))
	matched, _ = m.Match(nil)
	require.Empty(t, matched)
	require.ErrorIs(t, m.Validate(), event.ErrNoID)
}

func TestMatch_PausedIsAskedOnceAndOnlyWhereItMatters(t *testing.T) {
	t.Parallel()
	m := matcher(t, condition(t, `!paused && labels.site == "a"`), condition(t, `paused && labels.site == "a"`))
	asked := 0
	paused := func() bool { asked++; return true }
	m.Read(&eventv1.Event{Labels: map[string]string{"site": "b"}})
	matched, _ := m.Match(paused)
	require.Empty(t, matched)
	require.Zero(t, asked)
	m.Read(&eventv1.Event{Labels: map[string]string{"site": "a"}})
	matched, _ = m.Match(paused)
	require.Equal(t, []int{1}, matched)
	require.Equal(t, 1, asked)
	matched, _ = m.Match(func() bool { return false })
	require.Equal(t, []int{0}, matched)
	matched, _ = m.Match(nil)
	require.Empty(t, matched)
}

func TestMatch_FailuresSayWhy(t *testing.T) {
	t.Parallel()
	m := matcher(t,
		condition(t, `event.source == "s"`), condition(t, `event.title.substring(9) == "a"`), condition(t, `int(event.title) > 1`),
	)
	m.Read(&eventv1.Event{Source: "s", Title: "word"})
	matched, failed := m.Match(nil)
	require.Equal(t, []int{0}, matched)
	require.Len(t, failed, 2)
	require.Equal(t, 1, failed[0].Condition)
	require.ErrorContains(t, failed[0].Err, "substring from 9")
	require.Equal(t, 2, failed[1].Condition)
}

func TestMatch_WhatOnlyAMessageCanBe(t *testing.T) {
	t.Parallel()
	conditions := []match.Condition{
		condition(t, `anomaly.score > 0`), condition(t, `has(event.anomaly)`), {Kinds: []event.Kind{event.KindAnomaly}},
	}
	m := matcher(t, conditions...)
	e := &eventv1.Event{Payload: &eventv1.Event_Anomaly{}}
	m.Read(e)
	requireSame(t, m, conditions, e, nil)
}

func TestMatch_AllocatesNothing(t *testing.T) {
	var conditions []match.Condition
	for i := range 200 {
		conditions = append(conditions,
			condition(t, fmt.Sprintf(`labels.site == "s%d" && traffic.measures.a > 0.5`, i)),
			condition(t, fmt.Sprintf(`traffic.measures.a > 0.%d`, i)),
			condition(t, fmt.Sprintf(`event.title.contains("word%d") && !event.title.endsWith("x")`, i)))
	}
	m := matcher(t, conditions...)
	data, err := proto.Marshal(&eventv1.Event{
		Title: "a word17 b word18", Labels: map[string]string{"site": "s3"},
		Payload: &eventv1.Event_Traffic{Traffic: &eventv1.Traffic{Measures: map[string]float64{"a": 0.7}}},
	})
	require.NoError(t, err)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		_ = m.ReadWire(data)
		_, _ = m.Match(nil)
	}))
	matched, _ := m.Match(nil)
	require.Greater(t, len(matched), 3)
}

func TestMatch_HotValueAmongMany(t *testing.T) {
	t.Parallel()
	var conditions []match.Condition
	for i := range 400 {
		site := "hot"
		if i%4 == 0 {
			site = fmt.Sprint("site-", i)
		}
		conditions = append(conditions, condition(t, fmt.Sprintf(`labels.site == %q && labels.team == "t%d"`, site, i%50)))
	}
	m := matcher(t, conditions...)
	for _, labels := range []map[string]string{
		{"site": "hot", "team": "t7"}, {"site": "site-8", "team": "t8"}, {"site": "hot"}, {"team": "t7"},
	} {
		e := &eventv1.Event{Labels: labels}
		m.Read(e)
		requireSame(t, m, conditions, e, nil)
	}
}

func TestHeader_TextsOfBytesAndMessage(t *testing.T) {
	t.Parallel()
	e := newGenerator(9).event()
	data, err := proto.Marshal(e)
	require.NoError(t, err)
	m := matcher(t)
	require.NoError(t, m.ReadWire(data))
	h := m.Header()
	require.Equal(t, e.GetId(), h.ID)
	require.Equal(t, e.GetSource(), h.Source)
	require.Equal(t, e.GetNativeId(), h.NativeID)
	require.Equal(t, e.GetEntity(), h.Entity)
	require.Equal(t, event.KindOf(e), h.Kind)
	require.Equal(t, e.GetOccurredAt().AsTime(), h.OccurredAt)
	lazy, err := m.Event()
	require.NoError(t, err)
	require.True(t, proto.Equal(e, lazy))
	require.Error(t, m.ReadWire([]byte(strings.Repeat("x", 9))))
}

// TestMatch_BoundsAreExact compares numbers with bounds that lie close
// together, on the bounds and beside them.
func TestMatch_BoundsAreExact(t *testing.T) {
	t.Parallel()
	var conditions []match.Condition
	for i := range 400 {
		op := []string{"<", "<=", ">", ">="}[i%4]
		text := fmt.Sprintf("anomaly.score %s %g", op, float64(i/3)/8)
		if i%5 == 0 {
			text = "!(" + text + ")"
		}
		if i%7 == 0 {
			text += fmt.Sprintf(" && anomaly.value < %d", i%40)
		}
		conditions = append(conditions, condition(t, text))
	}
	m := matcher(t, conditions...)
	scores := []float64{math.NaN(), math.Inf(1), math.Inf(-1)}
	for i := range 300 {
		scores = append(scores, float64(i)/16)
	}
	for i, score := range scores {
		e := &eventv1.Event{Payload: &eventv1.Event_Anomaly{Anomaly: &eventv1.Anomaly{Score: score, Value: float64(i % 41)}}}
		m.Read(e)
		requireSame(t, m, conditions, e, nil)
	}
}

func TestMatch_NumbersThatCannotBeOrdered(t *testing.T) {
	t.Parallel()
	conditions := []match.Condition{
		condition(t, `traffic.measures.a > 1`), condition(t, `!(traffic.measures.a > 1)`), condition(t, `traffic.measures.a != 1`),
		condition(t, `!(traffic.measures.a > 1) && labels.site == "b"`), condition(t, `traffic.measures.a / traffic.measures.b > 1`),
		condition(t, `traffic.measures.a - traffic.measures.a < 1 && labels.none == "x"`),
	}
	m := matcher(t, conditions...)
	for _, f := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e300, 5e-324, 1} {
		e := &eventv1.Event{
			Labels:  map[string]string{"site": "a"},
			Payload: &eventv1.Event_Traffic{Traffic: &eventv1.Traffic{Measures: map[string]float64{"a": f, "b": f}}},
		}
		m.Read(e)
		requireSame(t, m, conditions, e, nil)
		data, err := proto.Marshal(e)
		require.NoError(t, err)
		require.NoError(t, m.ReadWire(data))
		requireSame(t, m, conditions, e, nil)
	}
}

func TestMatch_FoundByTwoLiteralsHoldsOnce(t *testing.T) {
	t.Parallel()
	var conditions []match.Condition
	for i := range 300 {
		conditions = append(conditions, condition(t, fmt.Sprintf(`event.title.matches("one%d-|two%d-")`, i, i)))
	}
	m := matcher(t, conditions...)
	m.Read(&eventv1.Event{Title: "one7-two7-two9-two7-"})
	matched, _ := m.Match(nil)
	require.Equal(t, []int{7, 9}, matched)
}
