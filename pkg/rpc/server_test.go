package rpc_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"

	"github.com/signalbox-io/signalbox/pkg/health"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/pkg/telemetry"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// queries is a query service whose answers a test makes up.
type queries struct {
	queryv1.UnimplementedQueryServiceServer
	get   func(context.Context) error
	watch func(context.Context) error
}

func (q *queries) Register(r grpc.ServiceRegistrar) { queryv1.RegisterQueryServiceServer(r, q) }

func (q *queries) GetEvent(ctx context.Context, _ *queryv1.GetEventRequest) (*queryv1.GetEventResponse, error) {
	return &queryv1.GetEventResponse{}, q.get(ctx)
}

func (q *queries) WatchEvents(
	_ *queryv1.WatchEventsRequest, stream grpc.ServerStreamingServer[queryv1.WatchEventsResponse],
) error {
	if err := stream.Send(&queryv1.WatchEventsResponse{}); err != nil {
		return err
	}
	return q.watch(stream.Context())
}

type bundle struct {
	server   *rpc.Server
	client   queryv1.QueryServiceClient
	conn     *grpc.ClientConn
	health   *health.Registry
	registry *prometheus.Registry
}

func start(t *testing.T, service *queries, routes ...rpc.Route) *bundle {
	t.Helper()
	logger := slog.New(slog.DiscardHandler)
	b := &bundle{health: health.New(), registry: telemetry.NewRegistry()}
	listen := "127.0.0.1:0"
	tracer := telemetry.NewTracerProvider()
	server, err := rpc.NewServer(rpc.ServerOptions{
		GRPC: listen, HTTP: listen, Services: []rpc.Service{service}, Routes: routes,
		Logger: logger, Registry: b.registry, Health: b.health, Tracer: tracer,
	})
	require.NoError(t, err)
	b.server = server
	dialer := rpc.NewDialer(logger, rpc.WithTracerProvider(tracer))
	dialer.Own(listen)
	b.conn, err = dialer.Conn(listen)
	require.NoError(t, err)
	b.client = queryv1.NewQueryServiceClient(b.conn)
	require.NoError(t, server.Start(t.Context()))
	dialer.Bound(listen, server.GRPCAddr())
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		require.NoError(t, dialer.Stop(ctx))
		require.NoError(t, server.Stop(ctx))
	})
	return b
}

func (b *bundle) get(t *testing.T, path string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+b.server.HTTPAddr()+path, nil)
	require.NoError(t, err)
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Do(request)
	require.NoError(t, err)
	defer func() { require.NoError(t, response.Body.Close()) }()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(body)
}

func TestServer_CallCarriesDeadlineAndTrace(t *testing.T) {
	t.Parallel()
	var deadline time.Time
	var seen trace.SpanContext
	b := start(t, &queries{get: func(ctx context.Context) error {
		deadline, _ = ctx.Deadline()
		seen = trace.SpanContextFromContext(ctx)
		return nil
	}})
	ctx, span := telemetry.NewTracerProvider().Tracer("test").Start(t.Context(), "ask")
	defer span.End()

	_, err := b.client.GetEvent(ctx, &queryv1.GetEventRequest{})

	require.NoError(t, err)
	require.WithinDuration(t, time.Now().Add(30*time.Second), deadline, 10*time.Second)
	require.Equal(t, span.SpanContext().TraceID(), seen.TraceID())
}

func TestServer_PanicIsAnInternalErrorAndIsCounted(t *testing.T) {
	t.Parallel()
	b := start(t, &queries{get: func(context.Context) error { panic("secret of the handler") }})

	_, err := b.client.GetEvent(t.Context(), &queryv1.GetEventRequest{})

	require.Equal(t, codes.Internal, status.Code(err))
	require.Equal(t, "PANIC", rpc.Reason(err))
	require.NotContains(t, err.Error(), "secret of the handler")
	_, metrics := b.get(t, "/metrics")
	require.Contains(t, metrics, "signalbox_rpc_panics_total 1")
	require.Contains(t, metrics, `grpc_server_handled_total{grpc_code="Internal",grpc_method="GetEvent",grpc_service="signalbox.query.v1.QueryService",grpc_type="unary"} 1`)
}

