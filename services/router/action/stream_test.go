package action_test

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/action"
	"github.com/signalbox-io/signalbox/services/router/durable"
)

// fill leaves no room on the stream of actions and returns how to make some.
func (r *rig) fill(t *testing.T) func() {
	t.Helper()
	limit := func(messages func(jetstream.StreamState) int64) {
		stream, err := r.bus.JetStream().Stream(t.Context(), bus.StreamActions)
		require.NoError(t, err)
		config := stream.CachedInfo().Config
		config.MaxMsgs = messages(stream.CachedInfo().State)
		_, err = r.bus.JetStream().UpdateStream(t.Context(), config)
		require.NoError(t, err)
	}
	limit(func(s jetstream.StreamState) int64 { return int64(s.Msgs) })
	return func() { limit(func(jetstream.StreamState) int64 { return -1 }) }
}

// The record of a resume is its intent: it is made while the stream of actions
// takes nothing, also by a process that starts then, and told later.
func TestStream_FullAtTheEndOfALease(t *testing.T) {
	t.Parallel()
	for name, isRestarted := range map[string]bool{"while running": false, "and at the start": true} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, "a1")
			p := r.paused(t)
			makeRoom := r.fill(t)
			if isRestarted {
				p.kill()
			}
			r.clock.advance(time.Hour)
			if isRestarted {
				p = r.start(t)
			}
			until(t, "the alert is resumed", func() bool { return !r.vendor.isPaused("a1") })
			until(t, "its lease is ended", func() bool { return p.leases.Len() == 0 })
			require.Positive(t, p.ledger.Owed())
			require.Empty(t, r.resumes(t))
			makeRoom()
			require.Equal(t, done, r.resumed(t).GetState())
			r.leaseIs(t, "a1", ended)
			until(t, "nothing is owed", func() bool { return p.ledger.Owed()+p.leases.Owed() == 0 })
			var states []string
			for _, msg := range r.messages(t, "signalbox.action.anodot-prod.resume_alert.") {
				states = append(states, msg.Subject[len("signalbox.action.anodot-prod.resume_alert."):])
			}
			require.Equal(t, []string{"pending", "attempting", "done"}, states)
			require.Equal(t, []string{"pause a1", "resume a1"}, r.vendor.happened())
		})
	}
}

// A pause is not made before the stream has its intent, and ends without
// waiting for it.
func TestStream_FullBeforeAPause(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	p := r.start(t)
	record, err := p.ledger.Create(t.Context(), pauseAlert("p", "a1", r.clock.in(time.Hour)))
	require.NoError(t, err)
	makeRoom := r.fill(t)
	require.NoError(t, p.executor.Submit(t.Context(), record.Action))
	until(t, "it is about to be made", func() bool { return p.stateOf("p").GetState() == attempting })
	require.Zero(t, r.vendor.called("pause a1"))
	makeRoom()
	p.reaches("p", done)
}

// A damaged record of a resume is no reason to leave the alert paused.
func TestLedger_DamagedRecordOfAResumeIsReplaced(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	p := r.paused(t)
	r.vendor.script("resume a1", refuse(unavailable()))
	r.clock.advance(time.Hour)
	until(t, "it is tried", func() bool { return r.vendor.called("resume a1") > 0 })
	p.kill()
	for id := range r.resumes(t) {
		_, err := r.bus.Ledger().PutString(t.Context(), id, "\xff\xff")
		require.NoError(t, err)
	}
	r.vendor.script("resume a1", ok)
	r.start(t)
	until(t, "the alert is resumed", func() bool { return !r.vendor.isPaused("a1") })
	r.leaseIs(t, "a1", ended)
}

// A damaged record of anything else is left alone, and its lane goes on.
func TestLedger_DamagedRecordBlocksNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	left := make(chan durable.Discard, 10)
	r.change = func(o *action.Options) { o.Discarded = func(reason durable.Discard) { left <- reason } }
	p := r.start(t)
	_, err := r.bus.Ledger().PutString(t.Context(), "damaged", "\xff\xff")
	require.NoError(t, err)
	require.NoError(t, p.executor.Submit(t.Context(), &actionv1.Action{Id: "damaged", Source: "anodot-prod", Target: "alert:a1"}))
	p.ask(pauseAlert("p", "a1", r.clock.in(time.Hour)))
	p.reaches("p", done)
	require.Equal(t, durable.LeftAction, <-left)
}
