package query_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/cli/query"
)

// words is a router that notes what people say.
type words struct {
	routerv1.UnimplementedRouterServiceServer
	said []string
}

func (w *words) ApproveAction(_ context.Context, r *routerv1.ApproveActionRequest) (*routerv1.ApproveActionResponse, error) {
	w.said = append(w.said, "approve "+r.GetActionId()+" "+r.GetBy())
	if r.GetActionId() == "late" {
		return nil, rpc.Error(codes.FailedPrecondition, "NOT_AWAITING_APPROVAL", nil, "action late does not wait for approval: it is EXPIRED")
	}
	return &routerv1.ApproveActionResponse{Action: &actionv1.Action{
		Id: r.GetActionId(), State: actionv1.State_STATE_PENDING, Type: "pause_alert", Source: "anodot-prod",
		Target: "alert:17", ExpiresAt: at(30), DecidedBy: r.GetBy(),
	}}, nil
}

func (w *words) RejectAction(_ context.Context, r *routerv1.RejectActionRequest) (*routerv1.RejectActionResponse, error) {
	w.said = append(w.said, "reject "+r.GetActionId()+" "+r.GetBy()+" "+r.GetReason())
	return &routerv1.RejectActionResponse{Action: &actionv1.Action{
		Id: r.GetActionId(), State: actionv1.State_STATE_REJECTED, Type: "publish", Source: "signalbox",
		Target: "subject:x", DecidedBy: r.GetBy(),
	}}, nil
}

func TestActions_ApproveAndReject(t *testing.T) {
	t.Parallel()
	w := &words{}
	listener, server := listen(t), grpc.NewServer()
	routerv1.RegisterRouterServiceServer(server, w)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	addr := listener.Addr().String()

	out, _, err := run(t.Context(), query.NewActions(), "approve", "a1", "--by", "ann", "--addr", addr)
	require.NoError(t, err)
	require.Equal(t, "PENDING pause_alert anodot-prod alert:17 until 2026-03-01T09:30:30Z by ann\n", out)
	out, _, err = run(t.Context(), query.NewActions(), "reject", "a2", "--by", "bob", "--reason", "no", "--addr", addr)
	require.NoError(t, err)
	require.Equal(t, "REJECTED publish signalbox subject:x by bob\n", out)
	_, _, err = run(t.Context(), query.NewActions(), "approve", "late", "--by", "ann", "--addr", addr)
	require.ErrorContains(t, err, "it is EXPIRED")
	_, _, err = run(t.Context(), query.NewActions(), "approve", "a1", "--addr", addr, "--output", "json")
	require.NoError(t, err, "the user of the machine decides")
	server.Stop()
	require.NoError(t, <-ended)
	require.Equal(t, []string{"approve a1 ann", "reject a2 bob no", "approve late ann"}, w.said[:3])
}
