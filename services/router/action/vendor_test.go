package action_test

import (
	"context"
	"net"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
)

// vendor is both vendors behind their adapters: alerts, watchers, and a script
// of what goes wrong.
type vendor struct {
	addr string

	mu       sync.Mutex
	paused   map[string]bool // by alert id; no entry: no such alert
	titles   map[string]string
	watchers []*anomifyv1.Watcher
	scripts  map[string][]fault // by call, as "pause a1"; the last one stays
	calls    []string
	effects  []string
	atOnce   int
	most     int
}

// anodotVendor and anomifyVendor are its two faces.
type anodotVendor struct {
	anodotv1.UnimplementedAnodotServiceServer
	*vendor
}

type anomifyVendor struct {
	anomifyv1.UnimplementedAnomifyServiceServer
	*vendor
}

// fault is what becomes of one call. apply makes its effect happen.
type fault func(ctx context.Context, apply func()) error

func ok(_ context.Context, apply func()) error {
	apply()
	return nil
}

// refuse fails a call before it has an effect.
func refuse(err error) fault { return func(context.Context, func()) error { return err } }

// lose applies the effect and loses the answer.
func lose(err error) fault {
	return func(_ context.Context, apply func()) error {
		apply()
		return err
	}
}

// ignore accepts the call and does nothing.
func ignore(context.Context, func()) error { return nil }

// hang answers nothing until the caller gives up.
func hang(ctx context.Context, _ func()) error {
	<-ctx.Done()
	return ctx.Err()
}

// late answers nothing until the caller gives up, and has its effect when done
// is closed, long after.
func late(done <-chan struct{}, applied *sync.WaitGroup) fault {
	return func(ctx context.Context, apply func()) error {
		applied.Go(func() {
			<-done
			apply()
		})
		return hang(ctx, apply)
	}
}

func reason(code codes.Code, reason string) error {
	return rpc.Error(code, reason, nil, "vendor says %s", reason)
}

func unknownOutcome() error { return reason(codes.Unknown, "OUTCOME_UNKNOWN") }

func unavailable() error { return status.Error(codes.Unavailable, "connection refused") }

func notFound() error { return reason(codes.NotFound, "NOT_FOUND") }

func refused() error { return reason(codes.InvalidArgument, "REFUSED_BY_VENDOR") }

// newVendor serves a vendor with the given alerts, all active.
func newVendor(t *testing.T, alerts ...string) *vendor {
	t.Helper()
	v := &vendor{paused: map[string]bool{}, titles: map[string]string{}, scripts: map[string][]fault{}}
	for _, id := range alerts {
		v.paused[id] = false
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	v.addr = listener.Addr().String()
	server := grpc.NewServer()
	anodotv1.RegisterAnodotServiceServer(server, anodotVendor{vendor: v})
	anomifyv1.RegisterAnomifyServiceServer(server, anomifyVendor{vendor: v})
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		require.NoError(t, <-served)
	})
	return v
}

// script says what becomes of the next calls; the last fault is for all that
// follow.
func (v *vendor) script(call string, faults ...fault) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.scripts[call] = faults
}

// set changes an alert by hand.
func (v *vendor) set(id string, paused bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.paused[id] = paused
}

// title gives an alert another title by hand.
func (v *vendor) title(id, title string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.titles[id] = title
}

func (v *vendor) remove(id string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.paused, id)
}

func (v *vendor) isPaused(id string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.paused[id]
}

// happened returns the effects so far, in their order.
func (v *vendor) happened() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.effects)
}

// called returns how often the call was made.
func (v *vendor) called(call string) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	n := 0
	for _, c := range v.calls {
		if c == call {
			n++
		}
	}
	return n
}

// take plays the call's next fault; effect runs under the lock.
func (v *vendor) take(ctx context.Context, call string, effect func()) error {
	v.mu.Lock()
	v.calls = append(v.calls, call)
	v.atOnce++
	v.most = max(v.most, v.atOnce)
	next := fault(ok)
	if faults := v.scripts[call]; len(faults) > 0 {
		next = faults[0]
		v.scripts[call] = faults[min(1, len(faults)-1):]
	}
	v.mu.Unlock()
	defer func() {
		v.mu.Lock()
		v.atOnce--
		v.mu.Unlock()
	}()
	return next(ctx, func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		effect()
	})
}

// GetAlert implements anodotv1.AnodotServiceServer.
func (v anodotVendor) GetAlert(ctx context.Context, r *anodotv1.GetAlertRequest) (*anodotv1.GetAlertResponse, error) {
	var alert *anodotv1.Alert
	err := v.take(ctx, "get "+r.GetAlertId(), func() {
		if paused, found := v.paused[r.GetAlertId()]; found {
			alert = &anodotv1.Alert{Id: r.GetAlertId(), Title: v.titles[r.GetAlertId()], Paused: paused}
		}
	})
	if err == nil && alert == nil {
		err = notFound()
	}
	return &anodotv1.GetAlertResponse{Alert: alert}, err
}

// PauseAlert implements anodotv1.AnodotServiceServer.
func (v anodotVendor) PauseAlert(ctx context.Context, r *anodotv1.PauseAlertRequest) (*anodotv1.PauseAlertResponse, error) {
	return &anodotv1.PauseAlertResponse{}, v.change(ctx, "pause", r.GetAlertId(), true)
}

// ResumeAlert implements anodotv1.AnodotServiceServer.
func (v anodotVendor) ResumeAlert(ctx context.Context, r *anodotv1.ResumeAlertRequest) (*anodotv1.ResumeAlertResponse, error) {
	return &anodotv1.ResumeAlertResponse{}, v.change(ctx, "resume", r.GetAlertId(), false)
}

func (v *vendor) change(ctx context.Context, verb, id string, paused bool) error {
	isThere := true
	err := v.take(ctx, verb+" "+id, func() {
		if _, isThere = v.paused[id]; isThere {
			v.paused[id] = paused
			v.effects = append(v.effects, verb+" "+id)
		}
	})
	if err == nil && !isThere {
		err = notFound()
	}
	return err
}

// ListWatchers implements anomifyv1.AnomifyServiceServer.
func (v anomifyVendor) ListWatchers(ctx context.Context, _ *anomifyv1.ListWatchersRequest) (*anomifyv1.ListWatchersResponse, error) {
	response := &anomifyv1.ListWatchersResponse{}
	err := v.take(ctx, "list", func() { response.Watchers = slices.Clone(v.watchers) })
	return response, err
}

// CreateWatcher implements anomifyv1.AnomifyServiceServer.
func (v anomifyVendor) CreateWatcher(ctx context.Context, r *anomifyv1.CreateWatcherRequest) (*anomifyv1.CreateWatcherResponse, error) {
	response := &anomifyv1.CreateWatcherResponse{}
	err := v.take(ctx, "create", func() {
		response.Watcher = &anomifyv1.Watcher{
			Id: strconv.Itoa(len(v.watchers) + 1), Name: r.GetName(), Chips: r.GetChips(), Alert: r.GetAlert(),
		}
		v.watchers = append(v.watchers, response.GetWatcher())
		v.effects = append(v.effects, "create "+r.GetName())
	})
	return response, err
}

// deleteWatchers deletes every watcher by hand.
func (v *vendor) deleteWatchers() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for i, w := range v.watchers {
		v.watchers[i] = &anomifyv1.Watcher{Id: w.GetId(), Name: w.GetName(), Deleted: true}
	}
}