func TestServer_ReflectionListsTheService(t *testing.T) {
	t.Parallel()
	b := start(t, &queries{})
	stream, err := reflectionv1.NewServerReflectionClient(b.conn).ServerReflectionInfo(t.Context())
	require.NoError(t, err)
	require.NoError(t, stream.Send(&reflectionv1.ServerReflectionRequest{
		MessageRequest: &reflectionv1.ServerReflectionRequest_ListServices{},
	}))
	answer, err := stream.Recv()
	require.NoError(t, err)
	var names []string
	for _, service := range answer.GetListServicesResponse().GetService() {
		names = append(names, service.GetName())
	}
	require.Contains(t, names, "signalbox.query.v1.QueryService")
	require.NoError(t, stream.CloseSend())
}

func TestServer_ReadyzAndHealthFollowTheRegistry(t *testing.T) {
	t.Parallel()
	b := start(t, &queries{})
	client := healthv1.NewHealthClient(b.conn)
	source := b.health.Component("anura-main", health.KindSource)
	source.Fail("Token Mismatch")

	code, body := b.get(t, "/readyz")
	require.Equal(t, http.StatusServiceUnavailable, code)
	var report health.Report
	require.NoError(t, json.Unmarshal([]byte(body), &report))
	require.Equal(t, "anura-main", report.Components[0].Name)
	require.Equal(t, "Token Mismatch", report.Components[0].Reason)
	answer, err := client.Check(t.Context(), &healthv1.HealthCheckRequest{})
	require.NoError(t, err)
	require.Equal(t, healthv1.HealthCheckResponse_NOT_SERVING, answer.GetStatus())

	watch, err := client.Watch(t.Context(), &healthv1.HealthCheckRequest{Service: "signalbox.query.v1.QueryService"})
	require.NoError(t, err)
	first, err := watch.Recv()
	require.NoError(t, err)
	require.Equal(t, healthv1.HealthCheckResponse_NOT_SERVING, first.GetStatus())
	source.OK()
	second, err := watch.Recv()
	require.NoError(t, err)
	require.Equal(t, healthv1.HealthCheckResponse_SERVING, second.GetStatus())

	code, _ = b.get(t, "/readyz")
	require.Equal(t, http.StatusOK, code)
	code, _ = b.get(t, "/healthz")
	require.Equal(t, http.StatusOK, code)
	_, err = client.Check(t.Context(), &healthv1.HealthCheckRequest{Service: "nobody"})
	require.Equal(t, codes.NotFound, status.Code(err))
}

func TestServer_TellsWhatItServes(t *testing.T) {
	t.Parallel()
	nothing := http.NotFoundHandler()
	b := start(t, &queries{}, rpc.Route{Pattern: "GET /v1/", Handler: nothing}, rpc.Route{Pattern: rpc.SecretPrefix, Handler: nothing})
	code, body := b.get(t, "/")
	require.Equal(t, http.StatusOK, code)
	require.JSONEq(t, `{"name": "signalbox", "pages": ["/healthz", "/metrics", "/readyz", "/v1/"]}`, body)
	code, body = b.get(t, "/nope")
	require.Equal(t, http.StatusNotFound, code)
	require.JSONEq(t, `{"code": 5, "message": "nobody serves /nope; GET / names the pages that there are"}`, body)
}

func TestServer_RoutesAreServedAndCounted(t *testing.T) {
	t.Parallel()
	b := start(t, &queries{},
		rpc.Route{Pattern: "/v1/", Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusTeapot)
		})},
		rpc.Route{Pattern: "/panic", Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("x") })},
	)
	code, _ := b.get(t, "/v1/events")
	require.Equal(t, http.StatusTeapot, code)
	code, _ = b.get(t, "/panic")
	require.Equal(t, http.StatusInternalServerError, code)
	_, metrics := b.get(t, "/metrics")
	require.Contains(t, metrics, `signalbox_http_requests_total{code="418",route="/v1/"} 1`)
}

