package action_test

import (
	"context"
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
	securereporterv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/securereporter/v1"
)

// vendor is the vendors behind their adapters: alerts, watchers, and a script
// of what goes wrong.
type vendor struct {
	addr string

	mu       sync.Mutex
	paused   map[string]bool // by alert id; no entry: no such alert
	titles   map[string]string
	watchers []*anomifyv1.Watcher
	// exclusions that were added; a deleted one is nil.
	exclusions []*anomifyv1.Exclusion
	fields     map[string]map[string]any // configurations, by alert id
	patterns   map[string]bool           // whether enabled, by id
	trained    map[string]int            // patterns, by anomaly id
	samples    []*anodotv1.Sample
	errors     []*anodotv1.SampleError // of the next samples
	scripts    map[string][]fault      // by call, as "pause a1"; the last one stays
	calls      []string
	effects    []string
	isInParts  bool // some records of lists cannot be read
	isVague    bool // of no alert it is said whether it is paused
	atOnce     int
	most       int
}

// anodotVendor, anomifyVendor and reporterVendor are its faces.
type anodotVendor struct {
	anodotv1.UnimplementedAnodotServiceServer
	*vendor
}

type anomifyVendor struct {
	anomifyv1.UnimplementedAnomifyServiceServer
	*vendor
}

type reporterVendor struct {
	securereporterv1.UnimplementedSecureReporterServiceServer
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

// hang answers nothing until the caller is killed, or the vendor is.
func hang(ctx context.Context, _ func()) error {
	<-ctx.Done()
	return ctx.Err()
}

// late is given up by its caller, and has its effect when done is closed, long after.
func late(done <-chan struct{}, applied *sync.WaitGroup) fault {
	return func(_ context.Context, apply func()) error {
		applied.Go(func() {
			<-done
			apply()
		})
		return overdue()
	}
}

func reason(code codes.Code, reason string) error {
	return rpc.Error(code, reason, nil, "vendor says %s", reason)
}

func unknownOutcome() error { return reason(codes.Unknown, "OUTCOME_UNKNOWN") }

func rateLimited() error { return reason(codes.ResourceExhausted, "RATE_LIMITED") }

// overdue is what a caller hears of a call to which nothing was answered in time.
func overdue() error { return status.Error(codes.DeadlineExceeded, "context deadline exceeded") }

func unavailable() error { return status.Error(codes.Unavailable, "connection refused") }

func notFound() error { return reason(codes.NotFound, "NOT_FOUND") }

func refused() error { return reason(codes.InvalidArgument, "REFUSED_BY_VENDOR") }

// newVendor serves a vendor with the given alerts, all active.
func newVendor(t *testing.T, alerts ...string) *vendor {
	t.Helper()
	v := &vendor{
		paused: map[string]bool{}, titles: map[string]string{}, scripts: map[string][]fault{},
		fields: map[string]map[string]any{}, patterns: map[string]bool{}, trained: map[string]int{},
	}
	for _, id := range alerts {
		v.paused[id] = false
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	v.addr = listener.Addr().String()
	server := grpc.NewServer()
	anodotv1.RegisterAnodotServiceServer(server, anodotVendor{vendor: v})
	anomifyv1.RegisterAnomifyServiceServer(server, anomifyVendor{vendor: v})
	securereporterv1.RegisterSecureReporterServiceServer(server, reporterVendor{vendor: v})
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

// inParts says whether the alerts, watchers and exclusions are records that cannot be read.
func (v *vendor) inParts(is bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.isInParts = is
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

// deleteWatchers deletes every watcher by hand.
func (v *vendor) deleteWatchers() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for i, w := range v.watchers {
		v.watchers[i] = &anomifyv1.Watcher{Id: w.GetId(), Name: w.GetName(), Deleted: true}
	}
}
