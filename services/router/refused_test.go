package router_test

import (
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus"
)

// everyAnomaly decides about each anomaly by itself.
const everyAnomaly = `
rules:
  - name: each
    mode: auto
    on: [anomaly]
    do: [{publish: {subject: anomalies}}]
`

func TestRouter_DecidesWhatTheBusWouldNotTakeAsAnError(t *testing.T) {
	t.Parallel()
	r := newRig(t, demoRules)
	for i, alert := range []string{strings.Repeat("a", 600), strings.Repeat("a", 600), strings.Repeat("b", 600<<10)} {
		e := r.feedback("f"+string(rune('1'+i)), alert, i)
		e.Entity = "alert"
		r.publish(e)
	}
	r.publish(r.feedback("f4", "a1", 3))
	p := r.start(r.bus)
	until(t, "the neighbour is decided", func() bool { return len(r.brief()) == 8 })
	require.Equal(t, []string{
		"quiet HELD_COUNT 1", "would ERROR 1", "quiet ERROR 2", "would ERROR 2",
		"quiet HELD_COUNT 3", "would ERROR 3", "quiet HELD_COUNT 4", "would SHADOW 4",
	}, r.brief())
	require.Zero(t, p.value("oversized_decisions_total"))
	require.Empty(t, r.ledger())
	require.Empty(t, r.vendor.done())
}

// limit makes a stream refuse what is longer.
func (r *rig) limit(stream string, bytes int32) {
	r.t.Helper()
	s, err := r.bus.JetStream().Stream(r.t.Context(), stream)
	require.NoError(r.t, err)
	cfg := s.CachedInfo().Config
	cfg.MaxMsgSize = bytes
	_, err = r.bus.JetStream().UpdateStream(r.t.Context(), cfg)
	require.NoError(r.t, err)
}

func TestRouter_PassesOverADecisionThatIsRefusedForGood(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 1000)
	for name, huge := range map[string]string{"by the stream": "", "by its size": long} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, everyAnomaly)
			if huge == "" {
				r.limit(bus.StreamDecisions, 1000)
			}
			on := newFaulty(r.bus)
			on.huge = huge
			p := r.start(on)
			r.publish(r.anomaly("a", long, 0), r.anomaly("b", "shop", 1))
			until(t, "the neighbour is decided, and the other one is given up", func() bool {
				return len(r.brief()) == 1 && p.value("oversized_decisions_total") == 1 && p.health.Report().Ready
			})
			require.Equal(t, []string{"each FIRED 2"}, r.brief())
			letters := r.messages(bus.StreamDead, "signalbox.dead.router.oversized")
			require.Len(t, letters, 1)
			require.Equal(t, "1", letters[0].Header.Get(bus.HeaderDeadSequence))
			p.stop()

			r.start(r.bus).requireStopAfter(func() {
				r.publish(r.anomaly("c", "shop", 2))
				until(t, "the next one is decided", func() bool { return len(r.brief()) == 2 })
			})
			require.Len(t, r.messages(bus.StreamDead, ""), 1)
		})
	}
}

// junk puts a message that is no event on the stream.
func (r *rig) junk(header nats.Header) {
	r.t.Helper()
	header["ce-id"] = []string{"1"}
	_, err := r.bus.JetStream().PublishMsg(r.t.Context(), &nats.Msg{
		Subject: "signalbox.event.traffic.analytics.website.none", Data: []byte("no event"), Header: header,
	})
	require.NoError(r.t, err)
}

func TestRouter_KeepsLettersOfMessagesThatToldTheServerWhatToDo(t *testing.T) {
	t.Parallel()
	r := newRig(t, everyAnomaly)
	p := r.start(r.bus)
	r.junk(nats.Header{nats.ExpectedStreamHdr: {bus.StreamEvents}})
	r.publish(r.anomaly("a", "shop", 0))
	until(t, "the neighbour is decided", func() bool { return len(r.brief()) == 1 })
	p.awaitReady()
	require.Len(t, r.messages(bus.StreamDead, "signalbox.dead.router.undecodable"), 1)
	require.Zero(t, p.value("lost_dead_letters_total"))
}

func TestRouter_GoesOnWhereEvenTheLetterIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, everyAnomaly)
	r.limit(bus.StreamDead, 10)
	p := r.start(r.bus)
	r.junk(nats.Header{})
	r.publish(r.anomaly("a", "shop", 0))
	until(t, "the neighbour is decided", func() bool { return len(r.brief()) == 1 })
	p.awaitReady()
	require.InDelta(t, 1, p.value("lost_dead_letters_total"), 0)
}

// A record that cannot be read, and of which no message tells any more, must not
// stop what is decided after it.
func TestRouter_GoesOnBeyondADamagedRecord(t *testing.T) {
	t.Parallel()
	r := newRig(t, everyAnomaly)
	first := r.start(r.bus)
	r.publish(r.anomaly("a", "shop", 0))
	until(t, "the event is acted on", func() bool { return r.ledger()["publish subject:anomalies"] == "STATE_DONE" })
	first.stop()
	lister, err := r.bus.Ledger().ListKeys(t.Context())
	require.NoError(t, err)
	id := <-lister.Keys()
	_, err = r.bus.Ledger().Put(t.Context(), id, []byte("\xff\xff no record"))
	require.NoError(t, err)
	actions, err := r.bus.JetStream().Stream(t.Context(), bus.StreamActions)
	require.NoError(t, err)
	require.NoError(t, actions.Purge(t.Context()))
	r.removeSnapshot()

	second := r.start(r.bus)
	r.publish(r.anomaly("b", "shop", 1))
	until(t, "the next event is decided", func() bool { return len(r.brief()) == 2 })
	second.awaitReady()
	require.InDelta(t, 1, second.value("unrecordable_actions_total"), 0)
	letters := r.messages(bus.StreamDead, "signalbox.dead.router.unrecordable")
	require.Len(t, letters, 1)
	require.Equal(t, "router-"+id, letters[0].Header.Get(nats.MsgIdHdr))
}

func TestRouter_SaysThatItIsStuck(t *testing.T) {
	t.Parallel()
	r := newRig(t, everyAnomaly)
	broken := newFaulty(r.bus)
	p := r.start(broken)
	p.awaitReady()
	broken.refuses.Store(true)
	r.publish(r.anomaly("a", "shop", 0))
	until(t, "the first decision is refused", func() bool { return broken.refused.Load() > 1 })
	r.publish(r.anomaly("b", "shop", 1), r.anomaly("c", "shop", 2))
	until(t, "the router says that it does not go on", func() bool {
		return !p.health.Report().Ready && p.value("lag_messages") == 2
	})
	until(t, "it says what it is at", func() bool {
		reason := p.health.Report().Components[0].Reason
		return strings.Contains(reason, "does not go on after event 1") && strings.Contains(reason, "publish decision")
	})
	require.EqualValues(t, 3, p.Status(t.Context()).Last)

	broken.refuses.Store(false)
	until(t, "all is decided", func() bool { return len(r.brief()) == 3 })
	p.awaitReady()
	until(t, "nothing is behind", func() bool { return p.value("lag_messages") == 0 })
}