func TestServer_StopEndsStreamsAndCutsOffWhatHangs(t *testing.T) {
	t.Parallel()
	entered, unhurried := make(chan struct{}), make(chan struct{})
	b := start(t, &queries{
		watch: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
		get: func(ctx context.Context) error {
			close(entered)
			<-ctx.Done()
			close(unhurried)
			return ctx.Err()
		},
	})
	watch, err := b.client.WatchEvents(t.Context(), &queryv1.WatchEventsRequest{})
	require.NoError(t, err)
	_, err = watch.Recv()
	require.NoError(t, err)
	hung := make(chan error, 1)
	go func() {
		_, err := b.client.GetEvent(t.Context(), &queryv1.GetEventRequest{})
		hung <- err
	}()
	<-entered

	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	require.NoError(t, b.server.Stop(ctx))

	_, err = watch.Recv()
	require.Equal(t, "SERVER_STOPPING", rpc.Reason(err))
	require.Equal(t, codes.Unavailable, status.Code(<-hung))
	<-unhurried
	require.False(t, b.health.Report().Ready)
}

func TestServer_StopWithoutStartFreesThePorts(t *testing.T) {
	t.Parallel()
	options := rpc.ServerOptions{
		GRPC: "127.0.0.1:0", HTTP: "127.0.0.1:0",
		Logger: slog.New(slog.DiscardHandler), Registry: telemetry.NewRegistry(), Health: health.New(),
		Tracer: telemetry.NewTracerProvider(),
	}
	server, err := rpc.NewServer(options)
	require.NoError(t, err)
	require.Empty(t, server.GRPCAddr())
	require.NoError(t, server.Listen(t.Context()))
	addr := server.GRPCAddr()
	require.Equal(t, http.StatusOK, get(t, "http://"+server.HTTPAddr()+"/healthz"), "HTTP is served while the process starts")

	require.NoError(t, server.Stop(t.Context()))
	require.NoError(t, server.Stop(t.Context()))

	var listen net.ListenConfig
	again, err := listen.Listen(t.Context(), "tcp", addr)
	require.NoError(t, err)
	require.NoError(t, again.Close())
}

func TestServer_PortInUseSaysWhatToDo(t *testing.T) {
	t.Parallel()
	b := start(t, &queries{})
	server, err := rpc.NewServer(rpc.ServerOptions{
		GRPC: "127.0.0.1:0", HTTP: b.server.HTTPAddr(),
		Logger: slog.New(slog.DiscardHandler), Registry: telemetry.NewRegistry(), Health: health.New(),
		Tracer: telemetry.NewTracerProvider(),
	})
	require.NoError(t, err)
	require.ErrorContains(t, server.Start(t.Context()), "set http.listen")
	require.NoError(t, server.Stop(t.Context()))
}

func TestDialer_GivesOneConnectionPerAddressUntilStopped(t *testing.T) {
	t.Parallel()
	dialer := rpc.NewDialer(slog.New(slog.DiscardHandler))
	first, err := dialer.Conn("127.0.0.1:1")
	require.NoError(t, err)
	second, err := dialer.Conn("127.0.0.1:1")
	require.NoError(t, err)
	require.Same(t, first, second)
	require.NoError(t, dialer.Stop(t.Context()))
	require.NoError(t, dialer.Stop(t.Context()))
	_, err = dialer.Conn("127.0.0.1:1")
	require.ErrorIs(t, err, rpc.ErrDialerStopped)
}

func get(t *testing.T, url string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	http.DefaultClient.CloseIdleConnections()
	require.NoError(t, response.Body.Close())
	return response.StatusCode
}
