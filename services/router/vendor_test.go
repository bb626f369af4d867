package router_test

import (
	"context"
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
)

// vendor is Anodot and Anomify behind their adapters.
type vendor struct {
	anodotv1.UnimplementedAnodotServiceServer
	anomifyv1.UnimplementedAnomifyServiceServer

	addr string

	mu       sync.Mutex
	paused   map[string]bool
	watchers []*anomifyv1.Watcher
	effects  []string
}

func newVendor(t *testing.T) *vendor {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	v := &vendor{addr: listener.Addr().String(), paused: map[string]bool{}}
	server := grpc.NewServer()
	anodotv1.RegisterAnodotServiceServer(server, v)
	anomifyv1.RegisterAnomifyServiceServer(server, v)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		require.NoError(t, <-served)
	})
	return v
}

// done returns what was done at the vendor, in no order.
func (v *vendor) done() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Sorted(slices.Values(v.effects))
}

// GetAlert returns any alert.
func (v *vendor) GetAlert(_ context.Context, req *anodotv1.GetAlertRequest) (*anodotv1.GetAlertResponse, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return &anodotv1.GetAlertResponse{
		Alert: &anodotv1.Alert{Id: req.GetAlertId(), Paused: v.paused[req.GetAlertId()]},
	}, nil
}

// PauseAlert pauses any alert.
func (v *vendor) PauseAlert(_ context.Context, req *anodotv1.PauseAlertRequest) (*anodotv1.PauseAlertResponse, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.paused[req.GetAlertId()] = true
	v.effects = append(v.effects, "pause "+req.GetAlertId())
	return &anodotv1.PauseAlertResponse{}, nil
}

// ListWatchers returns what was created.
func (v *vendor) ListWatchers(context.Context, *anomifyv1.ListWatchersRequest) (*anomifyv1.ListWatchersResponse, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return &anomifyv1.ListWatchersResponse{Watchers: slices.Clone(v.watchers)}, nil
}

// CreateWatcher creates a watcher each time it is asked to.
func (v *vendor) CreateWatcher(_ context.Context, req *anomifyv1.CreateWatcherRequest) (*anomifyv1.CreateWatcherResponse, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	w := &anomifyv1.Watcher{Id: req.GetName(), Name: req.GetName()}
	v.watchers = append(v.watchers, w)
	v.effects = append(v.effects, "create "+req.GetName())
	return &anomifyv1.CreateWatcherResponse{Watcher: w}, nil
}
