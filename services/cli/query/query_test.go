package query_test

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
	"github.com/signalbox-io/signalbox/services/cli/exit"
	"github.com/signalbox-io/signalbox/services/cli/query"
)

func TestCommands_PrintTablesAndJSON(t *testing.T) {
	t.Parallel()
	addr := serve(t, box())
	for name, test := range map[string]struct {
		command *cobra.Command
		args    []string
	}{
		"events.txt":     {query.NewEvents(), []string{"list"}},
		"events.json":    {query.NewEvents(), []string{"list", "--output", "json"}},
		"anomaly.txt":    {query.NewEvents(), []string{"get", "aaaaaaaaaaaaaaaaaaaaaaaaaa"}},
		"anomaly.json":   {query.NewEvents(), []string{"get", "aaaaaaaaaaaaaaaaaaaaaaaaaa", "-o", "json"}},
		"feedback.txt":   {query.NewEvents(), []string{"get", "bbbbbbbbbbbbbbbbbbbbbbbbbb"}},
		"traffic.txt":    {query.NewEvents(), []string{"get", "cccccccccccccccccccccccccc"}},
		"decisions.txt":  {query.NewDecisions(), []string{"list"}},
		"decisions.json": {query.NewDecisions(), []string{"list", "-o", "json"}},
		"decision.txt":   {query.NewDecisions(), []string{"get", "d1"}},
		"decision.json":  {query.NewDecisions(), []string{"get", "d1", "-o", "json"}},
		"action.txt":     {query.NewActions(), []string{"get", "x1"}},
		"action.json":    {query.NewActions(), []string{"get", "x1", "-o", "json"}},
		"watcher.txt":    {query.NewActions(), []string{"get", "x3"}},
		"publish.txt":    {query.NewActions(), []string{"get", "x4"}},
		"update.txt":     {query.NewActions(), []string{"get", "x5"}},
		"actions.txt":    {query.NewActions(), []string{"list"}},
		"actions.json":   {query.NewActions(), []string{"list", "-o", "json"}},
		"leases.txt":     {query.NewLeases(), []string{"list"}},
		"leases.json":    {query.NewLeases(), []string{"list", "-o", "json"}},
		"dead.txt":       {query.NewDead(), []string{"list"}},
		"dead.json":      {query.NewDead(), []string{"list", "-o", "json"}},
		"record.txt":     {query.NewDead(), []string{"show", "41"}},
		"message.txt":    {query.NewDead(), []string{"show", "7"}},
		"message.json":   {query.NewDead(), []string{"show", "7", "-o", "json"}},
		"alerts.txt":     {query.NewAlerts(), []string{"list"}},
		"alerts.json":    {query.NewAlerts(), []string{"list", "-o", "json"}},
		"sources.txt":    {query.NewSources(), []string{"list"}},
		"sources.json":   {query.NewSources(), []string{"list", "-o", "json"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, err := run(t.Context(), test.command, append(test.args, "--addr", addr)...)
			require.NoError(t, err)
			require.Empty(t, stderr)
			golden(t, name, stdout)
		})
	}
}

func TestList_FollowsPagesUpToTheLimit(t *testing.T) {
	t.Parallel()
	many := &server{}
	for range 450 {
		many.events = append(many.events, &eventv1.Event{Id: "x", OccurredAt: at(0)})
	}
	for name, test := range map[string]struct {
		limit string
		shown int
		sizes []int32
		note  string
	}{
		"a part of a page": {"7", 7, []int32{7}, "7 shown, there are more: raise --limit or narrow --filter\n"},
		"some pages":       {"401", 401, []int32{200, 200, 1}, "401 shown, there are more: raise --limit or narrow --filter\n"},
		"exactly all":      {"450", 450, []int32{200, 200, 50}, ""},
		"more than all":    {"1000", 450, []int32{200, 200, 200}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := &server{events: many.events}
			stdout, stderr, err := run(t.Context(), query.NewEvents(), "list", "-o", "json", "--limit", test.limit, "--addr", serve(t, fake))
			require.NoError(t, err)
			require.Equal(t, test.shown, strings.Count(stdout, "\n"))
			require.Equal(t, test.sizes, fake.asked())
			require.Equal(t, test.note, stderr)
		})
	}
}

