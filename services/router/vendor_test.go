package router_test

import (
	"context"
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
)

// vendor is Anodot and Anomify behind their adapters.
type vendor struct {
	anodotv1.UnimplementedAnodotServiceServer

	addr string

	mu       sync.Mutex
	paused   map[string]bool
	titles   map[string]string
	watchers []*anomifyv1.Watcher
	effects  []string
	refuses  bool // every pause, for good
}

// watching is the Anomify of a vendor.
type watching struct {
	anomifyv1.UnimplementedAnomifyServiceServer

	of *vendor
}

func newVendor(t *testing.T) *vendor {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	v := &vendor{addr: listener.Addr().String(), paused: map[string]bool{}, titles: map[string]string{}}
	server := grpc.NewServer()
	anodotv1.RegisterAnodotServiceServer(server, v)
	anomifyv1.RegisterAnomifyServiceServer(server, watching{of: v})
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

// titled gives an alert a title.
func (v *vendor) titled(id, title string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.titles[id] = title
}

// pausedByOthers pauses an alert by hand.
func (v *vendor) pausedByOthers(id string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.paused[id] = true
}

// resumedByOthers resumes an alert by hand.
func (v *vendor) resumedByOthers(id string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.paused[id] = false
}

// GetAlert returns any alert.
func (v *vendor) GetAlert(_ context.Context, req *anodotv1.GetAlertRequest) (*anodotv1.GetAlertResponse, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	alert := &anodotv1.Alert{Id: req.GetAlertId(), Title: v.titles[req.GetAlertId()], Paused: v.paused[req.GetAlertId()]}
	if req.GetFields() {
		alert.Fields = &structpb.Struct{}
	}
	return &anodotv1.GetAlertResponse{Alert: alert}, nil
}

// ListAlerts lists the alerts that were paused at some time.
func (v *vendor) ListAlerts(context.Context, *anodotv1.ListAlertsRequest) (*anodotv1.ListAlertsResponse, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	list := &anodotv1.ListAlertsResponse{}
	for id, isPaused := range v.paused {
		list.Alerts = append(list.Alerts, &anodotv1.Alert{Id: id, Paused: isPaused})
	}
	return list, nil
}

// PauseAlert pauses any alert.
func (v *vendor) PauseAlert(ctx context.Context, req *anodotv1.PauseAlertRequest) (*anodotv1.PauseAlertResponse, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if ctx.Err() != nil { // as adapters: what nobody waits for any more is not done
		return nil, ctx.Err()
	}
	if v.refuses {
		return nil, rpc.Error(codes.InvalidArgument, rpc.ReasonRefusedByVendor, nil, "no")
	}
	v.paused[req.GetAlertId()] = true
	v.effects = append(v.effects, "pause "+req.GetAlertId())
	return &anodotv1.PauseAlertResponse{}, nil
}

// ResumeAlert resumes any alert.
func (v *vendor) ResumeAlert(ctx context.Context, req *anodotv1.ResumeAlertRequest) (*anodotv1.ResumeAlertResponse, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	v.paused[req.GetAlertId()] = false
	v.effects = append(v.effects, "resume "+req.GetAlertId())
	return &anodotv1.ResumeAlertResponse{}, nil
}

// refuse lets the vendor refuse pauses, or take them.
func (v *vendor) refuse(refuses bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.refuses = refuses
}

// ListWatchers returns what was created.
func (w watching) ListWatchers(context.Context, *anomifyv1.ListWatchersRequest) (*anomifyv1.ListWatchersResponse, error) {
	w.of.mu.Lock()
	defer w.of.mu.Unlock()
	return &anomifyv1.ListWatchersResponse{Watchers: slices.Clone(w.of.watchers)}, nil
}

// CreateWatcher creates a watcher each time it is asked to.
func (w watching) CreateWatcher(ctx context.Context, req *anomifyv1.CreateWatcherRequest) (*anomifyv1.CreateWatcherResponse, error) {
	w.of.mu.Lock()
	defer w.of.mu.Unlock()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	watcher := &anomifyv1.Watcher{Id: req.GetName(), Name: req.GetName()}
	w.of.watchers = append(w.of.watchers, watcher)
	w.of.effects = append(w.of.effects, "create "+req.GetName())
	return &anomifyv1.CreateWatcherResponse{Watcher: watcher}, nil
}
