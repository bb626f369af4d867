package telemetry

import (
	"context"

	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// NewTracerProvider returns a provider that gives every call a trace id and
// records nothing on its own: spans begin unsampled, and a caller's decision
// to sample is passed on. The receiver shuts it down.
func NewTracerProvider() *sdktrace.TracerProvider {
	return sdktrace.NewTracerProvider(
		sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.NeverSample())),
	)
}

// Propagator returns the one form in which trace context travels: W3C trace
// context.
func Propagator() propagation.TextMapPropagator { return propagation.TraceContext{} }

// Inject writes the context's trace into header as `traceparent`; without a
// trace it writes nothing. header must not be nil.
func Inject(ctx context.Context, header nats.Header) {
	Propagator().Inject(ctx, headerCarrier(header))
}

// Extract returns ctx with the trace that header names; ctx itself where
// there is none or it is malformed. header may be nil.
func Extract(ctx context.Context, header nats.Header) context.Context {
	return Propagator().Extract(ctx, headerCarrier(header))
}

// headerCarrier writes keys as they are. NATS headers are case sensitive and
// other clients look for the lower-case `traceparent`, which the carrier of
// HTTP headers would turn into `Traceparent`.
type headerCarrier nats.Header

// Get returns the first value of key.
func (h headerCarrier) Get(key string) string { return nats.Header(h).Get(key) }

// Set replaces the values of key.
func (h headerCarrier) Set(key, value string) { nats.Header(h).Set(key, value) }

// Keys returns every key.
func (h headerCarrier) Keys() []string {
	keys := make([]string, 0, len(h))
	for key := range h {
		keys = append(keys, key)
	}
	return keys
}
