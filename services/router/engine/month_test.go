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

// held is what an engine holds at the end of a day.
type held struct {
	keys int
	heap uint64
}

// month feeds a month of events, all of whose keys come once, and more of them on
// one day. It returns what the engine holds each five days, and after the day of
// the peak.
func month(e *engine.Engine, perDay, peakDay, peak int) (days []held, most held) {
	for day, n := 0, 0; day < 30; day++ {
		events := perDay
		if day == peakDay {
			events = peak
		}
		for i := range events {
			now := monday.AddDate(0, 0, day).Add(time.Duration(i) * 24 * time.Hour / time.Duration(events))
			ev := []func(string, string, ...option) *eventv1.Event{anomaly, feedback, traffic}[i%3](fmt.Sprint("event-", n), "00:00")
			ev.Entity, ev.NativeId = fmt.Sprint("entity-", n/6), fmt.Sprint("native-", n)
			if a := ev.GetAnomaly(); a != nil {
				a.Phase = eventv1.Phase_PHASE_CLOSED
			}
			ev.OccurredAt, ev.ObservedAt = timestamppb.New(now), timestamppb.New(now)
			e.Event(engine.Input{Event: ev, Time: now})
			n++
		}
		if day == peakDay {
			most = held{e.Stats().Keys, heap()}
		}
		if day%5 == 4 {
			days = append(days, held{e.Stats().Keys, heap()})
		}
	}
	return days, most
}

// A month in which every key comes once: what is over is forgotten and its memory
// is freed, so a day later in the month takes no more than an earlier one, also
// after a day with ten times as many, but for the ids, which are remembered for
// longer. In the end nothing is left.
func TestStats_AMonthOfKeysThatComeAndGo(t *testing.T) { //nolint:paralleltest // it measures the heap
	set := load(t, strings.Replace(everyKindOfRule, "rules:", `rules:
  - {name: pauses, mode: auto, on: [feedback], do: [{pause_alert: {source: anodot-prod, alert_id: "${event.entity}", for: 1h}}]}
  - {name: suggests, mode: suggest, approve_within: 1h, on: [feedback], do: [{pause_alert: {source: other, alert_id: "${event.entity}", for: 1h}}]}`, 1))
	settings := engine.Settings{MaxLateness: time.Hour, Reorder: time.Minute, Safety: &engine.Safety{MaxActionsPerHour: 100_000}}
	e := engine.New(set, settings)
	before := heap()
	const perDay, peak = 2_400, 24_000
	days, most := month(e, perDay, 12, peak)
	first, last := days[0], days[len(days)-1]
	for _, day := range days {
		require.InDelta(t, first.keys, day.keys, float64(first.keys)/20, "%v", days)
	}
	require.Greater(t, most.keys, 4*first.keys)
	// An id and a thing that was counted or closed take some 40 bytes each.
	ids := uint64((25*perDay + peak) * 3 * 40)
	require.Less(t, last.heap, first.heap+ids, "%v", days)
	require.Less(t, last.heap, most.heap-(most.heap-before)/5, "what the peak took is freed, though ids have come since: %v", days)

	s := e.Stats()
	require.Equal(t, s.Events, s.Duplicates+s.Late+s.Matched+s.Unmatched+uint64(s.HeldBack))
	e.Advance(monday.AddDate(0, 0, 35))
	s = e.Stats()
	require.Equal(t, []int{0, 0, 0, 0, 0}, []int{s.Keys, s.Leases, s.Standing, s.Waiting, s.HeldBack})
	require.Less(t, heap()-before, ids+ids/4, "only ids and things are left")
	e.Advance(monday.AddDate(0, 0, 130))
	require.Less(t, heap()-before, (most.heap-before)/8, "ids are forgotten too; maps keep some room")
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