func TestList_SaysThatThereIsNothing(t *testing.T) {
	t.Parallel()
	addr := serve(t, &server{})
	for name, test := range map[string]struct {
		command *cobra.Command
		args    []string
		note    string
	}{
		"nothing yet": {query.NewLeases(), []string{"list"}, "no leases yet\n"},
		"filtered":    {query.NewActions(), []string{"list", "--filter", "true"}, "no actions meet the filter\n"},
		"no sources":  {query.NewSources(), []string{"list"}, "no sources yet: nothing has been polled\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, err := run(t.Context(), test.command, append(test.args, "--addr", addr)...)
			require.NoError(t, err)
			require.Empty(t, stdout)
			require.Equal(t, test.note, stderr)
		})
	}
}

func TestList_ShowsNoMoreThanTheLimitWhateverTheServerSends(t *testing.T) {
	t.Parallel()
	fake := box()
	fake.generous = true
	stdout, _, err := run(t.Context(), query.NewEvents(), "list", "-o", "json", "--limit", "2", "--addr", serve(t, fake))
	require.NoError(t, err)
	require.Equal(t, 2, strings.Count(stdout, "\n"))
}

func TestList_DoesNotGoInCircles(t *testing.T) {
	t.Parallel()
	_, _, err := run(t.Context(), query.NewEvents(), "list", "--addr", serve(t, &server{stuck: true}))
	require.EqualError(t, err, "list events: the answer leads back to the same page")
}

func TestCommands_SayWhatIsWrongAndWhatToDo(t *testing.T) {
	t.Parallel()
	failing := func(fault error) string { return serve(t, &server{fault: fault}) }
	nobody := listen(t)
	require.NoError(t, nobody.Close())
	filter := rpc.FieldViolation("filter", "1:7: unknown name sorce: did you mean source?; 2:4: \x1b[31mand more")
	for name, test := range map[string]struct {
		addr string
		args []string
		want string
		code int
	}{
		"nobody listens": {
			nobody.Addr().String(),
			[]string{"list"},
			"list events: cannot reach ADDR: connection refused; is signalbox serve running? name another address with --addr", exit.CodeFailure,
		},
		"nobody to watch": {
			nobody.Addr().String(),
			[]string{"tail"},
			"watch events: cannot reach ADDR: connection refused; is signalbox serve running? name another address with --addr", exit.CodeFailure,
		},
		"unknown host": {
			"no-such-host.invalid:7420",
			[]string{"list"},
			"list events: cannot reach ADDR: no host of that name is known; is signalbox serve running? name another address with --addr", exit.CodeFailure,
		},
		"another protocol": {
			serveText(t),
			[]string{"list"},
			"list events: the process at ADDR ended the connection; --addr must name grpc.listen of its configuration, not http.listen", exit.CodeFailure,
		},
		"no query target": {
			serve(t, queryv1.UnimplementedQueryServiceServer{}),
			[]string{"list"},
			"list events: the process at ADDR does not answer this; name one that runs the query target with --addr", exit.CodeFailure,
		},
		"bad filter": {
			failing(filter),
			[]string{"list", "--filter", " event.sorce == \"a\" &&\nx"},
			"--filter: 1:7: unknown name sorce: did you mean source?\n" +
				"    event.sorce == \"a\" &&\n" +
				"          ^\n" +
				"2:4: [31mand more\n" +
				"    x", exit.CodeUsage,
		},
		"bad filter to watch": {
			failing(rpc.FieldViolation("filter", "too long")),
			[]string{"tail", "--filter", "x"},
			"--filter: too long", exit.CodeUsage,
		},
		"bad request": {
			failing(rpc.FieldViolation("page_token", "it belongs to another filter")),
			[]string{"list"},
			"list events: page_token: it belongs to another filter", exit.CodeUsage,
		},
		"stopping": {
			failing(rpc.Error(codes.Unavailable, "SERVER_STOPPING", nil, "the server is stopping; call again")),
			[]string{"list"},
			"list events: the server is stopping; call again", exit.CodeFailure,
		},
		"no such event": {
			serve(t, box()),
			[]string{"get", "nothing"},
			"get event: there is no such event", exit.CodeFailure,
		},
		"output":        {"", []string{"list", "-o", "xml"}, `--output "xml": write table or json`, exit.CodeUsage},
		"output, tail":  {"", []string{"tail", "-o", "xml"}, `--output "xml": write table or json`, exit.CodeUsage},
		"limit":         {"", []string{"list", "--limit", "0"}, "--limit 0: write a number from 1 to 100000", exit.CodeUsage},
		"timeout":       {"", []string{"list", "--timeout", "0s"}, "--timeout is not longer than nothing; write one such as 10s", exit.CodeUsage},
		"address":       {"nowhere", []string{"list"}, `--addr "nowhere" is no address; write host:port, such as 127.0.0.1:7420`, exit.CodeUsage},
		"no command":    {"", []string{}, "events: name what to do: list, tail, get", exit.CodeUsage},
		"other command": {"", []string{"lst"}, `events: there is no command "lst"; write one of list, tail, get`, exit.CodeUsage},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := test.args
			if test.addr != "" {
				args = append(args, "--addr", test.addr)
			}
			stdout, _, err := run(t.Context(), query.NewEvents(), args...)
			require.EqualError(t, err, strings.ReplaceAll(test.want, "ADDR", test.addr))
			require.Equal(t, test.code, exit.Code(err))
			require.Empty(t, stdout)
		})
	}
}

