package router

import (
	"context"
	"errors"
	"strings"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/action"
)

// Bounds of what a person says, in bytes.
const (
	maxBy     = 200
	maxReason = 300
)

// verdictTime is how long the answer waits for safety. A router that is far behind
// takes longer to ask it; then the answer is that the action is approved, and what
// becomes of it is in its record.
const verdictTime = 5 * time.Second

// ApproveAction lets a suggested action be done. The reasons of its errors are
// NO_SUCH_ACTION, NOT_AWAITING_APPROVAL, which tells where the action stands,
// ACTIONS_STOPPED, after which it still waits, and REFUSED_SAFETY: too much is paused
// meanwhile, or the alert is never touched.
func (s *Server) ApproveAction(
	ctx context.Context, req *routerv1.ApproveActionRequest,
) (*routerv1.ApproveActionResponse, error) {
	if err := checkWord(req.GetActionId(), req.GetBy(), ""); err != nil {
		return nil, err
	}
	if err := s.checkStopped(); err != nil {
		return nil, err
	}
	a, err := s.router.executor.Approve(ctx, req.GetActionId(), req.GetBy())
	if err != nil {
		return nil, wordError(a, err)
	}
	if a, err = s.verdict(ctx, a); err != nil {
		return nil, err
	}
	return &routerv1.ApproveActionResponse{Action: a}, nil
}

// verdict returns the approved action as safety lets it stand.
func (s *Server) verdict(ctx context.Context, approved *actionv1.Action) (*actionv1.Action, error) {
	ctx, cancel := context.WithTimeout(ctx, verdictTime)
	defer cancel()
	a, err := s.router.executor.Await(ctx, approved.GetId())
	if err != nil {
		a = approved // whatever becomes of it
	}
	switch a.GetState() {
	case actionv1.State_STATE_REFUSED:
		return nil, rpc.Error(codes.FailedPrecondition, "REFUSED_SAFETY", nil,
			"action %s is refused: %s; see docs/rules.md", a.GetId(), a.GetDetail())
	default:
		return a, nil
	}
}

// RejectAction ends a suggested action. Its errors are those of ApproveAction.
func (s *Server) RejectAction(
	ctx context.Context, req *routerv1.RejectActionRequest,
) (*routerv1.RejectActionResponse, error) {
	if err := checkWord(req.GetActionId(), req.GetBy(), req.GetReason()); err != nil {
		return nil, err
	}
	a, err := s.router.executor.Reject(ctx, req.GetActionId(), req.GetBy(), req.GetReason())
	if err != nil {
		return nil, wordError(a, err)
	}
	return &routerv1.RejectActionResponse{Action: a}, nil
}

func checkWord(id, by, reason string) error {
	if id == "" {
		return rpc.FieldViolation("action_id", "it is empty; name an action of ListActions")
	}
	return checkPerson(by, reason)
}

func wordError(a *actionv1.Action, err error) error {
	switch {
	case errors.Is(err, action.ErrNoSuchAction):
		return rpc.Error(codes.NotFound, "NO_SUCH_ACTION", nil, "%s; see signalbox actions list", err)
	case errors.Is(err, action.ErrNotAwaiting):
		state := strings.TrimPrefix(a.GetState().String(), "STATE_")
		text := "action " + a.GetId() + " does not wait for approval: it is " + state
		if a.GetDecidedBy() != "" {
			text += ", as " + a.GetDecidedBy() + " decided"
		}
		return rpc.Error(codes.FailedPrecondition, "NOT_AWAITING_APPROVAL", map[string]string{"state": state}, "%s", text)
	default:
		return rpc.Error(codes.Unavailable, "NOT_RECORDED", nil, "%s; ask again", err)
	}
}
