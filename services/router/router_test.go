package router_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router"
)

// opening and ending are a story: two verdicts on one alert, an anomaly after
// traffic and one without.
func (r *rig) opening() {
	r.t.Helper()
	r.publish(r.feedback("f1", "a1", 0), r.traffic("t1", "shop", 1), r.anomaly("n1", "shop", 2))
}

func (r *rig) ending() {
	r.t.Helper()
	r.publish(r.feedback("f2", "a1", 3), r.anomaly("n2", "blog", 4))
}

// told are the decisions of the story.
func told() []string {
	return []string{
		"quiet HELD_COUNT 1", "would SHADOW 1", "watch FIRED 3",
		"quiet FIRED 4", "would HELD_COOLDOWN 4", "watch HELD_GIVEN 5",
	}
}

// isTold reports whether the story is decided and everything that it asks for
// is done.
func (r *rig) isTold() bool {
	states := r.ledger()
	for _, state := range states {
		if state != "STATE_DONE" {
			return false
		}
	}
	return len(states) == 3 && len(r.brief()) == len(told())
}

func (r *rig) requireTold() {
	r.t.Helper()
	until(r.t, "the story is told", r.isTold)
	require.Equal(r.t, told(), r.brief())
	r.requireEffects()
}

// requireEffects checks that everything was done at the vendors, and once.
func (r *rig) requireEffects() {
	r.t.Helper()
	effects := r.vendor.done()
	require.Len(r.t, effects, 2)
	require.Contains(r.t, effects[0], "create bots on shop [sb-")
	require.Equal(r.t, "pause a1", effects[1])
}

func (r *rig) removeSnapshot() {
	r.t.Helper()
	require.NoError(r.t, r.bus.Snapshots().Delete(r.t.Context(), "router"))
}

func TestRouter_DecidesAndActsOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, demoRules)
	p := r.start(r.bus)
	p.awaitReady()
	r.opening()
	r.ending()
	r.requireTold()
	p.stop() // what it counts comes after what is seen on the bus
	require.InDelta(t, 1, p.value("decisions_total", "fired", "quiet"), 0)
	require.InDelta(t, 2, p.value("events_total", "feedback"), 0)
	require.InDelta(t, 5, p.value("decided_sequence"), 0)
	require.InDelta(t, 1, p.value("active_leases"), 0)
	require.InDelta(t, 1, p.value("action_states_total", "done", "pause_alert"), 0)
}

func TestRouter_GoesOnFromItsSnapshot(t *testing.T) {
	t.Parallel()
	r := newRig(t, demoRules)
	r.opening()
	first := r.start(r.bus)
	until(t, "the first half is decided", func() bool { return len(r.brief()) == 3 })
	first.stop()

	r.ending()
	second := r.start(r.bus)
	r.requireTold()
	require.Zero(t, second.value("starts_over_total", "missing"))
	require.InDelta(t, 1, second.value("events_total", "feedback"), 0, "what was decided is not decided again")
}

func TestRouter_DecidesAlikeWithoutItsSnapshot(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*rig){
		"missing": (*rig).removeSnapshot,
		"damaged": func(r *rig) {
			_, err := r.bus.Snapshots().PutString(r.t.Context(), "router", `{"format":1}`+"\nno engine")
			require.NoError(r.t, err)
		},
		"foreign": func(r *rig) {
			data, err := r.bus.Snapshots().GetBytes(r.t.Context(), "router")
			require.NoError(r.t, err)
			require.Contains(r.t, string(data), `{"sequence":5,`)
			other := strings.Replace(string(data), `{"sequence":5,`, `{"sequence":500,`, 1)
			_, err = r.bus.Snapshots().PutString(r.t.Context(), "router", other)
			require.NoError(r.t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, demoRules)
			r.opening()
			r.ending()
			first := r.start(r.bus)
			r.requireTold()
			before := r.decisions()
			first.stop()

			spoil(r)
			second := r.start(r.bus)
			second.awaitReady()
			require.InDelta(t, 1, second.value("starts_over_total", name), 0)
			// An event after the replay shows that it is over.
			r.publish(r.feedback("f3", "a2", 5))
			until(t, "the last event is decided", func() bool { return len(r.brief()) == len(told())+2 })
			require.Equal(t, before, r.decisions()[:len(before)])
			require.Equal(t, []string{"quiet HELD_COUNT 6", "would SHADOW 6"}, r.brief()[len(before):])
			r.requireEffects()
			require.InDelta(t, 3, second.value("events_total", "feedback"), 0)
			require.Zero(t, second.value("history_decisions_total"), "nothing is decided differently")
		})
	}
}

