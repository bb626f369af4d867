package health_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace/noop"

	registry "github.com/signalbox-io/signalbox/pkg/health"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/services/cli/exit"
	"github.com/signalbox-io/signalbox/services/cli/health"
)

// process is a process with one component, as serve runs it.
func process(t *testing.T) (*rpc.Server, *registry.Component) {
	t.Helper()
	own := registry.New()
	component := own.Component("router", registry.KindService)
	server, err := rpc.NewServer(rpc.ServerOptions{
		GRPC: "127.0.0.1:0", HTTP: "127.0.0.1:0",
		Logger: slog.New(slog.DiscardHandler), Registry: prometheus.NewRegistry(), Health: own,
		Tracer: noop.NewTracerProvider(),
	})
	require.NoError(t, err)
	require.NoError(t, server.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, server.Stop(context.WithoutCancel(t.Context()))) })
	return server, component
}

func run(ctx context.Context, addr string) (string, error) {
	var out bytes.Buffer
	command := health.NewCommand()
	command.SetArgs([]string{"--addr", addr})
	command.SetOut(&out)
	command.SilenceErrors, command.SilenceUsage = true, true
	err := command.ExecuteContext(ctx)
	return out.String(), err
}

func TestHealth_TellsWhatTheProcessSays(t *testing.T) {
	t.Parallel()
	server, component := process(t)
	grpc, ready, alive := server.GRPCAddr(), "http://"+server.HTTPAddr()+"/readyz", "http://"+server.HTTPAddr()+"/healthz"

	component.OK()
	for _, addr := range []string{grpc, ready, alive} {
		out, err := run(t.Context(), addr)
		require.NoError(t, err)
		require.Equal(t, addr+" is healthy\n", out)
	}
	component.Note("active, epoch 3")
	out, err := run(t.Context(), ready)
	require.NoError(t, err)
	require.Equal(t, ready+" is healthy: router active, epoch 3\n", out)

	component.Fail("the bus is gone")
	out, err = run(t.Context(), grpc)
	require.EqualError(t, err, "not healthy: "+grpc+" says that it cannot do its work; /readyz of its HTTP address says why")
	require.Equal(t, exit.CodeFailure, exit.Code(err))
	require.Empty(t, out)

	out, err = run(t.Context(), ready)
	require.EqualError(t, err, "not healthy: "+ready+" answers 503 Service Unavailable: service router is failing (the bus is gone)")
	require.Equal(t, exit.CodeFailure, exit.Code(err))
	require.Empty(t, out)

	_, err = run(t.Context(), alive)
	require.NoError(t, err)
}

func TestHealth_ReadsWhatOthersAnswer(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status     int
		body, want string
	}{
		"NATS, up":     {200, `{"status":"ok"}`, ""},
		"NATS, down":   {503, `{"status":"unavailable","error":"JetStream is not \u001b[31mcurrent"}`, "answers 503 Service Unavailable: JetStream is not [31mcurrent"},
		"text":         {500, "<html>", "answers 500 Internal Server Error"},
		"an object":    {404, "{}", "answers 404 Not Found"},
		"a long story": {500, `{"reason":"` + strings.Repeat("x", 5000) + `"}`, "xxx…"},
		"no content":   {204, "", "answers 204 No Content"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(test.status)
				_, _ = w.Write([]byte(test.body))
			}))
			t.Cleanup(server.Close)
			_, err := run(t.Context(), strings.Replace(server.URL, "http://", "http://bob:hunter2@", 1))
			if test.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, test.want)
			require.NotContains(t, err.Error(), "hunter2")
			require.Less(t, len(err.Error()), 1000)
		})
	}
}

func TestHealth_NobodyIsNotHealthy(t *testing.T) {
	t.Parallel()
	const addr = "127.0.0.1:1" // a port that was free a moment ago may be another test's

	_, err := run(t.Context(), addr)
	require.EqualError(t, err, "not healthy: cannot reach "+addr+": connection refused; is signalbox serve running? name another address with --addr")
	require.Equal(t, exit.CodeFailure, exit.Code(err))
	_, err = run(t.Context(), "http://bob:hunter2@"+addr+"/readyz")
	require.ErrorContains(t, err, "connection refused")
	require.NotContains(t, err.Error(), "hunter2")
	require.Equal(t, exit.CodeFailure, exit.Code(err))
}

func TestHealth_DoesNotWaitForThoseWhoSayNothing(t *testing.T) {
	t.Parallel()
	var listen net.ListenConfig
	silent, err := listen.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, silent.Close()) })
	for _, addr := range []string{silent.Addr().String(), "http://" + silent.Addr().String() + "/readyz"} {
		t.Run(strings.SplitN(addr, ":", 2)[0], func(t *testing.T) {
			t.Parallel()
			_, err := run(t.Context(), addr)
			require.ErrorContains(t, err, "no answer from "+addr+" within 4s") // a container's check waits for 5 s
		})
	}
}

func TestHealth_WrongAddressesAreErrorsOfUsage(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"nowhere", "http://", "http://bob:hunter2@%zz/"} {
		_, err := run(t.Context(), addr)
		require.ErrorContains(t, err, "--addr", addr)
		require.Equal(t, exit.CodeUsage, exit.Code(err), addr)
		require.NotContains(t, err.Error(), "hunter2")
	}
}
