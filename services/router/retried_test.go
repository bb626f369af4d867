package router_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router"
	"github.com/signalbox-io/signalbox/services/router/retry"
)

// pause returns the action that pauses alert 17 as the ledger has it.
func (r *rig) pause() *actionv1.Action {
	r.t.Helper()
	lister, err := r.bus.Ledger().ListKeys(r.t.Context())
	require.NoError(r.t, err)
	for key := range lister.Keys() {
		entry, err := r.bus.Ledger().Get(r.t.Context(), key)
		require.NoError(r.t, err)
		a := &actionv1.Action{}
		if proto.Unmarshal(entry.Value(), a) == nil && a.GetPauseAlert().GetAlertId() == "17" {
			return a
		}
	}
	return nil
}

// failedPause is a pause of alert 17 that the vendor has refused.
func (r *rig) failedPause() string {
	r.t.Helper()
	r.vendor.refuse(true)
	r.publish(r.feedback("f1", "17", 1))
	until(r.t, "the pause has failed", func() bool { return r.pause().GetState() == actionv1.State_STATE_FAILED })
	return r.pause().GetId()
}

func (p *process) retry(id, by string) error {
	_, err := router.NewServer(p.Router).RetryAction(p.t.Context(), &routerv1.RetryActionRequest{ActionId: id, By: by})
	return err
}

// isPaused asks the engine by an event about alert 17.
func (r *rig) isPaused(name string) bool {
	r.t.Helper()
	asks := r.anomaly(name, "shop", 0)
	asks.GetAnomaly().AlertId = "17"
	asks.OccurredAt = timestamppb.New(r.base.Add(time.Minute)) // after the event that asked for the pause
	asks.ObservedAt = asks.GetOccurredAt()
	r.publish(asks)
	var answer decisionv1.Outcome
	until(r.t, "it is decided", func() bool {
		for _, d := range r.allDecisions() {
			if d.GetEventId() == asks.GetId() {
				answer = d.GetOutcome()
			}
		}
		return answer != decisionv1.Outcome_OUTCOME_UNSPECIFIED
	})
	return answer == decisionv1.Outcome_OUTCOME_UNLESS
}

func TestRetryAction_OfTwoOneActs(t *testing.T) {
	t.Parallel()
	r := newRig(t, pausesEach)
	p := r.start(r.bus)
	p.awaitReady()
	id := r.failedPause()
	until(t, "the engine has heard of it", func() bool { return len(r.ends()) > 0 })
	require.False(t, r.isPaused("before"))

	err := p.retry(id, "ann")
	require.NoError(t, err, "the vendor still refuses")
	until(t, "it has failed again", func() bool { return r.pause().GetState() == actionv1.State_STATE_FAILED })
	r.vendor.refuse(false)
	errs := make([]error, 4)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { errs[i] = p.retry(id, fmt.Sprint("person ", i)) })
	}
	all.Wait()
	retried := 0
	for _, err := range errs {
		if err == nil {
			retried++
			continue
		}
		require.Equal(t, "NOT_RETRYABLE", rpc.Reason(err))
	}
	require.Equal(t, 1, retried)
	until(t, "it is done", func() bool { return r.pause().GetState() == actionv1.State_STATE_DONE })
	require.Equal(t, []string{"pause 17"}, r.vendor.done())
	a := r.pause()
	require.EqualValues(t, 2, a.GetRetries())
	require.Contains(t, a.GetRetriedBy(), "person ")
	require.True(t, r.isPaused("after"))
	err = p.retry(id, "ann")
	require.Equal(t, "NOT_RETRYABLE", rpc.Reason(err))
	require.ErrorContains(t, err, "is DONE")

	states := map[string]int{}
	until(t, "its end is told", func() bool {
		clear(states)
		for _, msg := range r.messages(bus.StreamActions, "signalbox.action.anodot-prod.pause_alert.") {
			states[msg.Subject]++
		}
		return states["signalbox.action.anodot-prod.pause_alert.done"] > 0
	})
	require.Equal(t, map[string]int{
		"signalbox.action.anodot-prod.pause_alert.pending": 3, "signalbox.action.anodot-prod.pause_alert.attempting": 3,
		"signalbox.action.anodot-prod.pause_alert.failed": 2, "signalbox.action.anodot-prod.pause_alert.done": 1,
	}, states, "each state is told, also one that is reached again")

	before := r.decisions()
	p.stop()
	r.forgetDecisions()
	second := r.start(r.bus)
	second.awaitReady()
	until(t, "all is decided again", func() bool { return len(r.brief()) == len(before) })
	require.Equal(t, before, r.decisions(), "the recorded retries decide the same")
	require.Equal(t, []string{"pause 17"}, r.vendor.done())
}

