package ledger

import (
	"errors"
	"fmt"
	"slices"
	"time"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
)

// ErrTransition is returned for a step that the table does not hold.
var ErrTransition = errors.New("an action cannot make this step")

// steps returns the states that may follow from. Remaining in a state, to
// note why it lasts, is always allowed before the end.
func steps(from actionv1.State) []actionv1.State {
	switch from {
	case actionv1.State_STATE_AWAITING_APPROVAL:
		return []actionv1.State{
			actionv1.State_STATE_PENDING, actionv1.State_STATE_REJECTED, actionv1.State_STATE_EXPIRED,
		}
	case actionv1.State_STATE_PENDING:
		return []actionv1.State{
			actionv1.State_STATE_ATTEMPTING, actionv1.State_STATE_DONE, actionv1.State_STATE_FAILED,
			actionv1.State_STATE_EXPIRED, actionv1.State_STATE_REFUSED,
		}
	case actionv1.State_STATE_ATTEMPTING:
		return []actionv1.State{
			actionv1.State_STATE_PENDING, actionv1.State_STATE_DONE, actionv1.State_STATE_FAILED,
			actionv1.State_STATE_EXPIRED, actionv1.State_STATE_REFUSED,
		}
	default:
		return nil
	}
}

// IsFinal reports whether nothing follows state.
func IsFinal(state actionv1.State) bool { return len(steps(state)) == 0 }

// checkStep returns ErrTransition unless a may move to the state.
func checkStep(a *actionv1.Action, to actionv1.State) error {
	if a.GetState() == to && !IsFinal(to) {
		return nil
	}
	if slices.Contains(steps(a.GetState()), to) {
		return nil
	}
	return fmt.Errorf("move action %s from %s to %s: %w", a.GetId(), a.GetState(), to, ErrTransition)
}

// EndsLease reports whether the action ends a lease because its time is over: no
// rule has asked for it.
func EndsLease(a *actionv1.Action) bool {
	switch a.GetOperation().(type) {
	case *actionv1.Action_ResumeAlert, *actionv1.Action_ResumeStream,
		*actionv1.Action_DeleteWatcher, *actionv1.Action_DeleteExclusion:
		return a.GetRule() == ""
	default:
		return false
	}
}

// isUrgent reports whether the action waits for nothing: it ends what a lease holds.
func isUrgent(a *actionv1.Action) bool {
	return EndsLease(a) || a.GetResumeAlert() != nil || a.GetResumeStream() != nil
}

// awaited is the detail of an action that waits for approval: until when.
func awaited(a *actionv1.Action) string {
	if a.GetState() != actionv1.State_STATE_AWAITING_APPROVAL || a.GetExpiresAt() == nil {
		return ""
	}
	return "may be approved until " + a.GetExpiresAt().AsTime().Format(time.RFC3339)
}
