package engine_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
)

// causeCost returns the nanoseconds that an event takes which is a cause of many
// judgements and completes none.
func causeCost(t *testing.T, waiting int) int64 {
	t.Helper()
	e := engine.New(load(t, ruleOf(`on: [anomaly]
given:
  - {on: traffic, key: [event.entity], within: 15m, wait: 2m}
  - {on: feedback, key: [event.entity], within: 15m, wait: 2m}`)), hourLate())
	for i := range waiting {
		e.Event(engine.Input{Event: anomaly("e"+strconv.Itoa(i), "09:00:30", seen("09:00:30")), Time: at("09:00:30")})
	}
	require.Equal(t, waiting, e.Stats().Waiting)
	n := 0
	return testing.Benchmark(func(b *testing.B) {
		b.Helper()
		for b.Loop() {
			n++
			e.Event(engine.Input{Event: traffic("t"+strconv.Itoa(n), "09:00:10", seen("09:00:31")), Time: at("09:00:31")})
		}
	}).NsPerOp()
}

// Finding that a cause completes nothing must not cost more for each judgement
// the more of them wait.
func TestEvent_ACauseThatCompletesNothingMovesNothing(t *testing.T) { //nolint:paralleltest // it measures
	few, many := causeCost(t, 500), causeCost(t, 10_000)
	require.Less(t, many, 60*few, "20 times as many wait")
}

func TestEvent_KeysOfAnyLengthTakeLittle(t *testing.T) {
	t.Parallel()
	set := load(t, ruleOf("on: [anomaly]\nkey: [labels.site, event.source]\ncount: {at_least: 2, within: 24h}"))
	e := engine.New(set, hourLate())
	long := strings.Repeat("ж", 100_000)
	first := e.Event(stored(anomaly("a", "09:00", label("site", long+"1")))[0])
	e.Event(stored(anomaly("b", "09:01", label("site", long+"2")))[0])
	snapshot, err := e.Snapshot()
	require.NoError(t, err)
	require.Less(t, len(snapshot), 1000)
	require.Equal(t, 2, e.Stats().Keys, "the whole key counts, not its beginning")

	e = restored(t, set, hourLate(), e)
	out := e.Event(stored(anomaly("c", "09:02", label("site", long+"1")))[0])
	require.Equal(t, []string{"c FIRED count 2 of 2"}, words(out))
	for _, key := range [][]string{first[0].Decision.GetKey(), out[0].Decision.GetKey(), out[0].Actions[0].GetKey()} {
		require.Equal(t, []string{strings.Repeat("ж", 128) + "…", "anodot-prod"}, key)
	}
	other := e.Event(stored(anomaly("d", "09:03", label("site", long+"2")))[0])
	require.NotEqual(t, out[0].Actions[0].GetId(), other[0].Actions[0].GetId())
}

func TestEvent_WaitingKeysCountAsWhatTheyAre(t *testing.T) {
	t.Parallel()
	set := load(t, ruleOf(`on: [anomaly]
key: [labels.site + labels.site + labels.site + labels.site]
given: [{on: traffic, key: [labels.site], within: 15m, wait: 2m}]`))
	e := engine.New(set, hourLate())
	for i := range 40 {
		e.Event(engine.Input{Event: anomaly(strconv.Itoa(i), "09:00", seen("09:00"), label("site", strings.Repeat("x", 1<<20))), Time: at("09:00")})
	}
	require.Equal(t, 12, e.Stats().Waiting, "64 MiB of events and keys")
	e = restored(t, set, hourLate(), e)
	e.Event(engine.Input{Event: anomaly("next", "09:00", seen("09:00"), label("site", strings.Repeat("x", 1<<20))), Time: at("09:00")})
	require.Equal(t, 12, e.Stats().Waiting)
}

// An action that the bus would not take fires nothing: neither window nor
// cooldown are spent on it.
func TestEvent_AnActionWithTooLongTextsDoesNotFire(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, ruleOf(`on: [anomaly]
count: {at_least: 2, within: 24h, reset: true}
cooldown: 1h
do: [{publish: {subject: "s.${labels.a}", fields: {all: "${event.title}"}}}]`)), hourLate())
	out := feed(e, stored(
		anomaly("a", "09:00", label("a", "x")),
		anomaly("b", "09:01", label("a", strings.Repeat("x", 600))),
		anomaly("c", "09:02", label("a", "x"), title(strings.Repeat("x", 70_000))),
		anomaly("d", "09:03", label("a", "x"), title("fine")),
	))
	require.Equal(t, []string{
		"a HELD_COUNT count 1 of 2",
		"b ERROR do[0].publish.target: it has 610 bytes, of at most 512",
		"c ERROR do[0].publish.texts: with them the action has 70200 bytes, of at most 65536",
		"d FIRED count 4 of 2",
	}, words(out))
}

func TestEvent_ALeaseBeginsWhenTheEventArrivedAtTheLatest(t *testing.T) {
	t.Parallel()
	ahead := timestamppb.New(time.Date(9990, 1, 1, 0, 0, 0, 0, time.UTC))
	e := engine.New(load(t, ruleOf(`on: [anomaly]
do: [{pause_alert: {source: s, alert_id: "${anomaly.alert_id}", for: 6h}}]`)), hourLate())
	for i, o := range []option{
		seen("08:30"),
		func(e *eventv1.Event) { e.OccurredAt = ahead },
		func(e *eventv1.Event) { e.OccurredAt, e.ObservedAt = ahead, ahead },
	} {
		out := e.Event(engine.Input{Event: anomaly(strconv.Itoa(i), "08:00", entity(strconv.Itoa(i)), o), Time: at("09:00")})
		want := at("15:00")
		if i == 0 {
			want = at("14:30")
		}
		require.Equal(t, want, out[0].Actions[0].GetExpiresAt().AsTime())
		require.Equal(t, want, out[0].Actions[0].GetPauseAlert().GetUntil().AsTime())
	}
}

// What is observed late finds what it belongs to: state is kept for the lateness
// that is accepted besides.
func TestSweep_KeepsStateForWhatIsObservedLate(t *testing.T) {
	t.Parallel()
	settings := engine.Settings{MaxLateness: 48 * time.Hour}
	e := engine.New(load(t, ruleOf("on: [anomaly]\ncount: {at_least: 2, within: 1h}")), settings)
	out := feed(e, stored(
		anomaly("a", "09:00", seen("09:00")), traffic("t", "2d 09:30", seen("2d 09:30")), anomaly("b", "09:30", seen("2d 09:30")),
	))
	require.Equal(t, []string{"a HELD_COUNT count 1 of 2", "b FIRED count 2 of 2"}, words(out))
}

func TestDetail_IsInMilliseconds(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, ruleOf("on: [anomaly]\ngiven: [{on: traffic, key: [event.entity], within: 15m}]")), hourLate())
	out := feed(e, stored(
		traffic("t", "09:00:00"), anomaly("a", "09:00:11.087802899"), anomaly("late", "09:00", seen("10:00:04.788810398")),
	))
	require.Equal(t, []string{"a FIRED lag 11.088s", "late LATE observed 1h0m4.789s after it occurred, accepted is 1h"}, words(out))
}
