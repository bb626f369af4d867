package rpc_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/signalbox-io/signalbox/pkg/health"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/pkg/telemetry"
)

// spans keeps what a tracer would send away.
type spans struct {
	mu   sync.Mutex
	text string
}

func (s *spans) ExportSpans(_ context.Context, ended []sdktrace.ReadOnlySpan) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, span := range ended {
		s.text += fmt.Sprint(span.Name(), span.Attributes(), span.Events())
	}
	return nil
}

func (s *spans) Shutdown(context.Context) error { return nil }

// A path that ends in a secret is in no log and no trace, whatever becomes of
// the request.
func TestServer_KeepsPathsWithSecretsToItself(t *testing.T) {
	t.Parallel()
	traces, log := &spans{}, &bytes.Buffer{}
	server, err := rpc.NewServer(rpc.ServerOptions{
		GRPC: "127.0.0.1:0", HTTP: "127.0.0.1:0", Registry: telemetry.NewRegistry(), Health: health.New(),
		Logger: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Tracer: sdktrace.NewTracerProvider(sdktrace.WithSyncer(traces)),
		Routes: []rpc.Route{{Pattern: rpc.SecretPrefix, Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("x") })}},
	})
	require.NoError(t, err)
	require.NoError(t, server.Start(t.Context()))
	b := &bundle{server: server}
	for _, path := range []string{"/hooks/vendor/hunter2", "//hooks/vendor/hunter2", "/x/../hooks/vendor/hunter2", "/v1/hooks/hunter2"} {
		b.get(t, path)
	}
	code, _ := b.get(t, "/readyz")
	require.Equal(t, http.StatusOK, code)
	require.NoError(t, server.Stop(context.Background()))
	require.Contains(t, log.String(), "path=/hooks/…")
	require.NotContains(t, log.String()+traces.text, "hunter2")
	require.Contains(t, traces.text, "/readyz", "others are traced")
}
