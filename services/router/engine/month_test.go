package engine_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
)

// drawn is a random event of one of two keys, without times.
func drawn(random *rand.Rand, i int) *eventv1.Event {
	kind := []func(string, string, ...option) *eventv1.Event{anomaly, feedback, traffic}[random.IntN(3)]
	ev := kind(fmt.Sprintf("%04d", i), "00:00", entity([]string{"x", "y"}[random.IntN(2)]), title([]string{"low", "high", "7"}[random.IntN(3)]))
	if a := ev.GetAnomaly(); a != nil {
		a.AlertId = ev.GetEntity()
		ev.NativeId = fmt.Sprint("thing-", random.IntN(30))
		a.Phase = []eventv1.Phase{eventv1.Phase_PHASE_OPEN, eventv1.Phase_PHASE_UPDATED, eventv1.Phase_PHASE_CLOSED}[random.IntN(3)]
	}
	return ev
}

// heap is what lives, in bytes.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// A month in which every key comes once: what is over is forgotten, so a day
// later in the month takes no more than an earlier one, but for the ids, which are
// remembered for longer.
func TestStats_AMonthOfKeysThatComeAndGo(t *testing.T) { //nolint:paralleltest // it measures the heap
	set := load(t, strings.Replace(everyKindOfRule, "rules:", `rules:
  - {name: pauses, mode: auto, on: [feedback], do: [{pause_alert: {source: anodot-prod, alert_id: "${event.entity}", for: 1h}}]}
  - {name: suggests, mode: suggest, approve_within: 1h, on: [feedback], do: [{pause_alert: {source: other, alert_id: "${event.entity}", for: 1h}}]}`, 1))
	settings := engine.Settings{MaxLateness: time.Hour, Reorder: time.Minute, Safety: &engine.Safety{MaxActionsPerHour: 100_000}}
	e := engine.New(set, settings)
	const perDay = 2_400
	var keys []int
	var heaps []uint64
	for i := range 30 * perDay {
		now := monday.Add(time.Duration(i) * 24 * time.Hour / perDay)
		ev := []func(string, string, ...option) *eventv1.Event{anomaly, feedback, traffic}[i%3](fmt.Sprint("event-", i), "00:00")
		ev.Entity, ev.NativeId = fmt.Sprint("entity-", i/6), fmt.Sprint("native-", i)
		if a := ev.GetAnomaly(); a != nil {
			a.Phase = eventv1.Phase_PHASE_CLOSED
		}
		ev.OccurredAt, ev.ObservedAt = timestamppb.New(now), timestamppb.New(now)
		e.Event(engine.Input{Event: ev, Time: now})
		if i%(5*perDay) == 5*perDay-1 {
			keys, heaps = append(keys, e.Stats().Keys), append(heaps, heap())
		}
	}
	for i := 1; i < len(keys); i++ {
		require.InDelta(t, keys[0], keys[i], float64(keys[0])/20, "keys on day %d: %v", 5*(i+1), keys)
	}
	// An id and a thing that was counted or closed take some 60 bytes each.
	ids := uint64(25 * perDay * 3 * 60)
	require.Less(t, heaps[len(heaps)-1], heaps[0]+ids, "%v", heaps)

	s := e.Stats()
	require.Equal(t, s.Events, s.Duplicates+s.Late+s.Matched+s.Unmatched+uint64(s.HeldBack))
	e.Advance(monday.AddDate(0, 0, 35))
	s = e.Stats()
	require.Equal(t, []int{0, 0, 0, 0, 0}, []int{s.Keys, s.Leases, s.Standing, s.Waiting, s.HeldBack})
	e.Advance(monday.AddDate(0, 0, 130))
	snapshot, err := e.Snapshot()
	require.NoError(t, err)
	require.Less(t, len(snapshot), 1000, "ids are forgotten too")
}

// Every event is in one of the numbers, also after a restart.
func TestStats_AddUp(t *testing.T) {
	t.Parallel()
	set := load(t, ruleOf("on: [anomaly]\nwhen: int(event.title) > 5")) // some fail, some match
	settings := engine.Settings{MaxLateness: 5 * time.Minute, Reorder: 3 * time.Minute}
	random := rand.New(rand.NewPCG(3, 4))
	e := engine.New(set, settings)
	now := monday
	var before engine.Stats
	for i := range 500 {
		now = now.Add(time.Duration(random.IntN(60)) * time.Second)
		ev := drawn(random, random.IntN(400))
		ev.OccurredAt = timestamppb.New(now.Add(-time.Duration(random.IntN(7)) * time.Minute))
		ev.ObservedAt = timestamppb.New(now)
		e.Event(engine.Input{Event: ev, Time: now})
		s := e.Stats()
		require.Equal(t, s.Events, s.Duplicates+s.Late+s.Matched+s.Unmatched+uint64(s.HeldBack))
		if i == 250 {
			before = s
			e = restored(t, set, settings, e)
			require.Equal(t, uint64(s.HeldBack), e.Stats().Events)
		}
	}
	for _, s := range []engine.Stats{before, e.Stats()} {
		require.NotZero(t, s.Duplicates)
		require.NotZero(t, s.Late)
		require.NotZero(t, s.Matched)
		require.NotZero(t, s.Unmatched)
		require.NotZero(t, s.HeldBack)
	}
}
