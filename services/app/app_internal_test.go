package app

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/fx"

	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/pkg/telemetry"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

func TestMain(m *testing.M) { bustest.VerifyTestMain(m) }

// A process may run any one target, or all of them.
func TestOptions_AreCompleteForEachTarget(t *testing.T) {
	t.Parallel()
	cfg := load(t, t.TempDir(), "127.0.0.1:1")
	opts := Options{Logger: slog.New(slog.DiscardHandler)}
	for _, target := range AllTargets() {
		t.Run(target.Name, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, validate(cfg, []Target{target}, opts))
		})
	}
	require.NoError(t, validate(cfg, AllTargets(), opts))
}

func validate(cfg config.Config, targets []Target, opts Options) error {
	tracer := telemetry.NewTracerProvider()
	return fx.ValidateApp(options(cfg, targets, opts),
		fx.Supply(tracer, rpc.NewDialer(opts.Logger), fx.Annotate(tracer, fx.As(new(trace.TracerProvider)))))
}

func TestSelect_TakesNamesAndRefusesOthers(t *testing.T) {
	t.Parallel()
	cfg := config.Config{Sources: []config.Source{
		{Name: "a", Vendor: eventv1.Vendor_VENDOR_ANODOT, RemoteAdapter: true},
		{Name: "b", Vendor: eventv1.Vendor_VENDOR_ANURA, RemoteAdapter: true},
	}}

	everything, err := Select("all")
	require.NoError(t, err)
	require.Len(t, everything.Targets, 12)
	require.Equal(t, cfg, everything.Claim(cfg))
	require.True(t, everything.Holds(eventv1.Vendor_VENDOR_ANODOT, false))
	require.False(t, everything.Holds(eventv1.Vendor_VENDOR_ANODOT, true))

	some, err := Select("query, adapter-anodot")
	require.NoError(t, err)
	require.Len(t, some.Targets, 2)
	require.True(t, some.Targets[0].isAdapter(), "adapters start first")
	own := some.Claim(cfg)
	require.False(t, own.Sources[0].RemoteAdapter, "who is asked for the adapter is the adapter")
	require.True(t, own.Sources[1].RemoteAdapter)
	require.True(t, cfg.Sources[0].RemoteAdapter, "the caller's configuration stays as it is")

	_, err = Select("routr")
	require.ErrorContains(t, err, `no target "routr"; there are all, adapter-anodot`)
}

func TestApp_StartsAndStopsWithEveryTarget(t *testing.T) {
	dir := t.TempDir()
	cfg := load(t, dir, refusingVendor(t))
	var log bytes.Buffer
	box, err := New(cfg, AllTargets(), Options{Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelError}))})
	require.NoError(t, err)
	require.NoError(t, box.Start(t.Context()))

	require.NotEmpty(t, box.NATSURL())
	ready := "http://" + box.HTTPAddr() + "/readyz"
	require.Eventually(t, func() bool { return status(t, ready) == http.StatusServiceUnavailable }, 90*time.Second, 20*time.Millisecond,
		"no source works, and the process says so")

	require.NoError(t, box.Stop(context.Background()), "it stops within its limit")
}

// An adapter alone has no use for the bus and does not wait for one.
func TestApp_AnAdapterAloneIsReadyWithoutABus(t *testing.T) {
	cfg := load(t, t.TempDir(), "127.0.0.1:1")
	cfg.NATS = config.NATS{URL: "nats://127.0.0.1:1", Replicas: 1, Encoding: "protobuf"}
	selected, err := Select("adapter-anura")
	require.NoError(t, err)
	box, err := New(selected.Claim(cfg), selected.Targets, Options{Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	require.NoError(t, box.Start(t.Context()))
	require.Equal(t, http.StatusOK, status(t, "http://"+box.HTTPAddr()+"/readyz"))
	require.NoError(t, box.Stop(context.Background()))
}

// Two processes that keep the same things in one folder would destroy them.
func TestApp_AFolderInUseEndsTheStart(t *testing.T) {
	cfg := load(t, t.TempDir(), "127.0.0.1:1")
	first, err := New(cfg, AllTargets(), Options{Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	require.NoError(t, first.Start(t.Context()))

	second, err := New(cfg, AllTargets()[:1], Options{Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	require.ErrorContains(t, second.Start(t.Context()), fmt.Sprintf("adapter-anodot runs in process %d", os.Getpid()))
	require.NoError(t, first.Stop(context.Background()))

	third, err := New(cfg, AllTargets()[:1], Options{Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	require.NoError(t, third.Start(t.Context()), "who has stopped is not in the way")
	require.NoError(t, third.Stop(context.Background()))
}

func TestApp_AddressInUseEndsTheStart(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // a port to be in the way
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, listener.Close()) })
	cfg := load(t, t.TempDir(), "127.0.0.1:1")
	cfg.GRPC.Address = listener.Addr().String()

	box, err := New(cfg, AllTargets(), Options{Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	require.ErrorContains(t, box.Start(t.Context()), "free the address or set grpc.listen")
	require.NoError(t, box.Stop(context.Background()))
}

func TestNew_BadRulesStartNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cfg := load(t, dir, "127.0.0.1:1")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "rules.yaml"), []byte("rules:\n  - name: Bad Name\n"), 0o600))

	_, err := New(cfg, AllTargets(), Options{Logger: slog.New(slog.DiscardHandler)})
	require.ErrorContains(t, err, "rules.yaml:2:11")
	require.NotContains(t, err.Error(), "could not build arguments", "the container's words help nobody")
}

// load returns a configuration with one account of each vendor, at vendor.
func load(t *testing.T, dir, vendor string) config.Config {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "rules.yaml"), []byte(
		"rules:\n  - {name: watch, mode: shadow, on: [anomaly]}\n"), 0o600))
	file := `
nats: {embedded: {listen: "127.0.0.1:0"}}
grpc: {listen: "127.0.0.1:0"}
http: {listen: "127.0.0.1:0"}
rules: [rules.yaml]
sources:
  - {name: a, anodot: {base_url: "http://` + vendor + `", refresh_token: {value: secret-one}}}
  - {name: b, anomify: {base_url: "http://` + vendor + `", token: {value: secret-two}}}
  - {name: c, anura: {base_url: "http://` + vendor + `", token: {value: secret-three}}}
  - {name: d, secure_reporter: {base_url: "http://` + vendor + `", token: {value: "name:4f0c6c7e-3f6f-4d2c-9f43-3f4e4f1f7a11"}, reports: [
      {report: r, event: {kind: traffic, native_id: row.id, occurred_at: row.at}}]}}
  - {name: e, analytics: {base_url: "http://` + vendor + `", api_key: {value: secret-five}}}
`
	cfg, err := config.Parse(filepath.Join(dir, "signalbox.yaml"), []byte(file), dir, func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	return cfg
}

// refusingVendor returns the address of a vendor that takes no credential.
func refusingVendor(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // a test's own listener
	require.NoError(t, err)
	server := &http.Server{
		Handler:           http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }),
		ReadHeaderTimeout: time.Second,
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		require.NoError(t, server.Close())
		require.ErrorIs(t, <-served, http.ErrServerClosed)
	})
	return listener.Addr().String()
}

func status(t *testing.T, url string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return 0
	}
	require.NoError(t, response.Body.Close())
	return response.StatusCode
}
