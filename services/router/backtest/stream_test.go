package backtest_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/backtest"
	"github.com/signalbox-io/signalbox/services/router/engine"
)

// stored puts events on a stream one after the other, and returns when each was
// stored.
func stored(t *testing.T, b *bus.Bus, events ...*eventv1.Event) []time.Time {
	t.Helper()
	stream, err := b.JetStream().Stream(t.Context(), bus.StreamEvents)
	require.NoError(t, err)
	var times []time.Time
	for _, e := range events {
		_, err := b.PublishEvents(t.Context(), []*eventv1.Event{e})
		require.NoError(t, err)
		info, err := stream.Info(t.Context())
		require.NoError(t, err)
		times = append(times, info.State.LastTime)
	}
	return times
}

// recent are votes against the alerts, which occurred just now.
func recent(alerts ...string) []*eventv1.Event {
	var events []*eventv1.Event
	now := time.Now().Add(-time.Minute)
	for i, alert := range alerts {
		e := dislike(fmt.Sprintf("e%d", i), alert, 0)
		e.OccurredAt = timestamppb.New(now.Add(time.Duration(i) * time.Second))
		e.ObservedAt = e.GetOccurredAt()
		events = append(events, e)
	}
	return events
}

// runStored runs over a window and returns outcome and event of each line.
func runStored(t *testing.T, opts backtest.Options, window backtest.Stored) ([]string, *routerv1.BacktestSummary) {
	t.Helper()
	var lines []string
	opts.Line = func(l *routerv1.BacktestLine) error {
		lines = append(lines, l.GetOutcome()+" "+l.GetEventId())
		return nil
	}
	summary, err := window.Run(t.Context(), opts, nil)
	require.NoError(t, err)
	return lines, summary
}

const cooling = `
rules:
  - name: tell
    mode: auto
    on: [feedback]
    key: [feedback.alert_id]
    cooldown: 1h
    do: [{publish: {subject: a}}]
`

func TestStored_RunsOverAWindowWithTheStateOfWhatWasBefore(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	times := stored(t, b, recent("17", "18", "17", "18", "19", "17")...)
	lines, summary := runStored(t, options(t, cooling), backtest.Stored{JetStream: b.JetStream()})
	require.Equal(t, []string{
		"FIRED e0", "FIRED e1", "HELD_COOLDOWN e2", "HELD_COOLDOWN e3", "FIRED e4", "HELD_COOLDOWN e5",
	}, lines)
	require.EqualValues(t, 6, summary.GetEvents())

	lines, summary = runStored(t, options(t, cooling), backtest.Stored{JetStream: b.JetStream(), From: times[2], To: times[5]})
	require.Equal(t, []string{"HELD_COOLDOWN e2", "HELD_COOLDOWN e3", "FIRED e4"}, lines)
	require.EqualValues(t, 3, summary.GetEvents())
	require.Equal(t, map[string]uint64{"HELD_COOLDOWN": 2, "FIRED": 1}, summary.GetRules()[0].GetOutcomes())

	future := time.Now().Add(time.Hour)
	lines, summary = runStored(t, options(t, cooling), backtest.Stored{JetStream: b.JetStream(), From: future})
	require.Empty(t, lines)
	require.Zero(t, summary.GetEvents())
}

func TestStored_PassesOverWhatIsNoEvent(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	_, err := b.JetStream().Publish(t.Context(), "signalbox.event.anodot.anodot-prod.feedback.none", []byte("x"))
	require.NoError(t, err)
	stored(t, b, recent("17")...)
	lines, summary := runStored(t, options(t, cooling), backtest.Stored{JetStream: b.JetStream()})
	require.Equal(t, []string{"FIRED e0"}, lines)
	require.EqualValues(t, 1, summary.GetUnreadable())
}

func TestStored_AnEmptyStreamComesToNothing(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	lines, summary := runStored(t, options(t, cooling), backtest.Stored{JetStream: b.JetStream()})
	require.Empty(t, lines)
	require.Zero(t, summary.GetEvents())
}

// suggested returns the id of the action that the event asks for.
func suggested(t *testing.T, opts backtest.Options, e *eventv1.Event) string {
	t.Helper()
	outputs := engine.New(opts.Rules, opts.Settings).Event(engine.Input{Event: e, Time: e.GetOccurredAt().AsTime()})
	require.Len(t, outputs, 1)
	require.Len(t, outputs[0].Actions, 1)
	return outputs[0].Actions[0].GetId()
}

// TestStored_TakesInputsAtTheirPlaces approves a pause between two votes: only
// the second of them is paused.
func TestStored_TakesInputsAtTheirPlaces(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	opts := options(t, strings.Replace(quietRules, "mode: auto", "mode: suggest", 1)+`
  - name: tell
    mode: auto
    on: [anomaly]
    unless: paused
    do: [{publish: {subject: a}}]
`)
	first := recent("17")[0]
	stored(t, b, first)
	action := suggested(t, opts, first)
	second, third := anomaly("e1", "17", 0), anomaly("e2", "17", 0)
	second.OccurredAt, third.OccurredAt = timestamppb.Now(), timestamppb.New(time.Now().Add(2*time.Second))
	stored(t, b, second)
	_, err := b.PublishInput(t.Context(), "approval", &routerv1.Input{
		AfterSequence: 2, TakenAt: timestamppb.Now(),
		Content: &routerv1.Input_Approval{Approval: &routerv1.Approval{ActionId: action, Approved: true, By: "ann"}},
	}, 0)
	require.NoError(t, err)
	stored(t, b, third)
	lines, _ := runStored(t, opts, backtest.Stored{JetStream: b.JetStream()})
	require.Equal(t, []string{"SUGGESTED e0", "FIRED e1", "UNLESS e2"}, lines)
}

