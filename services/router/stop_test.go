package router_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router"
)

// stopActions stops actions as ann does.
func (p *process) stopActions() *routerv1.StopSwitch {
	p.t.Helper()
	answer, err := router.NewServer(p.Router).StopActions(p.t.Context(), &routerv1.StopActionsRequest{By: "ann", Reason: "fire"})
	require.NoError(p.t, err)
	return answer.GetStopSwitch()
}

func (p *process) startActions() *routerv1.StopSwitch {
	p.t.Helper()
	answer, err := router.NewServer(p.Router).StartActions(p.t.Context(), &routerv1.StartActionsRequest{By: "bob"})
	require.NoError(p.t, err)
	return answer.GetStopSwitch()
}

// A stop holds over a kill, refuses what rules ask for, lets what was decided stand
// for a replay, and ends.
func TestStopActions_LastsUntilTheyStart(t *testing.T) {
	t.Parallel()
	r := newRig(t, pausesEach)
	first := r.start(r.bus)
	first.awaitReady()
	stands := first.stopActions()
	require.Equal(t, "ann", stands.GetByHand().GetBy())
	r.publish(r.feedback("f1", "17", 1))
	until(t, "it is refused", func() bool { return len(r.brief()) == 1 })
	require.Equal(t, []string{"pauses REFUSED_SAFETY 1"}, r.brief())
	require.Contains(t, r.allDecisions()[0].GetDetail(), "actions are stopped by ann since ")
	require.Contains(t, r.allDecisions()[0].GetDetail(), ": fire")
	require.InDelta(t, 1, first.value("actions_stopped"), 0)
	require.Contains(t, first.health.Report().Components[0].Note, "actions are stopped by ann")
	answer, err := router.NewServer(first.Router).StopActions(t.Context(), &routerv1.StopActionsRequest{By: "bob"})
	require.NoError(t, err)
	require.Equal(t, "ann", answer.GetStopSwitch().GetByHand().GetBy(), "it was stopped before")
	first.kill()

	second := r.start(r.bus)
	second.awaitReady()
	require.InDelta(t, 1, second.value("actions_stopped"), 0)
	r.publish(r.feedback("f2", "18", 2))
	until(t, "it is refused after a kill", func() bool { return len(r.brief()) == 2 })
	status, err := router.NewServer(second.Router).GetStatus(t.Context(), &routerv1.GetStatusRequest{})
	require.NoError(t, err)
	require.Equal(t, "fire", status.GetStopSwitch().GetByHand().GetReason())
	require.Nil(t, second.startActions().GetByHand())
	require.Zero(t, second.value("actions_stopped"))
	r.publish(r.feedback("f3", "19", 3))
	until(t, "it is done", func() bool { return r.ledger()["pause_alert alert:19"] == "STATE_DONE" })
	require.Equal(t, []string{"pauses REFUSED_SAFETY 1", "pauses REFUSED_SAFETY 2", "pauses FIRED 3"}, r.brief())
	require.Equal(t, []string{"pause 19"}, r.vendor.done())

	before := r.decisions()
	second.stop()
	r.forgetDecisions()
	third := r.start(r.bus)
	third.awaitReady()
	until(t, "all is decided again", func() bool { return len(r.brief()) == len(before) })
	require.Equal(t, before, r.decisions(), "the recorded switch decides the same")
	require.Zero(t, third.value("actions_stopped"))
}

// What the ledger holds open is not done by a process that starts stopped: the last
// record counts before the first event is judged.
func TestStopActions_CountsBeforeAnythingIsTakenUp(t *testing.T) {
	t.Parallel()
	r := newRig(t, pausesEach)
	first := r.start(r.bus)
	first.awaitReady()
	first.stopActions()
	first.stop()
	r.inLedger(&actionv1.Action{
		Id: "open", Rule: "pauses", Type: "pause_alert", Source: "anodot-prod", Target: "alert:17", State: actionv1.State_STATE_PENDING,
		ExpiresAt: timestamppb.New(time.Now().Add(time.Hour)),
		Operation: &actionv1.Action_PauseAlert{PauseAlert: &actionv1.PauseAlert{AlertId: "17", Until: timestamppb.New(time.Now().Add(time.Hour))}},
	})
	second := r.start(r.bus)
	until(t, "it is refused", func() bool { return r.ledger()["pause_alert alert:17"] == "STATE_REFUSED" })
	second.awaitReady()
	require.Empty(t, r.vendor.done())
}

