package action_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/action"
	"github.com/signalbox-io/signalbox/services/router/retry"
)

const stopped = "actions are stopped by ann"

func TestHalt_RefusesWhatIsNotAttempted(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	p := r.prepare(t, r.bus)
	p.executor.Halt(stopped)
	p.start()
	p.ask(pauseAlert("p", "a1", r.clock.in(time.Hour)))
	require.Equal(t, stopped, p.reaches("p", forbidden).GetDetail())
	require.Zero(t, r.vendor.called("get a1"))

	p.executor.Halt("")
	p.ask(pauseAlert("q", "a1", r.clock.in(time.Hour)))
	p.reaches("q", done)
}

// An action that waits for its next attempt is refused at once.
func TestHalt_RefusesWhatWaits(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	r.change = func(o *action.Options) { o.Backoff = retry.Backoff{Base: time.Hour, Max: time.Hour} }
	r.vendor.script("pause a1", refuse(reason(codes.ResourceExhausted, rpc.ReasonRateLimited)))
	p := r.start(t)
	p.ask(pauseAlert("p", "a1", r.clock.in(time.Hour)))
	until(t, "it waits", func() bool { return p.stateOf("p").GetNextAttemptAt() != nil })
	p.executor.Halt(stopped)
	require.Equal(t, stopped, p.reaches("p", forbidden).GetDetail())
	require.Empty(t, r.vendor.happened())
}

// What may have happened is read back first: done if it has, refused if it has not.
func TestHalt_SettlesWhatMayHaveHappened(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault fault
		want  actionv1.State
	}{
		"happened": {lose(unknownOutcome()), done}, "did not happen": {refuse(unknownOutcome()), forbidden},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, "a1")
			r.change = func(o *action.Options) { o.Backoff = retry.Backoff{Base: time.Hour, Max: time.Hour} }
			r.vendor.script("pause a1", c.fault, ok)
			p := r.start(t)
			p.ask(pauseAlert("p", "a1", r.clock.in(time.Hour)))
			until(t, "its outcome is unknown", func() bool {
				a := p.stateOf("p")
				return a.GetState() == attempting && a.GetNextAttemptAt() != nil
			})
			r.clock.advance(time.Minute) // a call lives no longer
			p.executor.Halt(stopped)
			a := p.reaches("p", c.want)
			require.Len(t, r.vendor.happened(), map[actionv1.State]int{done: 1}[c.want])
			require.EqualValues(t, 1, a.GetAttempts(), "nothing is asked for again")
		})
	}
}

func TestHalt_LetsLeasesEnd(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	p := r.start(t)
	p.ask(pauseAlert("p", "a1", r.clock.in(time.Hour)))
	p.reaches("p", done)
	p.executor.Halt(stopped)
	r.clock.advance(time.Hour)
	require.Equal(t, done, r.resumed(t).GetState())
	require.False(t, r.vendor.isPaused("a1"))
}

// A notification that may have been sent is not sent again.
func TestHalt_SaysWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.start(t)
	p.executor.Halt(stopped)
	p.ask(publishing("n"))
	require.Equal(t, stopped, p.reaches("n", forbidden).GetDetail())
}

func publishing(id string) *actionv1.Action {
	return &actionv1.Action{
		Id: id, Rule: "tells", Type: "publish", Source: "signalbox", Target: "subject:told", State: pending,
		EventTime: timestamppb.Now(),
		Operation: &actionv1.Action_Publish{Publish: &actionv1.Publish{Subject: "told"}},
	}
}