func TestCommands_TakeNoOtherArguments(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"list", "x"}, {"tail", "x"}, {"get"}, {"get", "x", "y"}} {
		_, _, err := run(t.Context(), query.NewEvents(), args...)
		require.Error(t, err, args)
		require.NotContains(t, err.Error(), "reach", args)
	}
}

func TestCommands_WaitNoLongerThanTheTimeout(t *testing.T) {
	t.Parallel()
	silent := listen(t) // accepts, and never says a word
	t.Cleanup(func() { require.NoError(t, silent.Close()) })
	for _, args := range [][]string{{"list"}, {"get", "x"}} {
		_, _, err := run(t.Context(), query.NewEvents(), append(args, "--timeout", "50ms", "--addr", silent.Addr().String())...)
		require.ErrorContains(t, err, "no answer from "+silent.Addr().String()+" within 50ms; raise --timeout")
	}
	_, _, err := run(t.Context(), query.NewEvents(), "tail", "--timeout", "50ms", "--addr", silent.Addr().String())
	require.ErrorContains(t, err, silent.Addr().String())
}

func TestList_InterruptedIsAnError(t *testing.T) {
	t.Parallel()
	silent := listen(t)
	t.Cleanup(func() { require.NoError(t, silent.Close()) })
	ctx, interrupt := context.WithCancel(t.Context())
	go func() {
		conn, err := silent.Accept()
		interrupt()
		if err == nil {
			_ = conn.Close()
		}
	}()
	_, _, err := run(ctx, query.NewEvents(), "list", "--addr", silent.Addr().String())
	require.EqualError(t, err, "list events: interrupted")
}

// serveText serves something that is no gRPC.
func serveText(t *testing.T) string {
	t.Helper()
	listener := listen(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			answer(conn)
		}
	}()
	t.Cleanup(func() {
		require.NoError(t, listener.Close())
		<-done
	})
	return listener.Addr().String()
}

