package rules_test

import (
	"context"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/cli/client"
	"github.com/signalbox-io/signalbox/services/cli/exit"
)

// ruling is a router with two rules.
type ruling struct {
	routerv1.UnimplementedRouterServiceServer

	refusal *routerv1.RuleProblems
	answer  *routerv1.ReloadRulesResponse
}

func (r *ruling) ReloadRules(context.Context, *routerv1.ReloadRulesRequest) (*routerv1.ReloadRulesResponse, error) {
	if r.refusal == nil {
		return r.answer, nil
	}
	refused, err := status.New(codes.FailedPrecondition, "refused").WithDetails(r.refusal)
	if err != nil {
		return nil, err
	}
	return nil, refused.Err()
}

func (r *ruling) ListRules(_ context.Context, request *routerv1.ListRulesRequest) (*routerv1.ListRulesResponse, error) {
	if request.GetRuleSet() != "" {
		return nil, rpc.Error(codes.NotFound, "NO_SUCH_RULE_SET", nil, "rule set %q is not kept", request.GetRuleSet())
	}
	response := &routerv1.ListRulesResponse{RuleSet: &routerv1.RuleSet{
		Version: "v2", By: "file", Since: timestamppb.New(time.Date(2026, 9, 24, 10, 0, 0, 0, time.UTC)),
		Rules: []*routerv1.RuleSummary{
			{Name: "quiet", Mode: "auto", Description: "Noise.", On: []string{"feedback"}, Actions: []string{"pause_alert", "publish"}, File: "/r/a.yaml", Line: 3, Class: "indexed", Key: []string{"feedback.alert_id"}, Keys: 12},
			{Name: "count", Mode: "off", On: []string{"anomaly", "traffic"}},
		},
	}}
	if r.refusal != nil {
		response.Refusal = &routerv1.Refusal{At: response.GetRuleSet().GetSince(), By: "file", Problems: r.refusal}
	}
	return response, nil
}

func (r *ruling) GetRule(_ context.Context, request *routerv1.GetRuleRequest) (*routerv1.GetRuleResponse, error) {
	return &routerv1.GetRuleResponse{
		Rule: &routerv1.RuleSummary{Name: request.GetName(), File: "/r/a.yaml", Line: 3},
		Text: "  - name: " + request.GetName() + "\n    mode: auto", RuleSet: "v2",
	}, nil
}

