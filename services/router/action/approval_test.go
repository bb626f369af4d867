package action_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/durationpb"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/action"
)

const (
	awaiting = actionv1.State_STATE_AWAITING_APPROVAL
	rejected = actionv1.State_STATE_REJECTED
)

// suggested is a pause of a1 that waits for approval for an hour.
func (r *rig) suggested(id string) *actionv1.Action {
	a := pauseAlert(id, "a1", r.clock.in(time.Hour))
	a.GetPauseAlert().For = durationpb.New(time.Hour)
	a.State = awaiting
	return a
}

func TestApprove_BeginsTheLeaseAtTheApproval(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	p := r.start(t)
	p.ask(r.suggested("p"))
	require.Equal(t, awaiting, p.stateOf("p").GetState())
	require.Empty(t, r.vendor.happened(), "nobody has approved it")

	r.clock.advance(30 * time.Minute)
	_, err := p.executor.Approve(t.Context(), "p", "ann")
	require.NoError(t, err)
	require.Equal(t, "ann", p.reaches("p", done).GetDecidedBy())
	require.True(t, r.vendor.isPaused("a1"))
	l := r.leaseIs(t, "a1", active)
	require.WithinDuration(t, r.clock.now().Add(time.Hour), l.GetUntil().AsTime(), time.Minute)
}

func TestApprove_OfTwoPeopleOneDecides(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	p := r.start(t)
	p.ask(r.suggested("p"))
	errs := make([]error, 8)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { _, errs[i] = p.executor.Approve(t.Context(), "p", "ann") })
	}
	all.Wait()
	approved := 0
	for _, err := range errs {
		if err == nil {
			approved++
			continue
		}
		require.ErrorIs(t, err, action.ErrNotAwaiting)
	}
	require.Equal(t, 1, approved)
	p.reaches("p", done)
	require.Len(t, r.vendor.happened(), 1)
	stands, err := p.executor.Reject(t.Context(), "p", "bob", "no")
	require.ErrorIs(t, err, action.ErrNotAwaiting)
	require.Equal(t, "ann", stands.GetDecidedBy())
}

func TestReject_EndsIt(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	p := r.start(t)
	p.ask(r.suggested("p"))
	_, err := p.executor.Reject(t.Context(), "p", "bob", "it is no noise")
	require.NoError(t, err)
	require.Equal(t, "it is no noise", p.reaches("p", rejected).GetDetail())
	_, err = p.executor.Approve(t.Context(), "p", "ann")
	require.ErrorIs(t, err, action.ErrNotAwaiting)
	_, err = p.executor.Approve(t.Context(), "nobody", "ann")
	require.ErrorIs(t, err, action.ErrNoSuchAction)
	_, err = p.executor.Approve(t.Context(), "no key > *", "ann")
	require.ErrorIs(t, err, action.ErrNoSuchAction)
	require.Empty(t, r.vendor.happened())
}

func TestApprove_IsTooLateWhenNobodyDidInTime(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	p := r.start(t)
	p.ask(r.suggested("p"))
	r.clock.advance(time.Hour)
	_, err := p.executor.Approve(t.Context(), "p", "ann")
	require.ErrorIs(t, err, action.ErrNotAwaiting)
	require.Equal(t, "nobody approved it in time", p.reaches("p", expired).GetDetail())
	require.Empty(t, r.vendor.happened())
}

func TestApprove_OutlivesTheProcess(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	p := r.start(t)
	p.ask(r.suggested("p"))
	p.ask(func() *actionv1.Action { a := r.suggested("q"); a.Target = "alert:a2"; return a }())
	p.kill()

	p = r.start(t)
	_, err := p.executor.Approve(t.Context(), "p", "ann")
	require.NoError(t, err)
	p.reaches("p", done)
	r.clock.advance(time.Hour)
	p.reaches("q", expired)
}

// hangsUp is a bus on which the caller of Approve goes as soon as it is approved.
type hangsUp struct {
	router
	hangUp func()
}

func (h hangsUp) PublishAction(ctx context.Context, a *actionv1.Action) error {
	if a.GetDecidedBy() != "" {
		h.hangUp()
	}
	return h.router.PublishAction(ctx, a)
}

func TestApprove_IsDoneAlsoWhenTheCallerGoes(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	ctx, hangUp := context.WithCancel(t.Context())
	p := r.prepare(t, hangsUp{r.bus, hangUp})
	p.start()
	p.ask(r.suggested("p"))
	_, err := p.executor.Approve(ctx, "p", "ann")
	require.NoError(t, err)
	require.ErrorIs(t, ctx.Err(), context.Canceled)
	p.reaches("p", done)
}

// An answer of the bus may be lost: the record says what became of the word.
func TestExpire_DoesWhatTurnsOutToBeApproved(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	p := r.start(t)
	p.ask(r.suggested("p"))
	stands, err := p.ledger.Get(t.Context(), "p")
	require.NoError(t, err)
	_, err = p.ledger.Move(t.Context(), stands, pending, func(a *actionv1.Action) {
		a.DecidedBy, a.ExpiresAt = "slow", r.clock.in(2*time.Hour)
	})
	require.NoError(t, err)
	require.Equal(t, pending, p.stateOf("p").GetState(), "nobody has heard of it")
	r.clock.advance(time.Hour)
	p.reaches("p", done)
}

func TestRefuse_EndsWhatSafetyDoesNotLetPass(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	p := r.start(t)
	p.ask(r.suggested("p"))
	_, err := p.executor.Approve(t.Context(), "p", "nobody")
	require.NoError(t, err)
	stands, err := p.executor.Await(t.Context(), "p")
	require.NoError(t, err)
	require.Equal(t, []string{"STATE_REFUSED", "safety says no", "nobody"}, []string{stands.GetState().String(), stands.GetDetail(), stands.GetDecidedBy()})
	require.NoError(t, p.executor.Release(t.Context(), "p"), "it is over")
	require.NoError(t, p.executor.Refuse(t.Context(), "p", "again"))
	require.NoError(t, p.executor.Refuse(t.Context(), "no such action", "again"))
	require.Equal(t, "safety says no", p.stateOf("p").GetDetail())
	require.Empty(t, r.vendor.happened())

	p.ask(pauseAlert("q", "a1", r.clock.in(time.Hour)))
	p.reaches("q", done)
	require.NoError(t, p.executor.Refuse(t.Context(), "q", "too late"))
	require.Equal(t, done, p.stateOf("q").GetState())
}

// An approval of which the process that took it could not tell anybody is told by
// the next one, and nothing is done before it has been heard.
func TestApprove_IsToldByTheNextProcess(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	p := r.start(t)
	p.ask(r.suggested("p"))
	_, err := p.executor.Approve(t.Context(), "p", "slow")
	require.NoError(t, err)
	waiting, end := context.WithCancel(t.Context())
	end()
	_, err = p.executor.Await(waiting, "p")
	require.ErrorIs(t, err, context.Canceled)
	p.kill()
	require.Equal(t, pending, p.stateOf("p").GetState())
	require.Empty(t, r.vendor.happened())
	require.NotNil(t, p.stateOf("p").GetDecidedAt())

	p = r.start(t)
	p.reaches("p", done)
	require.Equal(t, []string{"pause a1"}, r.vendor.happened())
}
