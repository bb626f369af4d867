package ledger

import (
	"errors"
	"fmt"
	"slices"

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