func TestRouter_DoesNotRelyOnTheStreamToKnowItsDecisions(t *testing.T) {
	t.Parallel()
	r := newRig(t, demoRules)
	r.forgetQuickly()
	r.opening()
	r.ending()
	r.start(r.bus).requireStopAfter(r.requireTold)
	before := r.decisions()
	r.removeSnapshot()
	until(t, "the stream has forgotten the ids", func() bool {
		ack, err := r.bus.JetStream().Publish(t.Context(), "signalbox.decision.probe", nil, jetstream.WithMsgID("probe"))
		require.NoError(t, err)
		return ack.Sequence > uint64(len(before))+1
	})
	probes := len(r.messages(bus.StreamDecisions, "signalbox.decision.probe"))

	r.start(r.bus).requireStopAfter(func() {
		r.publish(r.feedback("f3", "a2", 5))
		until(t, "the last event is decided", func() bool {
			return len(r.messages(bus.StreamDecisions, "")) == len(before)+probes+2
		})
	})
	require.Len(t, r.messages(bus.StreamDecisions, ""), len(before)+probes+2)
}

// forgetQuickly shortens the time for which the decisions' ids are remembered.
func (r *rig) forgetQuickly() {
	r.t.Helper()
	stream, err := r.bus.JetStream().Stream(r.t.Context(), bus.StreamDecisions)
	require.NoError(r.t, err)
	cfg := stream.CachedInfo().Config
	cfg.Duplicates = 100 * time.Millisecond
	_, err = r.bus.JetStream().UpdateStream(r.t.Context(), cfg)
	require.NoError(r.t, err)
}

// requireStopAfter stops the process well after f.
func (p *process) requireStopAfter(f func()) {
	p.t.Helper()
	f()
	p.stop()
}

func TestRouter_KeepsWhatIsNoEventAsDeadLetter(t *testing.T) {
	t.Parallel()
	r := newRig(t, demoRules)
	r.publish(r.feedback("f1", "a1", 0))
	for _, data := range []string{"no event", strings.Repeat("x", 4<<20-300)} {
		_, err := r.bus.JetStream().PublishMsg(t.Context(), &nats.Msg{
			Subject: "signalbox.event.traffic.analytics.website.none", Data: []byte(data),
			Header: nats.Header{"ce-id": {"1"}},
		})
		require.NoError(t, err)
	}
	r.publish(r.feedback("f2", "a1", 1))
	p := r.start(r.bus)
	until(t, "the neighbours are decided", func() bool { return len(r.brief()) == 4 })
	p.awaitReady()
	letters := r.messages(bus.StreamDead, "signalbox.dead.router.undecodable")
	require.Len(t, letters, 2)
	require.Equal(t, "no event", string(letters[0].Data))
	require.Equal(t, "2", letters[0].Header.Get(bus.HeaderDeadSequence))
	require.Equal(t, bus.StreamEvents, letters[0].Header.Get(bus.HeaderDeadStream))
	require.NotEmpty(t, letters[0].Header.Get(bus.HeaderDeadDetail))
	require.Equal(t, "3", letters[1].Header.Get(bus.HeaderDeadSequence))
	require.Len(t, letters[1].Data, 64<<10, "what does not fit with what is told about it is cut")
	require.InDelta(t, 2, p.value("undecodable_messages_total"), 0)
}

