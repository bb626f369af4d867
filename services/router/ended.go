package router

import (
	"context"
	"log/slog"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/ledger"
)

// listening is the bus as the ledger and the leases use it: what they say there
// and the engine has to know is offered to the loop. The engine takes a pause
// for made, and for as long as the rule says, until it hears otherwise; one of a
// target that looked paused it takes for not made.
type listening struct {
	Bus
	inputs *inputQueue
	logger *slog.Logger
	// metrics count what is lost.
	metrics *metrics
	retries *retries
}

// PublishAction publishes the state and tells of a person's word on the action,
// and of a pause that came to its end. Where a process is killed before the engine
// hears of them, the next one tells it ([Router.tellUnheard]).
func (b listening) PublishAction(ctx context.Context, a *actionv1.Action) error {
	if err := b.Bus.PublishAction(ctx, a); err != nil {
		return err
	}
	if err := b.bury(ctx, a); err != nil {
		return err
	}
	switch {
	case isRetried(a):
		b.retries.note(a)
		b.offer(ctx, retryOf(a))
	case isDecidedAbout(a):
		b.offer(ctx, wordOn(a))
	}
	if isPause(a) && ledger.IsFinal(a.GetState()) && !b.retries.isPast(a) {
		b.offer(ctx, pauseEnd(a))
	}
	return nil
}

// wordOn is a person's word on the action.
func wordOn(a *actionv1.Action) *routerv1.Input {
	word := &routerv1.Approval{
		ActionId: a.GetId(), Approved: a.GetState() != actionv1.State_STATE_REJECTED, By: a.GetDecidedBy(), ApprovedAt: a.GetDecidedAt(),
	}
	if word.GetApproved() {
		word.Type, word.Source, word.Target = a.GetType(), a.GetSource(), a.GetTarget()
		word.Rule, word.EventId, word.Key, word.Until = a.GetRule(), a.GetEventId(), a.GetKey(), a.GetExpiresAt()
	}
	return &routerv1.Input{Content: &routerv1.Input_Approval{Approval: word}}
}

// pauseEnd is how a pause ended.
func pauseEnd(a *actionv1.Action) *routerv1.Input {
	return &routerv1.Input{Content: &routerv1.Input_ActionEnded{ActionEnded: &routerv1.ActionEnded{
		ActionId: a.GetId(), Source: a.GetSource(), Target: a.GetTarget(), State: a.GetState(), HasLease: hasLease(a),
	}}}
}

// PublishLease publishes the change and tells of a lease that ended: of one whose
// time was over, because its alert counts as paused until then.
func (b listening) PublishLease(ctx context.Context, l *actionv1.Lease) error {
	if err := b.Bus.PublishLease(ctx, l); err != nil {
		return err
	}
	if l.GetState() != actionv1.LeaseState_LEASE_STATE_ACTIVE {
		ended := &routerv1.LeaseEnded{
			Source: l.GetSource(), Target: l.GetTarget(), State: l.GetState(),
			OnTime: l.GetReleasedBy() == "" && !l.GetEndedAt().AsTime().Before(l.GetUntil().AsTime()),
		}
		for _, h := range l.GetHolders() {
			ended.ActionIds = append(ended.ActionIds, h.GetActionId())
		}
		b.offer(ctx, &routerv1.Input{Content: &routerv1.Input_LeaseEnded{LeaseEnded: ended}})
	}
	return nil
}

func (b listening) offer(ctx context.Context, in *routerv1.Input) {
	if err := b.inputs.add(offer{input: in}); err != nil {
		b.metrics.lostInputs.Inc()
		b.logger.ErrorContext(ctx, "the engine does not hear of an approval or of the end of a pause", slog.Any("error", err))
	}
}

func isPause(a *actionv1.Action) bool {
	return a.GetPauseAlert() != nil || a.GetPauseStream() != nil
}

// statePaused is what the ledger holds of a target that somebody else had
// paused: a pause of it is done without a lease.
const statePaused = "paused"

func hasLease(a *actionv1.Action) bool {
	return a.GetState() == actionv1.State_STATE_DONE && a.GetStateBefore() != statePaused
}

// isDecidedAbout reports whether a person's word brought the action to its state.
func isDecidedAbout(a *actionv1.Action) bool {
	switch a.GetState() {
	case actionv1.State_STATE_PENDING, actionv1.State_STATE_REJECTED:
		return a.GetDecidedBy() != "" && a.GetRetries() == 0
	default:
		return false
	}
}
