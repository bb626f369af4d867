package action_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/action"
)

func TestExecutor_AStuckTargetBlocksNoOther(t *testing.T) {
	t.Parallel()
	r := newRig(t, "stuck", "free")
	r.change = func(o *action.Options) { o.CallTimeout = time.Hour }
	r.vendor.script("get stuck", hang)
	p := r.start(t)
	p.ask(pauseAlert("stuck", "stuck", r.clock.in(time.Hour)))
	until(t, "it hangs", func() bool { return r.vendor.called("get stuck") == 1 })
	for i := range 3 {
		id := fmt.Sprint("free", i)
		p.ask(pauseAlert(id, "free", r.clock.in(time.Hour)))
		p.reaches(id, done)
	}
	require.Equal(t, pending, p.stateOf("stuck").GetState())
}

func TestExecutor_KeepsTheOrderOfATarget(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	r.vendor.script("pause a1", refuse(unavailable()), refuse(unavailable()), ok)
	p := r.start(t)
	for i := range 5 {
		p.ask(pauseAlert(fmt.Sprint("p", i), "a1", r.clock.in(time.Hour)))
	}
	p.reaches("p4", done)
	var finished []string
	for _, msg := range r.messages(t, "signalbox.action.anodot-prod.pause_alert.done") {
		finished = append(finished, msg.Header.Get("ce-id")[:2])
	}
	require.Equal(t, []string{"p0", "p1", "p2", "p3", "p4"}, finished)
	require.Equal(t, []string{"pause a1"}, r.vendor.happened())
}

func TestExecutor_CallsASourceFromABoundedNumberOfLanes(t *testing.T) {
	t.Parallel()
	alerts := []string{"a0", "a1", "a2", "a3", "a4", "a5"}
	r := newRig(t, alerts...)
	r.change = func(o *action.Options) { o.Parallel, o.ReconcileEvery = 2, time.Hour }
	release := make(chan struct{})
	held := func(ctx context.Context, apply func()) error {
		select {
		case <-release:
		case <-ctx.Done():
			return ctx.Err()
		}
		return ok(ctx, apply)
	}
	for _, alert := range alerts {
		r.vendor.script("get "+alert, held)
	}
	p := r.start(t)
	for _, alert := range alerts {
		p.ask(pauseAlert(alert, alert, r.clock.in(time.Hour)))
	}
	until(t, "two are under way", func() bool {
		r.vendor.mu.Lock()
		defer r.vendor.mu.Unlock()
		return r.vendor.atOnce == 2
	})
	p.ask(createWatcher("elsewhere", watcherName))
	p.reaches("elsewhere", done) // another source's places are its own
	close(release)
	for _, alert := range alerts {
		p.reaches(alert, done)
	}
	require.LessOrEqual(t, r.vendor.most, 3, "two lanes, and the watcher's")
}

// A vendor that never answers is given up, and asked again.
func TestExecutor_ACallHasADeadline(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	dialer := rpc.NewDialer(slog.New(slog.DiscardHandler))
	t.Cleanup(func() { require.NoError(t, dialer.Stop(context.Background())) })
	r.vendor.script("get a1", hang, ok)
	p := r.prepare(t, r.bus, dialer)
	p.start()
	p.ask(pauseAlert("p", "a1", r.clock.in(time.Hour)))
	p.reaches("p", done)
	require.Greater(t, r.vendor.called("get a1"), 1)
}

// Pauses that hang take every slot there is for them; leases end all the same,
// and so does what was asked for on their targets meanwhile.
func TestExecutor_ResumesDoNotWaitForPausesThatHang(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1", "h0", "h1", "h2")
	r.change = func(o *action.Options) { o.Parallel, o.CallTimeout = 1, time.Hour }
	p := r.paused(t)
	for _, alert := range []string{"h0", "h1", "h2"} {
		r.vendor.script("get "+alert, hang)
		p.ask(pauseAlert(alert, alert, r.clock.in(100*time.Hour)))
	}
	until(t, "one hangs", func() bool {
		return r.vendor.called("get h0")+r.vendor.called("get h1")+r.vendor.called("get h2") == 1
	})
	p.ask(ruled("another", pauseAlert("longer", "a1", r.clock.in(2*time.Hour))))
	require.Contains(t, p.reaches("longer", done).GetDetail(), "joined the lease that is active")
	r.clock.advance(2 * time.Hour)
	require.Equal(t, done, r.resumed(t).GetState())
	require.False(t, r.vendor.isPaused("a1"))
}

