package router

import (
	"context"
	"log/slog"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/action"
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

// PublishAction publishes the state and tells of a person's word on the action, of a
// pause that came to its end, and of an action that came to nothing. Where a process is killed before the engine
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
	isToTell := isPause(a) && ledger.IsFinal(a.GetState()) || isNotDone(a)
	if isToTell && !b.retries.isPast(a) {
		b.offer(ctx, endingOf(a))
	}
	return nil
}

// isNotDone reports whether a rule asked for the action in vain: the engine decides
// that it was refused, or given up.
func isNotDone(a *actionv1.Action) bool {
	isVain := a.GetState() == actionv1.State_STATE_REFUSED || a.GetState() == actionv1.State_STATE_FAILED
	return isVain && a.GetRule() != ""
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

// endingOf is how an action ended.
func endingOf(a *actionv1.Action) *routerv1.Input {
	return &routerv1.Input{Content: &routerv1.Input_ActionEnded{ActionEnded: &routerv1.ActionEnded{
		ActionId: a.GetId(), Source: a.GetSource(), Target: a.GetTarget(), State: a.GetState(), HasLease: hasLease(a),
		Type: a.GetType(), Detail: a.GetDetail(), Retries: a.GetRetries(), AskedBy: askedBy(a),
	}}}
}

// askedBy is what asked for the action.
func askedBy(a *actionv1.Action) *routerv1.AskedBy {
	return &routerv1.AskedBy{
		Rule: a.GetRule(), RuleSet: a.GetRuleSet(), EventId: a.GetEventId(), Key: a.GetKey(),
		Source: a.GetEventSource(), Entity: a.GetEventEntity(), Sequence: a.GetEventSequence(),
	}
}

// drifted counts a difference between a lease and the vendor's state, and tells of
// it.
func (b listening) drifted(ctx context.Context, d action.Difference) {
	b.metrics.drifted(d.Kind)
	b.offer(ctx, &routerv1.Input{Content: &routerv1.Input_Drift{Drift: &routerv1.Drift{
		Kind: string(d.Kind), Source: d.Action.GetSource(), Target: d.Action.GetTarget(), LeaseId: d.LeaseID,
		ActionId: d.Action.GetId(), Type: d.Action.GetType(), Detail: d.Detail, AskedBy: askedBy(d.Action),
	}}})
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
		b.logger.ErrorContext(ctx, "the engine does not hear of an approval, of an end or of a drift",
			slog.String("input", inputWord(in)), slog.Any("error", err))
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