func serveRuling(t *testing.T, r *ruling) string {
	t.Helper()
	server := grpc.NewServer()
	routerv1.RegisterRouterServiceServer(server, r)
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

func TestReload_TellsWhatHasChanged(t *testing.T) {
	t.Parallel()
	r := &ruling{answer: &routerv1.ReloadRulesResponse{
		OldRuleSet: "v1", RuleSet: "v2", Added: []string{"a"}, Removed: []string{"b"}, Changed: []string{"c", "d"},
	}}
	addr := serveRuling(t, r)
	out, errors, err := run("reload", "--addr", addr)
	require.NoError(t, err)
	require.Equal(t, "rule set v2, before v1\nadded    a\nremoved  b\nchanged  c\nchanged  d\n", out)
	require.Empty(t, errors)

	r.answer = &routerv1.ReloadRulesResponse{OldRuleSet: "v2", RuleSet: "v2"}
	out, _, err = run("reload", "--addr", addr)
	require.NoError(t, err)
	require.Equal(t, "rule set v2, unchanged\n", out)
}

func refusal() *routerv1.RuleProblems {
	return &routerv1.RuleProblems{Total: 4, Problems: []*routerv1.RuleProblem{
		{File: "/r/a.yaml", Line: 3, Column: 5, Rule: "quiet", Message: "expected a mode", Text: "    mode: x"},
		{File: "/r/b.yaml", Line: 1, Column: 1, Message: "expected rules\x1b[2J"},
		{Message: "open rules file: there is none"},
	}}
}

func TestReload_TellsEveryProblemOfARefusal(t *testing.T) {
	t.Parallel()
	out, errors, err := run("reload", "--addr", serveRuling(t, &ruling{refusal: refusal()}))
	require.ErrorContains(t, err, "4 problems")
	require.Equal(t, exit.CodeFailure, exit.Code(err))
	require.Empty(t, out)
	require.Equal(t, "/r/a.yaml:3:5: rule quiet: expected a mode\n        mode: x\n        ^\n"+
		"/r/b.yaml:1:1: expected rules[2J\nopen rules file: there is none\nand 1 more\n", errors)
}

func TestList_ShowsWhatDecides(t *testing.T) {
	t.Parallel()
	r := &ruling{}
	addr := serveRuling(t, r)
	out, errors, err := run("list", "--addr", addr)
	require.NoError(t, err)
	require.Equal(t, ""+
		"NAME   MODE  ON               KEYS  ACTIONS\n"+
		"quiet  auto  feedback         12    pause_alert,publish\n"+
		"count  off   anomaly,traffic  -     -\n", out)
	require.Equal(t, "rule set v2, since 2026-09-24T10:00:00Z by file: 2 rules\n", errors)

	out, _, err = run("list", "--addr", addr, "--wide")
	require.NoError(t, err)
	require.Equal(t, ""+
		"NAME   MODE  ON               KEYS  ACTIONS              CLASS    PLACE\n"+
		"quiet  auto  feedback         12    pause_alert,publish  indexed  /r/a.yaml:3\n"+
		"count  off   anomaly,traffic  -     -                    -        -\n", out)

	out, _, err = run("list", "--addr", addr, "--output", "json")
	require.NoError(t, err)
	require.Contains(t, out, `{"name":"count","mode":"off","description":"","on":["anomaly","traffic"],"actions":[],"file":"","line":0,"class":"","key":[],"keys":0}`)

	r.refusal = refusal()
	_, errors, err = run("list", "--addr", addr)
	require.NoError(t, err)
	require.Contains(t, errors, "refused at 2026-09-24T10:00:00Z:\n/r/a.yaml:3:5: ")

	_, _, err = run("list", "--addr", addr, "--rule-set", "v0")
	require.ErrorContains(t, err, `rule set "v0" is not kept`)
	_, _, err = run("list", "--addr", addr, "--output", "xml")
	require.Equal(t, exit.CodeUsage, exit.Code(err))
}

func TestGet_ShowsTheTextOfARule(t *testing.T) {
	t.Parallel()
	addr := serveRuling(t, &ruling{})
	out, errors, err := run("get", "quiet", "--addr", addr)
	require.NoError(t, err)
	require.Equal(t, "  - name: quiet\n    mode: auto\n", out)
	require.Equal(t, "/r/a.yaml:3, rule set v2\n", errors)
}

func TestRunning_SaysWhatToDoWithoutARouter(t *testing.T) {
	t.Parallel()
	addr := serveRouter(t, nil)
	for _, args := range [][]string{{"reload"}, {"list"}, {"get", "quiet"}} {
		_, _, err := run(append(args, "--addr", addr)...)
		require.ErrorContains(t, err, "no router runs in the process at "+addr)
		_, _, err = run(append(args, "--addr", "127.0.0.1:1")...)
		require.ErrorContains(t, err, "cannot reach 127.0.0.1:1")
	}
}

func TestCompletion_NamesRules(t *testing.T) {
	t.Parallel()
	addr := serveRuling(t, &ruling{})
	out, _, err := run("__complete", "get", "--addr", addr, "")
	require.NoError(t, err)
	require.Equal(t, "quiet\tauto: Noise.\ncount\toff\n:4\n", out)
	out, _, err = run("__complete", "get", "--addr", "127.0.0.1:1", "")
	require.NoError(t, err)
	require.Equal(t, ":4\n", out)
	out, _, err = run("__complete", "get", "--addr", addr, "quiet", "")
	require.NoError(t, err)
	require.Equal(t, ":4\n", out)
}

func TestCompletion_ReadsTheFilesThatAreGiven(t *testing.T) {
	t.Parallel()
	file := write(t, "a.yaml", strings.Replace(bad, "mode: automatic", "mode: automatic\n    description: Noise.", 1))
	missing := filepath.Join(t.TempDir(), "none.yaml")
	command := &cobra.Command{Use: "explain"}
	var files []string
	command.Flags().StringSliceVar(&files, "rules", nil, "")
	require.NoError(t, command.Flags().Set("rules", file))
	require.NoError(t, command.Flags().Set("rules", missing))
	names, directive := client.CompleteRules(command, nil, "")
	require.Equal(t, []cobra.Completion{"quiet\tautomatic: Noise."}, names)
	require.Equal(t, cobra.ShellCompDirectiveNoFileComp, directive)

	one := &cobra.Command{Use: "backtest"}
	one.Flags().String("rules", file, "")
	names, _ = client.CompleteRules(one, nil, "")
	require.Len(t, names, 1)
}
