package router

import (
	"context"
	"strings"
	"unicode/utf8"

	"google.golang.org/grpc/codes"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
)

// StopActions stops every action but those that end a pause or a lease. The reason
// of its errors is NOT_RECORDED: nothing is done any more, but a process that starts
// may not know of it.
func (s *Server) StopActions(
	ctx context.Context, req *routerv1.StopActionsRequest,
) (*routerv1.StopActionsResponse, error) {
	if err := checkPerson(req.GetBy(), req.GetReason()); err != nil {
		return nil, err
	}
	stands, err := s.router.StopActions(ctx, req.GetBy(), req.GetReason())
	if err != nil {
		return nil, rpc.Error(codes.Unavailable, "NOT_RECORDED", nil,
			"this process asks for no action any more, but the stop is not recorded: %s; ask again", err)
	}
	return &routerv1.StopActionsResponse{StopSwitch: stands}, nil
}

// StartActions lets actions go on. The reason of its errors is NOT_RECORDED.
func (s *Server) StartActions(
	ctx context.Context, req *routerv1.StartActionsRequest,
) (*routerv1.StartActionsResponse, error) {
	if err := checkPerson(req.GetBy(), ""); err != nil {
		return nil, err
	}
	stands, err := s.router.StartActions(ctx, req.GetBy())
	if err != nil {
		return nil, rpc.Error(codes.Unavailable, "NOT_RECORDED", nil, "actions stay stopped: %s; ask again", err)
	}
	return &routerv1.StartActionsResponse{StopSwitch: stands}, nil
}

// checkPerson checks who asks for something, and why.
func checkPerson(by, reason string) error {
	switch {
	case strings.TrimSpace(by) == "":
		return rpc.FieldViolation("by", "it is empty; say who decides")
	case len(by) > maxBy || !utf8.ValidString(by):
		return rpc.FieldViolation("by", "expected at most %d bytes of text", maxBy)
	case len(reason) > maxReason || !utf8.ValidString(reason):
		return rpc.FieldViolation("reason", "expected at most %d bytes of text", maxReason)
	default:
		return nil
	}
}

// checkStopped refuses what a person asks for while actions are stopped: nothing
// changes by it, so that they may ask again.
func (s *Server) checkStopped() error {
	text := engine.StopText(s.router.stop.get())
	if text == "" {
		return nil
	}
	return rpc.Error(codes.FailedPrecondition, "ACTIONS_STOPPED", nil, "%s; see signalbox actions start", text)
}
