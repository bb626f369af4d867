package router_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router"
)

// pairOf returns one router that decides and one that stands by.
func (r *rig) pairOf(change ...func(*router.Options)) (active, standby *replica) {
	r.t.Helper()
	change = append(change, func(o *router.Options) { o.TakeOverAfter = time.Hour })
	active = r.replica(r.bus, change...)
	fleet{active}.awaitActive(r.t)
	standby = r.replica(r.bus, change...)
	until(r.t, "the other one stands by", func() bool {
		place := standby.status().GetReplica()
		return place.GetActive() != "" && place.GetEpoch() == active.status().GetReplica().GetEpoch()
	})
	return active, standby
}

func TestReplicaServer_PassesOnWhatChangesSomething(t *testing.T) {
	t.Parallel()
	r := newRig(t, suggestsPause)
	_, standby := r.pairOf()
	r.publish(r.feedback("v1", "17", 1))
	until(t, "a pause is suggested", func() bool { return len(r.suggested()) == 1 && len(r.brief()) == 1 })
	id := r.suggested()[0].GetId()

	_, err := standby.ApproveAction(t.Context(), &routerv1.ApproveActionRequest{ActionId: id})
	require.Equal(t, codes.InvalidArgument, status.Code(err), "errors come back as they are")
	require.Equal(t, rpc.ReasonInvalidField, rpc.Reason(err))
	answer, err := standby.ApproveAction(t.Context(), &routerv1.ApproveActionRequest{ActionId: id, By: "ann"})
	require.NoError(t, err)
	require.Equal(t, "ann", answer.GetAction().GetDecidedBy())
	until(t, "it is done", func() bool { return r.ledger()["pause_alert alert:17"] == "STATE_DONE" })
	reloaded, err := standby.ReloadRules(t.Context(), &routerv1.ReloadRulesRequest{})
	require.NoError(t, err)
	require.Equal(t, r.version(), reloaded.GetRuleSet())

	rules, err := standby.ListRules(t.Context(), &routerv1.ListRulesRequest{})
	require.NoError(t, err)
	require.Equal(t, r.version(), rules.GetRuleSet().GetVersion())
	backtest, err := standby.Backtest(t.Context(), &routerv1.BacktestRequest{
		Rules: []*routerv1.RulesFile{{Name: "rules.yaml", Content: suggestsPause}},
	})
	require.NoError(t, err)
	piece, err := backtest.Recv()
	require.NoError(t, err)
	require.NotEmpty(t, piece.GetLines())
}

func TestReplicaServer_NamesTheOneThatDecidesWhereItCannotBeReached(t *testing.T) {
	t.Parallel()
	r := newRig(t, demoRules)
	active, standby := r.pairOf(func(o *router.Options) { o.Address = "127.0.0.1:1" })
	_, err := standby.ReloadRules(t.Context(), &routerv1.ReloadRulesRequest{})
	require.Equal(t, codes.Unavailable, status.Code(err))
	require.Equal(t, router.ReasonNotActive, rpc.Reason(err))
	require.Equal(t, "127.0.0.1:1", rpc.Metadata(err)["address"])
	require.Equal(t, active.status().GetReplica().GetActive(), rpc.Metadata(err)["active"])
}

// Two routers that take each other for the one that decides do not pass a call to
// and fro.
func TestReplicaServer_PassesACallOnOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, demoRules)
	_, standby := r.pairOf()
	ctx := metadata.AppendToOutgoingContext(context.Background(), "signalbox-forwarded-by", "another")
	_, err := standby.ReloadRules(ctx, &routerv1.ReloadRulesRequest{})
	require.Equal(t, router.ReasonNotActive, rpc.Reason(err))
}
