package query_test

import (
	"context"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	deadv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/dead/v1"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/cli/exit"
	"github.com/signalbox-io/signalbox/services/cli/query"
)

// controls is a router that does what it is told.
type controls struct {
	routerv1.UnimplementedRouterServiceServer
	queryv1.UnimplementedQueryServiceServer
	stands *routerv1.StopSwitch
	said   []string
}

func (c *controls) StopActions(_ context.Context, r *routerv1.StopActionsRequest) (*routerv1.StopActionsResponse, error) {
	if c.stands.GetByHand() == nil {
		c.stands.ByHand = &routerv1.Stop{By: r.GetBy(), At: at(0), Reason: r.GetReason()}
	}
	return &routerv1.StopActionsResponse{StopSwitch: c.stands}, nil
}

func (c *controls) StartActions(context.Context, *routerv1.StartActionsRequest) (*routerv1.StartActionsResponse, error) {
	c.stands.ByHand = nil
	return &routerv1.StartActionsResponse{StopSwitch: c.stands}, nil
}

func (c *controls) GetStatus(context.Context, *routerv1.GetStatusRequest) (*routerv1.GetStatusResponse, error) {
	return &routerv1.GetStatusResponse{StopSwitch: c.stands}, nil
}

func (c *controls) ReleaseLease(_ context.Context, r *routerv1.ReleaseLeaseRequest) (*routerv1.ReleaseLeaseResponse, error) {
	c.said = append(c.said, "release "+r.GetLeaseId()+" "+r.GetBy()+" "+r.GetReason())
	if r.GetLeaseId() == "gone" {
		return nil, rpc.Error(codes.NotFound, "LEASE_NOT_ACTIVE", nil, "no active lease has this id")
	}
	return &routerv1.ReleaseLeaseResponse{Lease: &actionv1.Lease{
		Id: r.GetLeaseId(), Source: "anodot-prod", Target: "alert:17", Until: at(0), ReleasedBy: r.GetBy(),
	}}, nil
}

func (c *controls) RetryAction(_ context.Context, r *routerv1.RetryActionRequest) (*routerv1.RetryActionResponse, error) {
	return &routerv1.RetryActionResponse{Action: &actionv1.Action{
		Id: r.GetActionId(), State: actionv1.State_STATE_PENDING, Type: "publish", Source: "signalbox", Target: "subject:x",
		DecidedBy: "bob", RetriedBy: r.GetBy(), Retries: 1,
	}}, nil
}

func (c *controls) ListDeadLetters(_ context.Context, r *queryv1.ListDeadLettersRequest) (*queryv1.ListDeadLettersResponse, error) {
	switch r.GetFilter() {
	case "false":
		return &queryv1.ListDeadLettersResponse{}, nil
	case "dead.id == '4'":
		return &queryv1.ListDeadLettersResponse{DeadLetters: []*deadv1.DeadLetter{{Id: "4"}}}, nil
	}
	return &queryv1.ListDeadLettersResponse{DeadLetters: []*deadv1.DeadLetter{
		{Id: "4"}, {Id: "3", Redrive: &deadv1.Redrive{By: "bob"}}, {Id: "1"},
	}}, nil
}

func (c *controls) RedriveDeadLetter(
	_ context.Context, r *routerv1.RedriveDeadLetterRequest,
) (*routerv1.RedriveDeadLetterResponse, error) {
	c.said = append(c.said, "redrive "+r.GetId()+" "+r.GetBy())
	switch {
	case r.GetId() == "4":
		return &routerv1.RedriveDeadLetterResponse{Outcome: routerv1.RedriveDeadLetterResponse_OUTCOME_CANNOT_REDRIVE, Detail: "poll it"}, nil
	case r.GetDryRun():
		return &routerv1.RedriveDeadLetterResponse{Outcome: routerv1.RedriveDeadLetterResponse_OUTCOME_WOULD_REDRIVE, Detail: "judged"}, nil
	default:
		return &routerv1.RedriveDeadLetterResponse{Outcome: routerv1.RedriveDeadLetterResponse_OUTCOME_REDRIVEN, Detail: "judged"}, nil
	}
}

// serveControls returns how a command is run against a process with the router and query.
func serveControls(t *testing.T, c *controls) func(command *cobra.Command, args ...string) (out, side string, err error) {
	t.Helper()
	addr := serveServices(t, func(server *grpc.Server) {
		routerv1.RegisterRouterServiceServer(server, c)
		queryv1.RegisterQueryServiceServer(server, c)
	})
	return func(command *cobra.Command, args ...string) (string, string, error) {
		return run(t.Context(), command, append(args, "--addr", addr)...)
	}
}

// serveServices returns the address of a process with the services that register adds.
func serveServices(t *testing.T, register func(*grpc.Server)) string {
	t.Helper()
	listener, server := listen(t), grpc.NewServer()
	register(server)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		require.NoError(t, <-ended)
	})
	return listener.Addr().String()
}

