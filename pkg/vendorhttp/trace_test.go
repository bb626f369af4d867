package vendorhttp_test

import (
	"context"
	"fmt"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// traced returns a context whose spans are recorded, and all that they say.
func traced(t *testing.T) (context.Context, func() string) {
	t.Helper()
	recorder := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(recorder))
	ctx, span := provider.Tracer("test").Start(t.Context(), "caller")
	t.Cleanup(func() { span.End() })
	return ctx, func() string { return fmt.Sprintf("%+v", recorder.GetSpans()) }
}
