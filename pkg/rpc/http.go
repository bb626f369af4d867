package rpc

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"

	"github.com/signalbox-io/signalbox/pkg/health"
	"github.com/signalbox-io/signalbox/pkg/telemetry"
)

// Bounds of a request that is no stream.
const (
	maxBodyBytes  = 1 << 20
	requestLimit  = 30 * time.Second
	responseLimit = time.Minute
)

// newHandler returns the HTTP server's handler: the routes and the three
// pages that every process has.
func newHandler(options ServerOptions, streams *streams) (http.Handler, error) {
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "signalbox_http_requests_total",
		Help: "HTTP requests by route and status code.",
	}, []string{"route", "code"})
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "signalbox_http_request_duration_seconds",
		Help: "Time from an HTTP request to the end of its answer, by route.",
	}, []string{"route"})
	for _, collector := range []prometheus.Collector{requests, seconds} {
		if err := options.Registry.Register(collector); err != nil {
			return nil, fmt.Errorf("register HTTP metrics: %w", err)
		}
	}
	mux := http.NewServeMux()
	for _, route := range options.Routes {
		labels := prometheus.Labels{"route": route.Pattern}
		mux.Handle(route.Pattern, promhttp.InstrumentHandlerDuration(seconds.MustCurryWith(labels),
			promhttp.InstrumentHandlerCounter(requests.MustCurryWith(labels), route.Handler)))
	}
	mux.Handle("GET /metrics", promhttp.HandlerFor(options.Registry, promhttp.HandlerOpts{
		Registry: options.Registry, EnableOpenMetrics: true,
	}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]bool{"alive": true})
	})
	mux.Handle("GET /readyz", readyHandler(options.Health))
	mux.Handle("/", index(options.Routes))
	traced := otelhttp.NewHandler(mux, "http", otelhttp.WithFilter(func(r *http.Request) bool { return !isSecret(r) }),
		otelhttp.WithTracerProvider(options.Tracer), otelhttp.WithPropagators(telemetry.Propagator()))
	return bounded(recovered(traced, options.Logger), streams), nil
}

// readyHandler answers 200 when the process can do its work now, else 503;
// the body names each component and what is wrong with it.
func readyHandler(registry *health.Registry) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		report := registry.Report()
		code := http.StatusOK
		if !report.Ready {
			code = http.StatusServiceUnavailable
		}
		writeJSON(w, code, report)
	})
}

func writeJSON(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	// A caller that went away gets no answer; there is nobody left to tell.
	_ = encoder.Encode(body)
}

// bounded gives each request its limits. A server-wide write timeout would cut
// streams off, and a read timeout would end their contexts.
func bounded(next http.Handler, streams *streams) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var read, write time.Time
		if isStream(r) {
			ctx, release := streams.bound(r.Context())
			defer release()
			r = r.WithContext(ctx)
		} else {
			read, write = time.Now().Add(requestLimit), time.Now().Add(responseLimit)
		}
		control := http.NewResponseController(w)
		// A writer without deadlines, as tests have, goes without.
		_ = control.SetReadDeadline(read)
		_ = control.SetWriteDeadline(write)
		r.Body = http.MaxBytesReader(w, r.Body, maxBodyBytes)
		next.ServeHTTP(w, r)
	})
}

// isSecret reports whether the path holds a secret, as those below
// [SecretPrefix] do, also those that are not written in the shortest way.
func isSecret(r *http.Request) bool {
	return strings.Contains(r.URL.Path, SecretPrefix)
}

// pathOf returns the path as a log may have it.
func pathOf(r *http.Request) string {
	if isSecret(r) {
		return SecretPrefix + "…"
	}
	return r.URL.Path
}

func isStream(r *http.Request) bool {
	return strings.HasSuffix(r.URL.Path, ":watch")
}

// recovered answers a request whose handler panics with 500 and logs why.
func recovered(next http.Handler, logger *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p == http.ErrAbortHandler { //nolint:errorlint // a sentinel that net/http compares by identity
				panic(p)
			}
			logger.ErrorContext(r.Context(), "panic in a request",
				"path", pathOf(r), "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			http.Error(w, "internal error; the log of the server says more", http.StatusInternalServerError)
		}()
		next.ServeHTTP(w, r)
	})
}