func TestActions_StopAndStart(t *testing.T) {
	t.Parallel()
	c := &controls{stands: &routerv1.StopSwitch{}}
	do := serveControls(t, c)
	out, _, err := do(query.NewActions(), "status")
	require.NoError(t, err)
	require.Equal(t, "actions are not stopped\n", out)
	for _, args := range [][]string{{"stop", "--by", "ann", "--reason", "fire"}, {"status"}} {
		out, _, err = do(query.NewActions(), args...)
		require.NoError(t, err)
		require.Equal(t, "actions are stopped by ann since 2026-03-01T09:00:30Z: fire\n", out)
	}
	out, _, err = do(query.NewActions(), "stop", "--by", "bob", "--reason", "flood")
	require.NoError(t, err)
	require.Equal(t, "nothing changed, they were stopped already: actions are stopped by ann since 2026-03-01T09:00:30Z: fire\n", out)
	c.stands.ByConfiguration = &routerv1.Stop{By: "start", At: at(1)}
	out, _, err = do(query.NewActions(), "start", "--by", "bob")
	require.ErrorContains(t, err, "still stopped by the configuration")
	require.Contains(t, out, "actions are stopped by safety.stop in the configuration since ")
	c.stands.ByConfiguration = nil
	out, _, err = do(query.NewActions(), "start", "--by", "bob", "--output", "json")
	require.NoError(t, err)
	require.Equal(t, "{}\n", out)
}

func TestControls_ReleaseAndRetry(t *testing.T) {
	t.Parallel()
	c := &controls{}
	do := serveControls(t, c)
	out, _, err := do(query.NewLeases(), "release", "l1", "--by", "ann", "--reason", "over")
	require.NoError(t, err)
	require.Equal(t, "resuming anodot-prod alert:17: the lease is over since 2026-03-01T09:00:30Z by ann\n", out)
	_, _, err = do(query.NewLeases(), "release", "gone", "--by", "ann")
	require.ErrorContains(t, err, "release the lease: no active lease has this id")
	out, _, err = do(query.NewActions(), "retry", "a1", "--by", "ann")
	require.NoError(t, err)
	require.Equal(t, "PENDING publish signalbox subject:x by ann\n", out)
	require.Equal(t, []string{"release l1 ann over", "release gone ann "}, c.said)
}

func TestDead_Redrive(t *testing.T) {
	t.Parallel()
	c := &controls{}
	do := serveControls(t, c)
	out, side, err := do(query.NewDead(), "redrive", "--all", "--by", "ann")
	require.NoError(t, err, "nothing is done without --yes")
	require.Equal(t, "1 would redrive: judged\n4 cannot redrive: poll it\n", out, "the oldest first, and none that was redriven")
	require.Equal(t, "would be redriven: 1, were before: 0, cannot be: 1; nothing was done: add --yes\n", side)
	_, side, err = do(query.NewDead(), "redrive", "--all", "--yes", "--dry-run", "--by", "ann")
	require.NoError(t, err)
	require.Equal(t, "would be redriven: 1, were before: 0, cannot be: 1; nothing was done\n", side, "--yes is there")
	_, side, err = do(query.NewDead(), "redrive", "--filter", "dead.id == '4'", "--by", "ann")
	require.NoError(t, err)
	require.Equal(t, "would be redriven: 0, were before: 0, cannot be: 1; nothing was done\n", side, "--yes would do nothing")
	out, side, err = do(query.NewDead(), "redrive", "--all", "--yes", "--by", "ann")
	require.ErrorContains(t, err, "not every dead letter")
	require.Equal(t, 1, exit.Code(err))
	require.Equal(t, "1 redriven: judged\n4 cannot redrive: poll it\n", out)
	require.Equal(t, "redriven: 1, before: 0, cannot be: 1\n", side)
	out, _, err = do(query.NewDead(), "redrive", "1", "--by", "ann")
	require.NoError(t, err)
	require.Equal(t, "1 redriven: judged\n", out)
	out, _, err = do(query.NewDead(), "redrive", "1", "--dry-run", "--by", "ann")
	require.NoError(t, err)
	require.Equal(t, "1 would redrive: judged\n", out)
	for _, args := range [][]string{
		{"redrive"},
		{"redrive", "1", "--all"},
		{"redrive", "--all", "--filter", "true"},
		{"redrive", "1", "--query-addr", "query:1"},
	} {
		_, _, err = do(query.NewDead(), args...)
		require.Equal(t, 2, exit.Code(err), args)
	}
}

// The router and query may run in different processes, as they do in containers.
func TestDead_RedriveWhereQueryRunsElsewhere(t *testing.T) {
	t.Parallel()
	c := &controls{}
	router := serveServices(t, func(s *grpc.Server) { routerv1.RegisterRouterServiceServer(s, c) })
	elsewhere := serveServices(t, func(s *grpc.Server) { queryv1.RegisterQueryServiceServer(s, c) })
	out, _, err := run(t.Context(), query.NewDead(), "redrive", "--all", "--by", "ann", "--addr", router, "--query-addr", elsewhere)
	require.NoError(t, err)
	require.Equal(t, "1 would redrive: judged\n4 cannot redrive: poll it\n", out)
	_, _, err = run(t.Context(), query.NewDead(), "redrive", "--all", "--by", "ann", "--addr", router)
	require.EqualError(t, err, "list dead letters: no query runs in the process at "+router+"; name one that does with --query-addr")
	_, _, err = run(t.Context(), query.NewDead(), "redrive", "--all", "--by", "ann", "--addr", elsewhere)
	require.EqualError(t, err, "redrive dead letter 1: no router runs in the process at "+elsewhere+"; name one that does with --addr")
	_, _, err = run(t.Context(), query.NewDead(), "redrive", "--all", "--by", "ann", "--addr", router, "--query-addr", "query")
	require.ErrorContains(t, err, `--query-addr "query" is no address`)
}

func TestDead_NothingIsLeftToRedrive(t *testing.T) {
	t.Parallel()
	c := &controls{}
	do := serveControls(t, c)
	_, side, err := do(query.NewDead(), "redrive", "--filter", "false", "--yes", "--by", "ann")
	require.NoError(t, err)
	require.Equal(t, "no dead letters are left to redrive\n", side)
	require.Empty(t, c.said)
}
