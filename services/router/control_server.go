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
	"github.com/signalbox-io/signalbox/services/router/lease"
)

// ReleaseLease ends an active lease before its time. The reasons of its errors are
// LEASE_NOT_ACTIVE and NOT_RELEASED, after which nothing has happened.
func (s *Server) ReleaseLease(
	ctx context.Context, req *routerv1.ReleaseLeaseRequest,
) (*routerv1.ReleaseLeaseResponse, error) {
	if req.GetLeaseId() == "" {
		return nil, rpc.FieldViolation("lease_id", "it is empty; name a lease of ListLeases")
	}
	if err := checkPerson(req.GetBy(), req.GetReason()); err != nil {
		return nil, err
	}
	l, err := s.router.executor.ReleaseLease(ctx, req.GetLeaseId(), req.GetBy(), req.GetReason())
	switch {
	case errors.Is(err, lease.ErrNotActive):
		return nil, rpc.Error(codes.NotFound, "LEASE_NOT_ACTIVE", nil,
			"%s: %.64q; those that are active: signalbox leases list --filter 'lease.state == ACTIVE'", err, req.GetLeaseId())
	case err != nil:
		return nil, rpc.Error(codes.Unavailable, "NOT_RELEASED", nil, "%s; ask again", err)
	}
	return &routerv1.ReleaseLeaseResponse{Lease: l}, nil
}

// RetryAction has an action tried again that was given up or refused. The reasons of
// its errors are NO_SUCH_ACTION, NOT_RETRYABLE, which tells where the action stands,
// ACTION_OVER, ACTIONS_STOPPED, REFUSED_SAFETY and NOT_RECORDED.
func (s *Server) RetryAction(
	ctx context.Context, req *routerv1.RetryActionRequest,
) (*routerv1.RetryActionResponse, error) {
	if err := checkWord(req.GetActionId(), req.GetBy(), ""); err != nil {
		return nil, err
	}
	a, err := s.retry(ctx, req.GetActionId(), req.GetBy())
	if err != nil {
		return nil, err
	}
	return &routerv1.RetryActionResponse{Action: a}, nil
}

func (s *Server) retry(ctx context.Context, id, by string) (*actionv1.Action, error) {
	if err := s.checkStopped(); err != nil {
		return nil, err
	}
	a, err := s.router.executor.Retry(ctx, id, by)
	if err != nil {
		return nil, retryError(a, err)
	}
	return s.verdict(ctx, a)
}

func retryError(a *actionv1.Action, err error) error {
	state := strings.TrimPrefix(a.GetState().String(), "STATE_")
	switch {
	case errors.Is(err, action.ErrNotRetryable) && a.GetRetriedBy() != "" && !a.GetRetriedAt().AsTime().Before(a.GetUpdatedAt().AsTime()):
		return rpc.Error(codes.FailedPrecondition, "NOT_RETRYABLE", map[string]string{"state": state},
			"action %s is %s: %s has it tried again already", a.GetId(), state, a.GetRetriedBy())
	case errors.Is(err, action.ErrNotRetryable):
		return rpc.Error(codes.FailedPrecondition, "NOT_RETRYABLE", map[string]string{"state": state},
			"action %s is %s: only what is FAILED or REFUSED, and does not end a lease, is tried again", a.GetId(), state)
	case errors.Is(err, action.ErrOver):
		return rpc.Error(codes.FailedPrecondition, "ACTION_OVER", map[string]string{"state": state},
			"the time of action %s was over at %s; a rule asks again when an event asks for it", a.GetId(),
			a.GetExpiresAt().AsTime().Format(time.RFC3339))
	default:
		return wordError(a, err)
	}
}