// A last record that cannot be read stops actions, says what to do, and is taken back
// as every stop is: also by a process that has no other record than this.
func TestStopActions_AnUnreadableRecordStops(t *testing.T) {
	t.Parallel()
	subject := bus.InputSubject(&routerv1.Input{Content: &routerv1.Input_StopSwitch{}})
	for name, data := range map[string]string{"no message": "\xff\xff", "another one": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, pausesEach)
			first := r.start(r.bus)
			first.awaitReady()
			first.stopActions()
			first.startActions()
			first.stop()
			stored := r.messages(bus.StreamInputs, subject)
			header := stored[len(stored)-1].Header
			header.Del(nats.MsgIdHdr)
			header.Del(nats.ExpectedLastSeqHdr)
			_, err := r.bus.JetStream().PublishMsg(t.Context(), &nats.Msg{Subject: subject, Header: header, Data: []byte(data)})
			require.NoError(t, err)
			r.inLedger(&actionv1.Action{
				Id: "open", Rule: "pauses", Type: "pause_alert", Source: "anodot-prod", Target: "alert:17", State: actionv1.State_STATE_PENDING,
				ExpiresAt: timestamppb.New(time.Now().Add(time.Hour)),
				Operation: &actionv1.Action_PauseAlert{PauseAlert: &actionv1.PauseAlert{AlertId: "17", Until: timestamppb.New(time.Now().Add(time.Hour))}},
			})

			second := r.start(r.bus)
			second.awaitReady()
			until(t, "what was open is refused", func() bool { return r.ledger()["pause_alert alert:17"] == "STATE_REFUSED" })
			require.InDelta(t, 1, second.value("actions_stopped"), 0)
			require.InDelta(t, 1, second.value("discards_total", "unreadable_stop"), 0)
			require.Contains(t, second.health.Report().Components[0].Note, "cannot be read since")
			require.Contains(t, second.health.Report().Components[0].Note, "then signalbox actions start")
			r.publish(r.feedback("f1", "18", 1))
			until(t, "a rule is refused", func() bool { return slices.Contains(r.brief(), "pauses REFUSED_SAFETY 1") })
			second.kill()

			third := r.start(r.bus)
			third.awaitReady()
			require.InDelta(t, 1, third.value("actions_stopped"), 0, "it is recorded by now")
			require.Zero(t, third.value("discards_total", "unreadable_stop"))
			third.startActions()
			r.publish(r.feedback("f2", "19", 2))
			until(t, "actions go on", func() bool { return r.ledger()["pause_alert alert:19"] == "STATE_DONE" })
			require.Equal(t, []string{"pause 19"}, r.vendor.done())
		})
	}
}

func TestStopActions_ByConfiguration(t *testing.T) {
	t.Parallel()
	r := newRig(t, pausesEach)
	r.config.Safety.Stop = true
	first := r.start(r.bus)
	first.awaitReady()
	require.NotNil(t, first.startActions().GetByConfiguration(), "nobody starts them by hand")
	r.publish(r.feedback("f1", "17", 1))
	until(t, "it is refused", func() bool { return len(r.brief()) == 1 })
	require.Contains(t, r.allDecisions()[0].GetDetail(), "actions are stopped by safety.stop in the configuration since ")
	first.kill()

	r.config.Safety.Stop = false
	second := r.start(r.bus)
	second.awaitReady()
	require.Zero(t, second.value("actions_stopped"))
	r.publish(r.feedback("f2", "18", 2))
	until(t, "it is done", func() bool { return r.ledger()["pause_alert alert:18"] == "STATE_DONE" })
	before := r.decisions()
	require.Equal(t, []string{"pauses REFUSED_SAFETY 1", "pauses FIRED 2"}, r.brief())
	second.stop()

	r.forgetDecisions()
	third := r.start(r.bus)
	third.awaitReady()
	until(t, "all is decided again", func() bool { return len(r.brief()) == len(before) })
	require.Equal(t, before, r.decisions())
}

// A stop that cannot be recorded stops this process all the same, and says so.
func TestStopActions_WithoutABus(t *testing.T) {
	t.Parallel()
	r := newRig(t, pausesEach)
	w := &withholding{Bus: r.bus, kinds: "stop_switch"}
	p := r.start(w)
	p.awaitReady()
	ctx, cancel := context.WithCancel(t.Context())
	said := make(chan error, 1)
	go func() {
		_, err := router.NewServer(p.Router).StopActions(ctx, &routerv1.StopActionsRequest{By: "ann"})
		said <- err
	}()
	until(t, "it is not recorded", func() bool { return w.held.Load() > 0 })
	cancel()
	require.Equal(t, "NOT_RECORDED", rpc.Reason(<-said))
	require.Contains(t, p.health.Report().Components[0].Note, "actions are stopped by ann")
}

func TestStopActions_ChecksWhoAsks(t *testing.T) {
	t.Parallel()
	r := newRig(t, pausesEach)
	server := router.NewServer(r.start(r.bus).Router)
	_, err := server.StopActions(t.Context(), &routerv1.StopActionsRequest{})
	require.ErrorContains(t, err, "say who decides")
	_, err = server.StartActions(t.Context(), &routerv1.StartActionsRequest{By: "\xff"})
	require.ErrorContains(t, err, "bytes of text")
}

// inLedger puts an action into the ledger as a former process left it.
func (r *rig) inLedger(a *actionv1.Action) {
	r.t.Helper()
	a.CreatedAt, a.UpdatedAt = timestamppb.Now(), timestamppb.Now()
	data, err := proto.Marshal(a)
	require.NoError(r.t, err)
	_, err = r.bus.Ledger().Create(r.t.Context(), a.GetId(), data)
	require.NoError(r.t, err)
}
