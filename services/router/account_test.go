package router_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
)

const accounted = `
rules:
  - name: counts
    mode: auto
    on: [feedback]
    key: [feedback.alert_id]
    count: {at_least: 3, within: 24h, reset: true}
    do: [{publish: {subject: told}}]
  - name: never
    mode: auto
    on: [anomaly]
    when: anomaly.score > 5.0
    do: [{publish: {subject: told}}]
`

// books are what became of each message of the stream, by its sequence.
type books map[uint64]string

// enter notes what became of a message, once.
func (b books) enter(t *testing.T, sequence uint64, what string) {
	t.Helper()
	require.Empty(t, b[sequence], "message %d is %s and %s", sequence, b[sequence], what)
	b[sequence] = what
}

// Every message of a mixed stream is decided, held, met by no rule, late, a duplicate
// or dead, and each of them is counted.
func TestAccount_NothingIsDroppedSilently(t *testing.T) {
	t.Parallel()
	r := newRig(t, accounted)
	p := r.start(r.bus)
	p.awaitReady()
	want := books{}
	sequence, voted := uint64(0), map[int]int{}
	for i := range 200 {
		sequence++
		switch name := fmt.Sprint("e", i); i % 6 {
		case 0, 1: // of each alert two are held, and the third fires
			alert := i / 6 % 4
			r.publish(r.feedback(name, strconv.Itoa(alert), i))
			voted[alert]++
			want[sequence] = "held"
			if voted[alert]%3 == 0 {
				want[sequence] = "decided"
			}
		case 2:
			r.publish(r.anomaly(name, "shop", i))
			want[sequence] = "unmatched"
		case 3:
			late := r.feedback(name, "0", i)
			late.ObservedAt = timestamppb.New(late.GetOccurredAt().AsTime().Add(2 * time.Hour))
			r.publish(late)
			want[sequence] = "late"
		case 4: // the first of each kind again, and a late one again
			again := r.feedback(fmt.Sprint("e", i/12*6%100), "0", 0)
			require.NoError(t, r.bus.RepublishEvent(t.Context(), again, name))
			want[sequence] = "duplicate"
		case 5:
			_, err := r.bus.JetStream().Publish(t.Context(), "signalbox.event.feedback.anodot.anodot-prod.none", []byte(name))
			require.NoError(t, err)
			want[sequence] = "dead"
		}
	}
	until(t, "all is decided", func() bool { return p.value("decided_sequence") == float64(sequence) })
	p.stop() // what it decided last is acknowledged then

	got := books{}
	for _, d := range r.allDecisions() {
		what := map[decisionv1.Outcome]string{
			decisionv1.Outcome_OUTCOME_FIRED: "decided", decisionv1.Outcome_OUTCOME_HELD_COUNT: "held", decisionv1.Outcome_OUTCOME_LATE: "late",
		}[d.GetOutcome()]
		got.enter(t, d.GetSequence(), what)
	}
	for _, msg := range r.messages(bus.StreamDead, "signalbox.dead.router.undecodable") {
		got.enter(t, bus.DeadLetterOf(msg).GetSequence(), "dead")
	}
	count := map[string]float64{}
	for at, what := range want {
		count[what]++
		if what == "duplicate" || what == "unmatched" {
			got.enter(t, at, what) // only counters tell of them
		}
	}
	require.Equal(t, want, got)
	for _, what := range []string{"decided", "held", "unmatched", "late", "duplicate", "dead"} {
		require.Positive(t, count[what], what)
	}

	events := p.value("events_total", "feedback") + p.value("events_total", "anomaly")
	require.InDelta(t, count["dead"], p.value("undecodable_messages_total"), 0)
	require.InDelta(t, count["duplicate"], p.value("duplicates_total"), 0)
	require.InDelta(t, count["late"], p.value("late_events_total"), 0)
	require.InDelta(t, count["decided"], p.value("decisions_total", "fired", "counts"), 0)
	require.InDelta(t, count["held"], p.value("decisions_total", "held_count", "counts"), 0)
	require.InDelta(t, float64(sequence), events+count["dead"], 0, "events in")
	require.InDelta(t, events, count["decided"]+count["held"]+count["unmatched"]+count["late"]+count["duplicate"], 0)
}
