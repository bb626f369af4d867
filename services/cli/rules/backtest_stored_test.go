package rules_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/cli/exit"
)

// fakeRouter answers a backtest as it is told to.
type fakeRouter struct {
	routerv1.UnimplementedRouterServiceServer

	asked  *routerv1.BacktestRequest
	answer func(grpc.ServerStreamingServer[routerv1.BacktestResponse]) error
}

func (f *fakeRouter) Backtest(
	request *routerv1.BacktestRequest, stream grpc.ServerStreamingServer[routerv1.BacktestResponse],
) error {
	f.asked = request
	return f.answer(stream)
}

// serveRouter serves the fake, or a process without a router for nil, and
// returns its address.
func serveRouter(t *testing.T, f *fakeRouter) string {
	t.Helper()
	server := grpc.NewServer()
	if f != nil {
		routerv1.RegisterRouterServiceServer(server, f)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		require.NoError(t, <-served)
	})
	return listener.Addr().String()
}

func TestBacktest_AsksARunningSignalbox(t *testing.T) {
	t.Parallel()
	at := timestamppb.New(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC))
	f := &fakeRouter{answer: func(stream grpc.ServerStreamingServer[routerv1.BacktestResponse]) error {
		for _, piece := range []*routerv1.BacktestResponse{
			{Lines: []*routerv1.BacktestLine{{Rule: "quiet", Outcome: "FIRED", EventId: "a", Time: at, Key: []string{"17"}}}},
			{Progress: &routerv1.BacktestProgress{Events: 10, Total: 20}},
			{Lines: []*routerv1.BacktestLine{{Rule: "quiet", Outcome: "UNLESS", EventId: "b", Time: at}}},
			{Summary: &routerv1.BacktestSummary{Events: 20, RuleSet: "x"}},
		} {
			if err := stream.Send(piece); err != nil {
				return err
			}
		}
		return nil
	}}
	summary := filepath.Join(t.TempDir(), "summary.json")
	stdout, stderr, err := run("backtest", "--rules", backtestRules, "--against", backtestBefore, "--addr", serveRouter(t, f), "--output", "json",
		"--from", "2026-01-05T09:00:00Z", "--to", "1h ago", "--outcomes", "fired,unless", "--rule", "quiet", "--summary", summary)
	require.NoError(t, err)
	require.Equal(t, []string{
		`{"actions":[],"causes":[],"clause":"","detail":"","entity":"","eventId":"a","key":["17"],"outcome":"FIRED","rule":"quiet","source":"","time":"2026-01-05T09:00:00Z"}`,
		`{"actions":[],"causes":[],"clause":"","detail":"","entity":"","eventId":"b","key":[],"outcome":"UNLESS","rule":"quiet","source":"","time":"2026-01-05T09:00:00Z"}`,
	}, strings.Split(strings.TrimSpace(stdout), "\n"))
	require.Equal(t, "20 events, 0 duplicates, 0 late\n", stderr)
	require.FileExists(t, summary)

	rules, err := os.ReadFile(backtestRules)
	require.NoError(t, err)
	require.Equal(t, string(rules), f.asked.GetRules()[0].GetContent())
	require.Equal(t, backtestBefore, f.asked.GetAgainst()[0].GetName())
	require.Equal(t, []string{"FIRED", "UNLESS"}, f.asked.GetOutcomes())
	require.Equal(t, []string{"quiet"}, f.asked.GetRuleNames())
	require.Equal(t, at.AsTime(), f.asked.GetFrom().AsTime())
	require.InDelta(t, time.Now().Add(-time.Hour).Unix(), f.asked.GetTo().AsTime().Unix(), 60)
}

func TestBacktest_SaysWhatWentWrongThere(t *testing.T) {
	t.Parallel()
	refused, err := status.New(codes.InvalidArgument, "the rules files have 1 problems").WithDetails(&routerv1.RuleProblems{
		Total: 1, Problems: []*routerv1.RuleProblem{{File: "a.yaml", Line: 2, Column: 3, Rule: "quiet", Message: "wrong", Text: "  wrong"}},
	})
	require.NoError(t, err)
	for name, test := range map[string]struct {
		answer       func(grpc.ServerStreamingServer[routerv1.BacktestResponse]) error
		want, stderr string
		code         int
	}{
		"no router": {nil, "does not run the router; name one that does with --addr", "", exit.CodeFailure},
		"rules": {
			func(grpc.ServerStreamingServer[routerv1.BacktestResponse]) error { return refused.Err() },
			"the rules have 1 fault", "a.yaml:2:3: rule quiet: wrong\n      wrong\n      ^\n", exit.CodeFailure,
		},
		"busy": {
			func(grpc.ServerStreamingServer[routerv1.BacktestResponse]) error {
				return status.Error(codes.ResourceExhausted, "2 backtests run already")
			},
			"backtest: 2 backtests run already", "", exit.CodeFailure,
		},
		"cut off": {
			func(grpc.ServerStreamingServer[routerv1.BacktestResponse]) error { return nil },
			"ended the stream", "", exit.CodeFailure,
		},
		"silent": {
			func(stream grpc.ServerStreamingServer[routerv1.BacktestResponse]) error {
				<-stream.Context().Done()
				return context.Cause(stream.Context())
			},
			"within 300ms; raise --timeout", "", exit.CodeFailure,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var f *fakeRouter
			if test.answer != nil {
				f = &fakeRouter{answer: test.answer}
			}
			timeout := "30s"
			if name == "silent" {
				timeout = "300ms"
			}
			_, stderr, err := run("backtest", "--rules", backtestRules, "--from", "1d ago", "--addr", serveRouter(t, f), "--timeout", timeout)
			require.ErrorContains(t, err, test.want)
			require.Equal(t, test.stderr, stderr)
			require.Equal(t, test.code, exit.Code(err))
		})
	}
}

// TestBacktest_WaitsWhileThereAreSigns lets an answer take longer than the
// longest wait for a sign.
func TestBacktest_WaitsWhileThereAreSigns(t *testing.T) {
	t.Parallel()
	f := &fakeRouter{answer: func(stream grpc.ServerStreamingServer[routerv1.BacktestResponse]) error {
		signs := time.NewTicker(100 * time.Millisecond)
		defer signs.Stop()
		for began := time.Now(); time.Since(began) < 6*time.Second; {
			select {
			case <-signs.C:
			case <-stream.Context().Done():
				return stream.Context().Err()
			}
			if err := stream.Send(&routerv1.BacktestResponse{Progress: &routerv1.BacktestProgress{Events: 1, Total: 2}}); err != nil {
				return err
			}
		}
		return stream.Send(&routerv1.BacktestResponse{Summary: &routerv1.BacktestSummary{Events: 2}})
	}}
	stdout, stderr, err := run("backtest", "--rules", backtestRules, "--from", "1d ago", "--addr", serveRouter(t, f), "--timeout", "5s", "--progress")
	require.NoError(t, err)
	require.Contains(t, stderr, "1 events, ")
	require.Contains(t, stderr, " 50 %, ")
	require.Contains(t, stdout, "2 events, 0 duplicates, 0 late\n")
}
