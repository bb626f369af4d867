package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
)

// drawInputs draws a stream of events that meet each other: few keys, few
// things, times close together, some out of order, late, ahead or doubled.
func drawInputs(t *rapid.T) []engine.Input {
	now := monday
	n := rapid.IntRange(1, 60).Draw(t, "events")
	var inputs []engine.Input
	for i := range n {
		now = now.Add(time.Duration(rapid.IntRange(0, 4).Draw(t, "pause")) * time.Minute)
		if rapid.IntRange(0, 30).Draw(t, "silence") == 0 {
			now = now.Add(time.Duration(rapid.IntRange(1, 60).Draw(t, "hours")) * time.Hour)
		}
		if i > 0 && rapid.IntRange(0, 9).Draw(t, "double") == 0 {
			inputs = append(inputs, engine.Input{Event: rapid.SampledFrom(inputs).Draw(t, "which").Event, Time: now})
			continue
		}
		inputs = append(inputs, engine.Input{Event: drawEvent(t, i, now), Sequence: uint64(i), Time: now})
	}
	return inputs
}

func drawEvent(t *rapid.T, i int, now time.Time) *eventv1.Event {
	kind := rapid.SampledFrom([]func(string, string, ...option) *eventv1.Event{anomaly, feedback, traffic}).Draw(t, "kind")
	ev := kind(fmt.Sprintf("%02d", i), "00:00")
	ev.NativeId = rapid.SampledFrom([]string{"v", "w", ev.GetId(), ev.GetId(), ""}).Draw(t, "thing")
	ev.Entity = rapid.SampledFrom([]string{"x", "y"}).Draw(t, "key")
	ev.Title = rapid.SampledFrom([]string{"low", "high", "high", ""}).Draw(t, "title")
	alert(rapid.SampledFrom([]string{"p", "q", "r", "z"}).Draw(t, "alert"))(ev)
	if a := ev.GetAnomaly(); a != nil {
		a.Phase = rapid.SampledFrom([]eventv1.Phase{eventv1.Phase_PHASE_OPEN, eventv1.Phase_PHASE_CLOSED}).Draw(t, "phase")
	}
	back := rapid.SampledFrom([]int{0, 0, 0, 1, 2, 5, 10, 11, 30, -3}).Draw(t, "back")
	ev.OccurredAt = timestamppb.New(now.Add(-time.Duration(back) * time.Minute))
	if rapid.IntRange(0, 3).Draw(t, "known") > 0 {
		ev.ObservedAt = timestamppb.New(now)
	}
	return ev
}

func propertySettings() engine.Settings {
	return engine.Settings{
		MaxLateness: 10 * time.Minute, Wait: waits(3 * time.Minute).Wait,
		Safety: &engine.Safety{MaxPaused: engine.Share{Number: 2}, MaxActionsPerHour: 4, Never: engine.Never{IDs: []string{"z"}}},
	}
}

func TestProperty_SnapshotsAndBatchesAreInvisible(t *testing.T) {
	t.Parallel()
	set := load(t, modelRules(true))
	rapid.Check(t, func(t *rapid.T) {
		inputs, settings := drawInputs(t), propertySettings()
		settings.Reorder = time.Duration(rapid.SampledFrom([]int{0, 0, 4, 12}).Draw(t, "reorder")) * time.Minute
		plain := engine.New(set, settings)
		want := append(feed(plain, inputs), plain.Advance(monday.AddDate(1, 0, 0))...)

		e := engine.New(set, settings)
		var got []engine.Output
		for _, in := range inputs {
			if rapid.Bool().Draw(t, "idle") {
				got = append(got, e.Advance(in.Time.Add(-time.Second))...)
			}
			got = append(got, e.Event(in)...)
			if rapid.Bool().Draw(t, "crash") {
				e = restored(t, set, settings, e)
			}
			if rapid.Bool().Draw(t, "switch") {
				require.Empty(t, e.Switch(set), "the same rules go on")
			}
			if rapid.Bool().Draw(t, "double") {
				require.Empty(t, e.Event(in), "a duplicate changes nothing")
			}
		}
		got = append(got, e.Advance(monday.AddDate(0, 1, 0))...)
		got = append(got, e.Advance(monday.AddDate(1, 0, 0))...)
		require.Equal(t, words(want), words(got))
		require.Equal(t, marshal(t, want), marshal(t, got))
		s := e.Stats()
		require.Zero(t, s.Waiting+s.Standing+s.HeldBack+s.Leases)
	})
}

func TestProperty_DecisionsAndActionsHaveIDsOfTheirOwn(t *testing.T) {
	t.Parallel()
	set := load(t, modelRules(true))
	rapid.Check(t, func(t *rapid.T) {
		e := engine.New(set, propertySettings())
		ids := map[string]bool{}
		for _, o := range append(feed(e, drawInputs(t)), e.Advance(monday.AddDate(1, 0, 0))...) {
			id := o.Decision.GetId() + o.Lease.GetId()
			require.False(t, ids[id])
			ids[id] = true
			for _, a := range o.Actions {
				require.False(t, ids[a.GetId()])
				ids[a.GetId()] = true
			}
		}
	})
}

func kindName(e *eventv1.Event) string {
	switch {
	case e.GetAnomaly() != nil:
		return "anomaly"
	case e.GetFeedback() != nil:
		return "feedback"
	default:
		return "traffic"
	}
}

func occurred(e *eventv1.Event) time.Time { return e.GetOccurredAt().AsTime() }

func before(a, b *eventv1.Event) int {
	if c := occurred(a).Compare(occurred(b)); c != 0 {
		return c
	}
	return strings.Compare(a.GetId(), b.GetId())
}

func idsInOrder(events []*eventv1.Event) []string {
	slices.SortFunc(events, before)
	ids := []string{}
	for _, e := range events {
		ids = append(ids, e.GetId())
	}
	return ids
}
