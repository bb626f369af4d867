package soak_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"strings"
	"sync"

	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/signalbox-io/signalbox/services/simulator"
)

// watchedLog takes the log of what is tested, and what else it tells the world, and
// keeps the lines that must not be there. The vendors' credentials are in every
// request.
type watchedLog struct {
	mu    sync.Mutex
	bad   []string
	spans int
}

func (l *watchedLog) Write(p []byte) (int, error) {
	if *verbose {
		_, _ = os.Stderr.Write(p)
	}
	l.look("the log", p)
	if bytes.Contains(p, []byte("panic")) {
		l.keep("the log says " + strings.TrimSpace(string(p)))
	}
	return len(p), nil
}

// ExportSpans takes spans that have ended.
func (l *watchedLog) ExportSpans(_ context.Context, spans []trace.ReadOnlySpan) error {
	l.look("a trace", fmt.Appendf(nil, "%+v", tracetest.SpanStubsFromReadOnlySpans(spans)))
	l.mu.Lock()
	defer l.mu.Unlock()
	l.spans += len(spans)
	return nil
}

// Shutdown does nothing: the log outlives the process.
func (l *watchedLog) Shutdown(context.Context) error { return nil }

// look keeps a text that shows a credential.
func (l *watchedLog) look(place string, text []byte) {
	_, secret, _ := strings.Cut(simulator.DefaultSecureReporterToken, ":")
	for _, never := range []string{
		secret, base64.StdEncoding.EncodeToString([]byte(simulator.DefaultSecureReporterToken)),
		simulator.DefaultAnodotRefreshToken, simulator.DefaultAnomifyToken, simulator.DefaultAnuraToken,
		simulator.DefaultAnalyticsKey, hookSecret, "eyJhbGciOi", // as Anodot's access tokens begin
	} {
		if bytes.Contains(text, []byte(never)) {
			l.keep(place + " shows " + never + ": " + strings.TrimSpace(string(text)))
		}
	}
}

func (l *watchedLog) keep(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.bad) < maxShown {
		l.bad = append(l.bad, line)
	}
}

func (l *watchedLog) faults() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bad
}
