package router_test

import (
	"context"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router"
)

// backtestClient returns a client of a router that was not started: a backtest
// needs the streams alone.
func (r *rig) backtestClient() routerv1.RouterServiceClient {
	r.t.Helper()
	rules, err := router.LoadRules(r.config)
	require.NoError(r.t, err)
	routed, err := router.New(r.options(r.bus), rules)
	require.NoError(r.t, err)
	return r.dialed(routed)
}

// dialed returns a client of the router, with a server and a connection of its own.
func (r *rig) dialed(routed *router.Router) routerv1.RouterServiceClient {
	r.t.Helper()
	server := grpc.NewServer()
	router.NewServer(routed).Register(server)
	listener, err := (&net.ListenConfig{}).Listen(r.t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(r.t, err)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(r.t, err)
	r.t.Cleanup(func() {
		require.NoError(r.t, conn.Close())
		server.Stop()
		require.NoError(r.t, <-served)
	})
	return routerv1.NewRouterServiceClient(conn)
}

// backtested is a whole answer.
type backtested struct {
	lines       []string
	differences []*routerv1.BacktestDifference
	summary     *routerv1.BacktestSummary
}

func backtestBy(t *testing.T, client routerv1.RouterServiceClient, request *routerv1.BacktestRequest) (backtested, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	stream, err := client.Backtest(ctx, request)
	require.NoError(t, err)
	var all backtested
	for {
		piece, err := stream.Recv()
		if err == io.EOF { //nolint:errorlint // gRPC returns it as it is
			return all, nil
		}
		if err != nil {
			return all, err
		}
		require.Nil(t, all.summary, "the summary is last")
		for _, l := range piece.GetLines() {
			all.lines = append(all.lines, strings.Join([]string{l.GetOutcome(), l.GetRule(), l.GetEventId()}, " "))
		}
		all.differences = append(all.differences, piece.GetDifferences()...)
		all.summary = piece.GetSummary()
	}
}

func rulesFile(text string) []*routerv1.RulesFile {
	return []*routerv1.RulesFile{{Name: "given.yaml", Content: text}}
}

const praised = `
rules:
  - name: praised
    mode: auto
    on: [feedback]
    key: [feedback.alert_id]
    cooldown: 1h
    do: [{pause_alert: {source: anodot-prod, alert_id: "${feedback.alert_id}", for: 1h}}]
`

func TestBacktest_JudgesWhatIsStoredByTheGivenRules(t *testing.T) {
	t.Parallel()
	r := newRig(t, demoRules)
	client := r.backtestClient()
	var events []*eventv1.Event
	for i := range 3 {
		events = append(events, r.feedback(strconv.Itoa(i), "17", -30+i))
	}
	r.publish(events...)
	got, err := backtestBy(t, client, &routerv1.BacktestRequest{Rules: rulesFile(praised)})
	require.NoError(t, err)
	require.Equal(t, []string{
		"FIRED praised " + events[0].GetId(), "HELD_COOLDOWN praised " + events[1].GetId(), "HELD_COOLDOWN praised " + events[2].GetId(),
	}, got.lines, "the pause goes on beyond the end")
	require.EqualValues(t, 3, got.summary.GetEvents())
	require.EqualValues(t, 2, got.summary.GetPauses().GetVotesAvoided())
	require.Empty(t, r.ledger(), "nothing is done")
	require.Empty(t, r.decisions(), "nothing is published")

	got, err = backtestBy(t, client, &routerv1.BacktestRequest{
		Rules: rulesFile(praised), Outcomes: []string{"FIRED"}, From: timestamppb.New(time.Now().Add(-time.Hour)), To: timestamppb.Now(),
	})
	require.NoError(t, err)
	require.Equal(t, []string{"FIRED praised " + events[0].GetId()}, got.lines)

	got, err = backtestBy(t, client, &routerv1.BacktestRequest{
		Rules: rulesFile(praised), Against: rulesFile(strings.Replace(praised, "cooldown: 1h", "cooldown: 1s", 1)),
	})
	require.NoError(t, err)
	require.Empty(t, got.lines)
	require.Len(t, got.differences, 2)
	require.EqualValues(t, 2, got.summary.GetComparison().GetTotal().GetRemoved())
	require.EqualValues(t, 1, got.summary.GetComparison().GetTotal().GetSame())
}

func TestBacktest_RefusesWhatItCannotRun(t *testing.T) {
	t.Parallel()
	client := newRig(t, demoRules).backtestClient()
	now := time.Now()
	for field, request := range map[string]*routerv1.BacktestRequest{
		"rules":      {},
		"to":         {Rules: rulesFile(praised), From: timestamppb.New(now), To: timestamppb.New(now)},
		"from":       {Rules: rulesFile(praised), From: &timestamppb.Timestamp{Nanos: -1}},
		"outcomes":   {Rules: rulesFile(praised), Outcomes: []string{"fired"}},
		"rule_names": {Rules: rulesFile(praised), RuleNames: []string{"quiet"}},
	} {
		_, err := backtestBy(t, client, request)
		require.Equal(t, codes.InvalidArgument, status.Code(err), field)
		require.Equal(t, field, rpc.Metadata(err)["field"])
	}
	for _, request := range []*routerv1.BacktestRequest{
		{Rules: rulesFile(praised), Outcomes: slices.Repeat([]string{"FIRED"}, 100)},
		{Rules: rulesFile(praised), RuleNames: slices.Repeat([]string{"praised"}, 100)},
	} {
		_, err := backtestBy(t, client, request)
		require.ErrorContains(t, err, "more names than")
	}
	for _, request := range []*routerv1.BacktestRequest{
		{Rules: rulesFile(strings.Replace(praised, "anodot-prod", "another", 1))},
		{Rules: rulesFile(praised), Against: rulesFile("rules: [")},
	} {
		_, err := backtestBy(t, client, request)
		require.Equal(t, codes.InvalidArgument, status.Code(err))
		require.Equal(t, router.ReasonRulesRefused, rpc.Reason(err))
		problems := problemsIn(t, err)
		require.EqualValues(t, 1, problems.GetTotal())
		require.Equal(t, "given.yaml", problems.GetProblems()[0].GetFile())
		require.NotEmpty(t, problems.GetProblems()[0].GetMessage())
	}
}
