package telemetry_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/telemetry"
)

func TestNewLogger_AddsTheTraceOfTheContext(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	logger := telemetry.NewLogger(&out, "json", slog.LevelInfo).With("target", "router")
	provider := telemetry.NewTracerProvider()
	ctx, span := provider.Tracer("test").Start(t.Context(), "poll")
	defer span.End()

	logger.InfoContext(ctx, "polled")

	var record map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &record))
	require.Equal(t, span.SpanContext().TraceID().String(), record["trace_id"])
	require.Equal(t, span.SpanContext().SpanID().String(), record["span_id"])
	require.Equal(t, "router", record["target"])
}

func TestNewLogger_KeepsToLevelAndFormat(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	logger := telemetry.NewLogger(&out, "text", slog.LevelWarn)

	logger.Info("quiet")
	logger.Warn("loud")

	require.NotContains(t, out.String(), "quiet")
	require.Contains(t, out.String(), "level=WARN msg=loud")
	require.NotContains(t, out.String(), "trace_id")
}

func TestNewLogger_NeverPrintsASecret(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"text", "json"} {
		var out bytes.Buffer
		source := config.Source{Name: "a", Credential: config.NewSecret("hunter2")}
		telemetry.NewLogger(&out, format, slog.LevelInfo).
			Info("source", "credential", source.Credential, "source", source)
		require.NotContains(t, out.String(), "hunter2", format)
		require.Contains(t, out.String(), "[redacted]", format)
	}
}

func TestNewRegistry_CarriesProcessAndBuild(t *testing.T) {
	t.Parallel()
	families, err := telemetry.NewRegistry().Gather()
	require.NoError(t, err)
	names := map[string]bool{}
	for _, family := range families {
		names[family.GetName()] = true
	}
	require.True(t, names["go_goroutines"])
	require.True(t, names["go_build_info"])
	require.True(t, names["process_resident_memory_bytes"])
}

func TestInject_WritesLowerCaseTraceparentThatExtractReads(t *testing.T) {
	t.Parallel()
	ctx, span := telemetry.NewTracerProvider().Tracer("test").Start(t.Context(), "publish")
	defer span.End()
	header := nats.Header{}

	telemetry.Inject(ctx, header)

	require.Len(t, header["traceparent"], 1)
	remote := trace.SpanContextFromContext(telemetry.Extract(t.Context(), header))
	require.Equal(t, span.SpanContext().TraceID(), remote.TraceID())
	require.True(t, remote.IsRemote())
}

func TestExtract_IgnoresWhatIsNoTrace(t *testing.T) {
	t.Parallel()
	for name, header := range map[string]nats.Header{
		"nil":       nil,
		"empty":     {},
		"malformed": {"traceparent": {"00-zz"}},
	} {
		span := trace.SpanContextFromContext(telemetry.Extract(t.Context(), header))
		require.False(t, span.IsValid(), name)
	}
}

func TestInject_WithoutATraceWritesNothing(t *testing.T) {
	t.Parallel()
	header := nats.Header{}
	telemetry.Inject(t.Context(), header)
	require.Empty(t, header)
}