// answer refuses what it does not understand, as a server of HTTP/1.1 does. It
// reads to the end: what is unread when a connection is closed resets it.
func answer(conn net.Conn) {
	_, _ = conn.Read(make([]byte, 16))
	_, _ = conn.Write([]byte("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
	if half, ok := conn.(*net.TCPConn); ok {
		_ = half.CloseWrite()
	}
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	_, _ = io.Copy(io.Discard, conn)
	_ = conn.Close()
}

func TestTail_PrintsEventsAsTheyComeUntilInterrupted(t *testing.T) {
	t.Parallel()
	for _, output := range []string{"table", "json"} {
		t.Run(output, func(t *testing.T) {
			t.Parallel()
			ctx, interrupt := context.WithCancel(t.Context())
			fake := box()
			fake.watch = func(stream grpc.ServerStreamingServer[queryv1.WatchEventsResponse]) error {
				for _, e := range fake.events {
					if err := stream.Send(&queryv1.WatchEventsResponse{Event: e}); err != nil {
						return err
					}
				}
				<-stream.Context().Done()
				return stream.Context().Err()
			}
			out := &lineWaiter{want: len(fake.events), done: interrupt}
			if output == "table" {
				out.want++ // the heading
			}
			command := query.NewEvents()
			command.SetArgs([]string{"tail", "-o", output, "--addr", serve(t, fake)})
			command.SetOut(out)
			require.NoError(t, command.ExecuteContext(ctx))
			golden(t, "tail."+output, out.text.String())
		})
	}
}

// lineWaiter calls done when it has got want lines.
type lineWaiter struct {
	text strings.Builder
	want int
	done func()
}

func (w *lineWaiter) Write(p []byte) (int, error) {
	n, err := w.text.Write(p)
	if strings.Count(w.text.String(), "\n") >= w.want {
		w.done()
	}
	return n, err
}

func TestTail_EndsWithAnErrorWhenTheStreamDoes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		end  error
		want string
	}{
		"ended":    {nil, "watch events: ADDR ended the stream; start the command again"},
		"stopping": {rpc.Error(codes.Unavailable, "SERVER_STOPPING", nil, "the server is stopping; call again"), "watch events: the server is stopping; call again"},
		"slow":     {rpc.Error(codes.ResourceExhausted, "TOO_SLOW", nil, "the reader is too slow"), "watch events: the reader is too slow"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := box()
			fake.watch = func(stream grpc.ServerStreamingServer[queryv1.WatchEventsResponse]) error {
				if err := stream.Send(&queryv1.WatchEventsResponse{Event: fake.events[0]}); err != nil {
					return err
				}
				return test.end
			}
			addr := serve(t, fake)
			stdout, _, err := run(t.Context(), query.NewEvents(), "tail", "--addr", addr)
			require.EqualError(t, err, strings.ReplaceAll(test.want, "ADDR", addr))
			require.Contains(t, stdout, "aaaaaaaaaaaaaaaaaaaaaaaaaa")
		})
	}
}

func TestTail_TellsOfALostConnection(t *testing.T) {
	t.Parallel()
	listener := listen(t)
	server := grpc.NewServer()
	fake := box()
	fake.watch = func(stream grpc.ServerStreamingServer[queryv1.WatchEventsResponse]) error {
		err := stream.Send(&queryv1.WatchEventsResponse{Event: fake.events[0]})
		<-stream.Context().Done()
		return err
	}
	queryv1.RegisterQueryServiceServer(server, fake)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	out := &lineWaiter{want: 2, done: func() { go server.Stop() }}
	command := query.NewEvents()
	command.SilenceErrors, command.SilenceUsage = true, true
	command.SetArgs([]string{"tail", "--addr", listener.Addr().String()})
	command.SetOut(out)
	err := command.ExecuteContext(t.Context())
	require.ErrorContains(t, err, "the connection to "+listener.Addr().String()+" is lost")
	require.NoError(t, <-ended)
}

func TestCommands_CompleteTheirOutput(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"list"}, {"tail"}, {"get"}} {
		stdout, _, err := run(t.Context(), query.NewEvents(), append(append([]string{cobra.ShellCompRequestCmd}, args...), "--output", "")...)
		require.NoError(t, err)
		require.Contains(t, stdout, "table\njson\n")
	}
}

func TestCommands_HaveHelpWithExamples(t *testing.T) {
	t.Parallel()
	var check func(*cobra.Command)
	check = func(command *cobra.Command) {
		require.NotEmpty(t, command.Short, command.CommandPath())
		require.NotEmpty(t, command.Long, command.CommandPath())
		require.NotEmpty(t, command.Example, command.CommandPath())
		for line := range strings.SplitSeq(command.Long, "\n") {
			require.LessOrEqual(t, len(line), 80, line)
		}
		for _, member := range command.Commands() {
			check(member)
		}
	}
	for _, command := range []*cobra.Command{
		query.NewEvents(), query.NewDecisions(), query.NewActions(), query.NewLeases(), query.NewSources(), query.NewAlerts(),
	} {
		check(command)
	}
}
