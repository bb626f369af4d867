package engine_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
)

// However often a rule pauses what it has paused, its lease stays small, and ends
// with the longest.
func TestLease_OfVeryManyPausesIsSmall(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, pausing), hourLate())
	sizes := map[int]int{}
	for i := range 401 {
		e.Event(stored(feedback(fmt.Sprintf("f%03d", i), "10:00", func(e *eventv1.Event) {
			e.OccurredAt = timestamppb.New(at("10:00").Add(time.Duration(i) * time.Second))
		}))[0])
		if i == 200 || i == 400 {
			snapshot, err := e.Snapshot()
			require.NoError(t, err)
			sizes[i] = len(snapshot)
		}
	}
	require.Equal(t, 200*16, sizes[400]-sizes[200], "the ids of the events")
	out := e.Advance(at("1d 10:00"))
	require.Equal(t, []string{"alert:17 RESUMED 2026-01-05T16:06:40Z"}, words(out))
	require.Len(t, out[0].Lease.GetHolders(), 1)
}

// A key that comes and goes all the time is remembered by so much, and no more.
func TestFlap_RunsOfAKeyAreBounded(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, ruleOf("on: [anomaly]\nmode: shadow\nflap: {at_least: 2, within: 1s}")), hourLate())
	size := func(from, to int) int {
		for i := from; i < to; i++ {
			ev := anomaly("e"+strconv.Itoa(i), "10:00", native(""))
			ev.OccurredAt = timestamppb.New(at("10:00").Add(2 * time.Second * time.Duration(i)))
			e.Event(stored(ev)[0])
		}
		snapshot, err := e.Snapshot()
		require.NoError(t, err)
		return len(snapshot) - 16*to // without the ids
	}
	full := size(0, 20_000)
	require.Less(t, size(20_000, 36_000), full+full/10)
}

// The times at which an alert was paused and resumed are bounded; one that was over
// before it began is none.
func TestLease_TimesOfATargetAreBounded(t *testing.T) {
	t.Parallel()
	for _, length := range []time.Duration{0, time.Second} {
		e := engine.New(load(t, pausing), hourLate())
		size := func(from, to int) int {
			for i := from; i < to; i++ {
				f, u := feedback("f"+strconv.Itoa(i), "10:00"), traffic("t"+strconv.Itoa(i), "10:00")
				f.OccurredAt = timestamppb.New(at("10:00").Add(2 * time.Second * time.Duration(i)))
				u.OccurredAt = timestamppb.New(occurred(f).Add(length))
				require.Len(t, run(e, f, u), 2)
			}
			require.Zero(t, e.Stats().Leases)
			snapshot, err := e.Snapshot()
			require.NoError(t, err)
			return len(snapshot) - 2*16*to // without the ids
		}
		if length == 0 {
			require.InDelta(t, size(0, 10), size(10, 1_000), 16, "numbers grow")
			continue
		}
		full := size(0, 20_000)
		require.Less(t, size(20_000, 36_000), full+full/10)
	}
}

// Of very many actions the latest are waited for, however many of them are over.
func TestSuggest_TheLatestAreWaitedFor(t *testing.T) {
	t.Parallel()
	set := load(t, `
rules:
  - {name: many, mode: suggest, approve_within: 30m, on: [anomaly], do: [{pause_alert: {source: anodot-prod, alert_id: "${event.entity}", for: 6h}}]}
`)
	e := engine.New(set, hourLate())
	var actions []string
	for i := range 100_001 {
		ev := anomaly("e"+strconv.Itoa(i), "10:00", entity(strconv.Itoa(i)))
		actions = append(actions, asked(run(e, ev)))
	}
	run(e, said("10:01", actions[0], true))
	require.Zero(t, e.Stats().Leases, "one more has come after it")
	run(e, said("10:01", actions[1], true))
	require.Equal(t, 1, e.Stats().Leases)
	e = restored(t, set, hourLate(), e)
	run(e, said("10:02", actions[0], true), said("10:02", actions[100_000], true), said("10:02", actions[50_000], true))
	require.Equal(t, 3, e.Stats().Leases)
}