func TestExecutor_TakesAnActionOnceAndBeforeStart(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	p := r.prepare(t, r.bus)
	a := pauseAlert("p", "a1", r.clock.in(time.Hour))
	p.ask(a)
	p.ask(a)
	require.Zero(t, r.vendor.called("get a1"), "nothing is done before Start")
	p.start()
	p.reaches("p", done)
	p.ask(a) // it has ended
	p.ask(pauseAlert("marker", "a1", r.clock.in(time.Hour)))
	p.reaches("marker", done)
	require.Equal(t, []string{"pause a1"}, r.vendor.happened())
}

func TestExecutor_FailsWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.start(t)
	p.ask(&actionv1.Action{Id: "x", Source: "anodot-prod", Target: "alert:a1", Type: "delete_alert"})
	require.Equal(t, `no such action: "delete_alert"`, p.reaches("x", failed).GetDetail())
	require.NoError(t, p.executor.Submit(t.Context(), pauseAlert("unrecorded", "a1", nil)))
	p.ask(createWatcher("next", watcherName))
	p.reaches("next", done)
}

// Stop lets a call end; what does not end in time is cut off and read back by
// the next process.
func TestExecutor_StopEndsWithItsContext(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1", "a2")
	r.change = func(o *action.Options) { o.CallTimeout = time.Hour }
	answer := make(chan struct{})
	r.vendor.script("pause a1", func(ctx context.Context, apply func()) error {
		<-answer
		return ok(ctx, apply)
	})
	r.vendor.script("pause a2", func(ctx context.Context, apply func()) error {
		apply()
		return hang(ctx, apply)
	})
	p := r.start(t)
	p.ask(pauseAlert("ends", "a1", r.clock.in(time.Hour)))
	p.ask(pauseAlert("hangs", "a2", r.clock.in(time.Hour)))
	p.ask(pauseAlert("queued", "a2", r.clock.in(2*time.Hour)))
	until(t, "both are under way", func() bool {
		return r.vendor.called("pause a1") == 1 && r.vendor.called("pause a2") == 1
	})
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan struct{})
	go func() {
		p.executor.Stop(ctx)
		close(stopped)
	}()
	close(answer)
	until(t, "the first call has ended", func() bool { return r.vendor.isPaused("a1") })
	select {
	case <-stopped:
		require.Fail(t, "a call under way was not waited for")
	default:
	}
	cancel()
	<-stopped
	require.Equal(t, attempting, p.stateOf("hangs").GetState())
	require.Equal(t, pending, p.stateOf("queued").GetState())

	r.vendor.script("pause a2", ok)
	again := r.start(t)
	for _, id := range []string{"ends", "hangs", "queued"} {
		again.reaches(id, done)
	}
	require.Equal(t, 1, r.vendor.called("pause a1"))
	require.Equal(t, 1, r.vendor.called("pause a2"))
}

func TestExecutor_StopIsHarmlessAtAnyTime(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	p := r.prepare(t, r.bus)
	p.executor.Stop(t.Context())
	p.executor.Start()
	recorded, err := p.ledger.Create(t.Context(), pauseAlert("p", "a1", r.clock.in(time.Hour)))
	require.NoError(t, err)
	require.ErrorIs(t, p.executor.Submit(t.Context(), recorded.Action), action.ErrStopping)
	p.executor.Stop(t.Context())
	require.Equal(t, pending, p.stateOf("p").GetState())
	require.Zero(t, r.vendor.called("get a1"))
}