func TestRouter_SurvivesTheLossOfTheBus(t *testing.T) {
	t.Parallel()
	r := newRig(t, demoRules)
	r.opening()
	p := r.start(r.bus)
	until(t, "the first half is decided", func() bool { return len(r.brief()) == 3 })
	require.NoError(t, r.server.Stop(t.Context()))
	until(t, "the router says that it cannot work", func() bool { return !p.health.Report().Ready })
	require.NoError(t, r.server.Start(t.Context()))
	until(t, "the bus takes events again", func() bool {
		_, err := r.bus.PublishEvents(t.Context(), []*eventv1.Event{r.feedback("f2", "a1", 3), r.anomaly("n2", "blog", 4)})
		return err == nil
	})
	r.requireTold()
	p.awaitReady()
}

func TestRouter_JudgesByTheServersClock(t *testing.T) {
	t.Parallel()
	r := newRig(t, demoRules)
	p := r.start(r.bus)
	r.publish(r.anomaly("n1", "shop", 2))
	until(t, "the judgement that waited is made in silence", func() bool { return len(r.brief()) == 1 })
	require.Equal(t, []string{"watch HELD_GIVEN 1"}, r.brief())
	r.rewrite("wait: 50ms", "wait: 1h")
	_, err := p.Reload(t.Context(), router.ByCall)
	require.NoError(t, err)
	r.publish(r.anomaly("n2", "shop", 3), r.traffic("t1", "shop", 3))
	until(t, "a cause ends the waiting", func() bool { return len(r.brief()) == 2 })
	require.Equal(t, "watch FIRED 2", r.brief()[1])
	until(t, "nothing waits", func() bool { return p.value("waiting_judgements") == 0 })
}

func TestRouter_StartsAnewOnAStreamThatWasCreatedAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t, demoRules)
	r.opening()
	p := r.start(r.bus)
	until(t, "the first half is decided", func() bool { return len(r.brief()) == 3 })
	stream, err := r.bus.JetStream().Stream(t.Context(), bus.StreamEvents)
	require.NoError(t, err)
	require.NoError(t, r.bus.JetStream().DeleteStream(t.Context(), bus.StreamEvents))
	_, err = r.bus.JetStream().CreateStream(t.Context(), stream.CachedInfo().Config)
	require.NoError(t, err)
	r.publish(r.feedback("f9", "a9", 3))
	until(t, "the event of the other stream is decided", func() bool { return len(r.brief()) == 5 })
	require.Equal(t, []string{"quiet HELD_COUNT 1", "would SHADOW 1"}, r.brief()[3:])
	require.InDelta(t, 1, p.value("starts_over_total", "foreign"), 0)
	p.awaitReady()
}

func TestRouter_NamesEventsThatLeftTheStreamBeforeTheyWereDecided(t *testing.T) {
	t.Parallel()
	r := newRig(t, demoRules)
	r.opening()
	first := r.start(r.bus)
	until(t, "the first half is decided", func() bool { return len(r.brief()) == 3 })
	first.stop()

	r.publish(r.anomaly("n5", "a", 3), r.anomaly("n6", "b", 3))
	stream, err := r.bus.JetStream().Stream(t.Context(), bus.StreamEvents)
	require.NoError(t, err)
	require.NoError(t, stream.Purge(t.Context()))
	second := r.start(r.bus)
	second.awaitReady()
	require.InDelta(t, 2, second.value("missed_messages_total"), 0)
	r.publish(r.feedback("f2", "a1", 4))
	until(t, "the state is kept", func() bool {
		brief := r.brief()
		return brief[len(brief)-1] == "would HELD_COOLDOWN 6"
	})
	require.Contains(t, r.brief(), "quiet FIRED 6")
}