const standing = `
rules:
  - name: stands
    mode: auto
    on: [feedback]
    key: [feedback.alert_id]
    hold: {for: 1s}
    do: [{pause_alert: {source: anodot-prod, alert_id: "${feedback.alert_id}", for: 1h}}]
`

// until waits until the server's clock has come to a time.
func until(t *testing.T, b *bus.Bus, at time.Time) {
	t.Helper()
	require.Eventually(t, func() bool {
		stream, err := b.JetStream().Stream(t.Context(), bus.StreamEvents)
		return err == nil && stream.CachedInfo().TimeStamp.After(at)
	}, 30*time.Second, 5*time.Millisecond)
}

// TestStored_EndsWithTheWindow lets a match stand over the end of one window into
// the next: it fires in one of them, and a pause counts until the end.
func TestStored_EndsWithTheWindow(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	opts := options(t, standing)
	vote := dislike("e0", "17", 0)
	vote.OccurredAt = timestamppb.Now()
	stored(t, b, vote)
	due := vote.GetOccurredAt().AsTime().Add(time.Second)
	until(t, b, due.Add(time.Second))

	for name, x := range map[string]struct {
		from, to time.Time
		want     []string
	}{
		"before it fires":           {to: due.Add(-time.Nanosecond), want: []string{"HELD_HOLD e0"}},
		"when it fires":             {to: due, want: []string{"HELD_HOLD e0", "FIRED e0"}},
		"after it fires":            {to: due.Add(time.Second), want: []string{"HELD_HOLD e0", "FIRED e0"}},
		"from when it fires":        {from: due, to: due.Add(time.Second)},
		"from before it fires":      {from: due.Add(-time.Nanosecond), to: due, want: []string{"FIRED e0"}},
		"to a time still to come":   {to: time.Now().Add(24 * time.Hour), want: []string{"HELD_HOLD e0", "FIRED e0"}},
		"without an end, until now": {want: []string{"HELD_HOLD e0", "FIRED e0"}},
	} {
		lines, summary := runStored(t, opts, backtest.Stored{JetStream: b.JetStream(), From: x.from, To: x.to})
		require.Equal(t, x.want, lines, name)
		require.Less(t, summary.GetPauses().GetPausedMs(), uint64(time.Hour.Milliseconds()), name)
		if name == "after it fires" {
			require.InDelta(t, time.Second.Milliseconds(), summary.GetPauses().GetPausedMs(), 1, "from when it fired to the end")
		}
	}
}

// TestStored_ShowsInputsAfterTheLastEvent records one in silence.
func TestStored_ShowsInputsAfterTheLastEvent(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	times := stored(t, b, recent("17", "18")...)
	at := times[1].Add(10 * time.Millisecond)
	for i, after := range []uint64{2, 3} { // another stream's has no place
		in := &routerv1.Input{
			AfterSequence: after, TakenAt: timestamppb.New(at), Content: &routerv1.Input_Inventory{Inventory: &routerv1.Inventory{}},
		}
		_, err := b.PublishInput(t.Context(), strconv.Itoa(i), in, uint64(i))
		require.NoError(t, err)
	}
	for end, want := range map[time.Time]seenInputs{{}: 1, at: 0, at.Add(1): 1} {
		var seen seenInputs
		require.NoError(t, backtest.Stored{JetStream: b.JetStream(), From: times[0], To: end}.Over(t.Context(), &seen))
		require.Equal(t, want, seen, end)
	}
}

// seenInputs counts the inputs that a visit shows.
type seenInputs int

func (*seenInputs) Pending(uint64)           {}
func (*seenInputs) Event(engine.Input) error { return nil }
func (s *seenInputs) Take(*routerv1.Input) error {
	*s++
	return nil
}

func TestStored_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	stored(t, b, recent("17", "18")...)
	ctx, cancel := context.WithCancel(t.Context())
	opts := options(t, cooling)
	opts.Line = func(*routerv1.BacktestLine) error {
		cancel()
		return nil
	}
	_, err := backtest.Stored{JetStream: b.JetStream()}.Run(ctx, opts, nil)
	require.ErrorIs(t, err, context.Canceled)
}

func TestStored_TellsHowFarItIs(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	var alerts []string
	for i := range 600 {
		alerts = append(alerts, strconv.Itoa(i))
	}
	_, err := b.PublishEvents(t.Context(), recent(alerts...))
	require.NoError(t, err)
	var told []uint64
	_, err = backtest.Stored{JetStream: b.JetStream()}.Run(t.Context(), options(t, cooling), func(p *routerv1.BacktestProgress) error {
		require.EqualValues(t, 600, p.GetTotal())
		told = append(told, p.GetEvents())
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, []uint64{256, 512}, told)

	gone := errors.New("gone")
	_, err = backtest.Stored{JetStream: b.JetStream()}.Run(t.Context(), options(t, cooling), func(*routerv1.BacktestProgress) error { return gone })
	require.ErrorIs(t, err, gone)
}