func TestRetryAction_AsksSafety(t *testing.T) {
	t.Parallel()
	r := newRig(t, pausesEach)
	r.config.Safety = config.Safety{MaxPausedAlerts: 9, MaxActionsPerHour: 1}
	p := r.start(r.bus)
	p.awaitReady()
	id := r.failedPause()
	err := p.retry(id, "ann")
	require.Equal(t, "REFUSED_SAFETY", rpc.Reason(err))
	require.ErrorContains(t, err, "at its retry: anodot-prod has had 1 of 1 actions in the last hour")
	require.Equal(t, "STATE_REFUSED", r.pause().GetState().String())
	until(t, "it is decided", func() bool { return len(r.brief()) == 3 })
	require.Equal(t, []string{"pauses FIRED 1", "pauses ERROR 1", "pauses REFUSED_SAFETY 1"}, r.brief())
	require.Equal(t, id, r.allDecisions()[2].GetActions()[0].GetId())
	require.Empty(t, r.vendor.done())
}

func TestRetryAction_SaysWhyNot(t *testing.T) {
	t.Parallel()
	r := newRig(t, pausesEach)
	p := r.start(r.bus)
	p.awaitReady()
	id := r.failedPause()
	p.stopActions()
	err := p.retry(id, "ann")
	require.Equal(t, "ACTIONS_STOPPED", rpc.Reason(err))
	p.startActions()
	over := proto.CloneOf(r.pause())
	over.Id, over.ExpiresAt = "over", timestamppb.New(time.Now().Add(-time.Minute))
	r.inLedger(over)
	resume := proto.CloneOf(over)
	resume.Id, resume.Rule, resume.Operation = "resume", "", &actionv1.Action_ResumeAlert{ResumeAlert: &actionv1.ResumeAlert{AlertId: "17"}}
	r.inLedger(resume)
	for id, want := range map[string]string{"over": "ACTION_OVER", "resume": "NOT_RETRYABLE", "nobody": "NO_SUCH_ACTION"} {
		err = p.retry(id, "ann")
		require.Equal(t, want, rpc.Reason(err), id)
	}
	err = p.retry(id, "")
	require.ErrorContains(t, err, "say who decides")
}

// retryStory has the failed pause tried again, as often as somebody has to ask for
// it, until it is done or the process is dead.
func (r *rig) retryStory(p *process, id string, isDead func() bool) {
	r.t.Helper()
	ctx, cancel := context.WithCancel(r.t.Context())
	defer cancel()
	said := make(chan struct{})
	go func() {
		defer close(said)
		for ctx.Err() == nil {
			_, err := router.NewServer(p.Router).RetryAction(ctx, &routerv1.RetryActionRequest{ActionId: id, By: "ann"})
			if err == nil || rpc.Reason(err) == "NOT_RETRYABLE" {
				return
			}
			_ = retry.Wait(ctx, tick)
		}
	}()
	until(r.t, "the pause is done", func() bool { return isDead() || r.pause().GetState() == actionv1.State_STATE_DONE })
	cancel()
	<-said
}

// Killed at any write, a retry is carried out once, and the engine knows of it.
func TestRetryAction_CrashesAnywhereToTheSameOutcome(t *testing.T) {
	t.Parallel()
	failing := func(t *testing.T) (*rig, string) {
		t.Helper()
		r := newRig(t, pausesEach)
		p := r.start(r.bus)
		p.awaitReady()
		id := r.failedPause()
		until(t, "the engine has heard of it", func() bool { return len(r.ends()) > 0 })
		p.stop()
		r.vendor.refuse(false)
		return r, id
	}
	undisturbed, id := failing(t)
	counting := newFaulty(undisturbed.bus)
	p := undisturbed.start(counting)
	p.awaitReady()
	undisturbed.retryStory(p, id, counting.isDead)
	p.stop()
	total := counting.writes()
	require.Greater(t, total, 5)
	for n := 1; n <= total; n++ {
		t.Run(fmt.Sprintf("write %d", n), func(t *testing.T) {
			t.Parallel()
			r, id := failing(t)
			broken := newFaulty(r.bus)
			broken.isLastDone = n%2 == 0
			broken.failFrom(n)
			first := r.start(broken)
			r.retryStory(first, id, broken.isDead)
			first.kill()
			second := r.start(r.bus)
			r.retryStory(second, id, func() bool { return false })
			require.Equal(t, []string{"pause 17"}, r.vendor.done())
			asked := 0
			until(t, "the engine has heard of the pause", func() bool {
				asked++
				return r.isPaused(fmt.Sprint("n", asked))
			})
		})
	}
}