func TestRouter_StopsInTimeWithoutABus(t *testing.T) {
	t.Parallel()
	r := newRig(t, demoRules)
	broken := newFaulty(r.bus)
	broken.failFrom(3) // after the rules and the switch to them
	r.flush = 300 * time.Millisecond
	p := r.start(broken)
	r.opening()
	// The first of them may have been a snapshot; an intent is tried again and again.
	until(t, "an intent is not taken", func() bool { return broken.writes() > 5 })
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := p.Stop(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NoError(t, ctx.Err(), "a bus that takes nothing is not waited for to the end")
	require.NoError(t, p.Stop(context.Background()), "stopping twice does nothing")
}

func TestRouter_StopsBeforeItWasStarted(t *testing.T) {
	t.Parallel()
	r := newRig(t, demoRules)
	rules, err := router.LoadRules(r.config)
	require.NoError(t, err)
	p := &process{t: t}
	p.Router, err = router.New(r.options(r.bus), rules)
	require.NoError(t, err)
	require.NoError(t, p.Stop(t.Context()))
}

func TestServer_TellsHowFarTheRouterHasCome(t *testing.T) {
	t.Parallel()
	r := newRig(t, demoRules)
	p := r.start(r.bus)
	server := router.NewServer(p.Router)
	r.opening()
	r.ending()
	r.requireTold()
	var status *routerv1.GetStatusResponse
	until(t, "a snapshot is stored, and all is decided", func() bool {
		var err error
		status, err = server.GetStatus(t.Context(), &routerv1.GetStatusRequest{})
		return err == nil && status.GetSnapshotAt() != nil && status.GetDecidedSequence() == 5
	})
	require.Equal(t, []string{"quiet", "watch", "would"}, status.GetRules())
	require.Len(t, status.GetRuleSet(), 26)
	require.EqualValues(t, 5, status.GetStreamSequence())
	require.EqualValues(t, 1, status.GetActiveLeases())
}

func TestRouter_NeverStoresASnapshotBeyondItsDecisions(t *testing.T) {
	t.Parallel()
	r := newRig(t, demoRules)
	r.opening()
	broken := newFaulty(r.bus)
	broken.refuses.Store(true)
	p := r.start(broken)
	until(t, "the decisions are refused again and again", func() bool { return broken.refused.Load() > 6 })
	p.kill()
	require.Empty(t, r.brief())

	r.ending()
	r.start(r.bus)
	r.requireTold()
}

var errCrashed = errors.New("the process is dead")

func TestRouter_CrashesAnywhereToTheSameOutcome(t *testing.T) {
	t.Parallel()
	undisturbed := newRig(t, demoRules)
	counting := newFaulty(undisturbed.bus)
	p := undisturbed.start(counting)
	undisturbed.opening()
	until(t, "the first half is decided", func() bool { return len(undisturbed.brief()) == 3 })
	undisturbed.ending()
	undisturbed.requireTold()
	p.stop()
	total := counting.writes()
	require.Greater(t, total, 20)
	for _, isLost := range []bool{false, true} {
		for n := 1; n <= total; n++ {
			t.Run(fmt.Sprintf("write %d lost=%t", n, isLost), func(t *testing.T) {
				t.Parallel()
				crashAt(t, n, isLost)
			})
		}
	}
}

// crashAt lets the process die at its nth write, which is done or not, and
// checks what the next process makes of it.
func crashAt(t *testing.T, n int, isDone bool) {
	t.Helper()
	r := newRig(t, demoRules)
	broken := newFaulty(r.bus)
	broken.isLastDone = isDone
	broken.failFrom(n)
	p := r.start(broken)
	r.opening()
	until(t, "the first half is decided, or the process is dead", func() bool {
		return broken.isDead() || len(r.brief()) == 3
	})
	r.ending()
	until(t, "the process is dead, or has nothing left to write", func() bool {
		return broken.isDead() || r.isTold()
	})
	p.kill()
	r.start(r.bus)
	until(t, "the story is told", r.isTold)
	require.ElementsMatch(t, told(), r.brief())
	r.requireEffects()
}
