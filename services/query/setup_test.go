package query_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/health"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/pkg/telemetry"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
	"github.com/signalbox-io/signalbox/services/query"
)

const (
	patience = 90 * time.Second
	tick     = 10 * time.Millisecond
)

// rig is a query service on a real bus behind real listeners.
type rig struct {
	t      *testing.T
	cfg    config.Config
	bus    *bus.Bus
	client queryv1.QueryServiceClient

	registry *prometheus.Registry
	health   *health.Registry
	service  *query.Server
	server   *rpc.Server
	dialer   *rpc.Dialer
}

// newRig starts a service of its own; change may alter its configuration.
func newRig(t *testing.T, change ...func(*config.Config)) *rig {
	t.Helper()
	listen := config.Listen{Address: "127.0.0.1:0"}
	r := &rig{t: t, bus: bustest.New(t), cfg: config.Config{
		GRPC: listen, HTTP: listen,
		Query: config.Query{SQLitePath: filepath.Join(t.TempDir(), "query.db"), Retention: 90 * 24 * time.Hour},
		Sources: []config.Source{
			{Name: "website", Vendor: eventv1.Vendor_VENDOR_ANALYTICS},
			{Name: "anodot-prod", Vendor: eventv1.Vendor_VENDOR_ANODOT},
		},
	}}
	for _, f := range change {
		f(&r.cfg)
	}
	r.start()
	t.Cleanup(r.stop)
	return r
}

func (r *rig) start() {
	r.t.Helper()
	logger, tracer := slog.New(slog.DiscardHandler), telemetry.NewTracerProvider()
	r.registry, r.health = telemetry.NewRegistry(), health.New()
	var err error
	r.service, err = query.New(r.cfg, r.bus, logger, r.registry, r.health)
	require.NoError(r.t, err)
	r.dialer = rpc.NewDialer(logger, rpc.WithTracerProvider(tracer))
	r.dialer.Own(r.cfg.GRPC.Address)
	conn, err := r.dialer.Conn(r.cfg.GRPC.Address)
	require.NoError(r.t, err)
	routes, err := query.Routes(conn)
	require.NoError(r.t, err)
	r.server, err = rpc.NewServer(rpc.ServerOptions{
		GRPC: r.cfg.GRPC.Address, HTTP: r.cfg.HTTP.Address, Services: []rpc.Service{r.service}, Routes: routes,
		Logger: logger, Registry: r.registry, Health: r.health, Tracer: tracer,
	})
	require.NoError(r.t, err)
	require.NoError(r.t, r.service.Start(r.t.Context()))
	require.NoError(r.t, r.server.Start(r.t.Context()))
	r.dialer.Bound(r.cfg.GRPC.Address, r.server.GRPCAddr())
	r.client = queryv1.NewQueryServiceClient(conn)
}

func (r *rig) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(r.t, r.dialer.Stop(ctx))
	require.NoError(r.t, r.server.Stop(ctx))
	require.NoError(r.t, r.service.Stop(ctx))
}

// publish puts the events on the stream and waits until they are in the read
// model: the newest by event time heads the list.
func (r *rig) publish(events ...*eventv1.Event) {
	r.t.Helper()
	bustest.Publish(r.t, r.bus, events...)
	last := events[len(events)-1].GetId()
	require.Eventually(r.t, func() bool {
		_, err := r.client.GetEvent(r.t.Context(), &queryv1.GetEventRequest{Id: last})
		return err == nil
	}, patience, tick)
}

func (r *rig) events(filter string) []string {
	r.t.Helper()
	answer, err := r.client.ListEvents(r.t.Context(), &queryv1.ListEventsRequest{Filter: filter, PageSize: 1000})
	require.NoError(r.t, err)
	return natives(answer.GetEvents())
}

// request begins a GET of the path; the caller closes the answer's body.
func (r *rig) request(ctx context.Context, method, path string) *http.Response {
	r.t.Helper()
	request, err := http.NewRequestWithContext(ctx, method, "http://"+r.server.HTTPAddr()+path, nil)
	require.NoError(r.t, err)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	require.NoError(r.t, err)
	return response
}

// get returns the status and the JSON of a GET.
func (r *rig) get(path string) (int, map[string]any) {
	r.t.Helper()
	response := r.request(r.t.Context(), http.MethodGet, path)
	defer func() { require.NoError(r.t, response.Body.Close()) }()
	require.Equal(r.t, "application/json", response.Header.Get("Content-Type"))
	require.Equal(r.t, "no-store", response.Header.Get("Cache-Control"))
	body := read(r.t, response.Body)
	var parsed map[string]any
	require.NoError(r.t, json.Unmarshal([]byte(body), &parsed), body)
	return response.StatusCode, parsed
}

// newEvent returns the i-th event: traffic of one site, i seconds after noon.
func newEvent(i int) *eventv1.Event {
	native := fmt.Sprintf("n%d", i)
	return &eventv1.Event{
		Id: event.ID("website", native, ""), Source: "website", Vendor: eventv1.Vendor_VENDOR_ANALYTICS, NativeId: native,
		OccurredAt: timestamppb.New(noon().Add(time.Duration(i) * time.Second)), Entity: "site:shop",
		Severity: eventv1.Severity_SEVERITY_HIGH, Labels: map[string]string{"site": "shop"},
		Payload: &eventv1.Event_Traffic{Traffic: &eventv1.Traffic{Measures: map[string]float64{"visitors": float64(i)}}},
	}
}

func newEvents(from, to int) []*eventv1.Event {
	var list []*eventv1.Event
	for i := from; i < to; i++ {
		list = append(list, newEvent(i))
	}
	return list
}

func noon() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func natives(events []*eventv1.Event) []string {
	list := make([]string, len(events))
	for i, e := range events {
		list[i] = e.GetNativeId()
	}
	return list
}

func filtered(filter string) string { return "?" + url.Values{"filter": {filter}}.Encode() }

func read(t *testing.T, from io.Reader) string {
	t.Helper()
	text, err := io.ReadAll(from)
	require.NoError(t, err)
	return string(text)
}
