package core_test

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
	"github.com/signalbox-io/signalbox/services/signalbox/torture/judge"
)

const (
	// longestWay is how long a call that was cut off may take to the vendor: less
	// than a call of an adapter may take as a whole.
	longestWay = 25 * time.Second
)

// vendor is the vendors behind their adapters. It outlives the processes.
type vendor struct {
	fates *fates
	crash func() // ends the process that lives
	late  sync.WaitGroup

	mu       sync.Mutex
	paused   map[string]bool
	watchers []*anomifyv1.Watcher
	effects  []judge.Effect
}

type anodotVendor struct {
	anodotv1.UnimplementedAnodotServiceServer
	*vendor
}

type anomifyVendor struct {
	anomifyv1.UnimplementedAnomifyServiceServer
	*vendor
}

// call lets a call happen as its fate is; apply may be nil.
func (v *vendor) call(ctx context.Context, name string, apply func()) error {
	if apply == nil {
		apply = func() {}
	}
	kind, random := v.fates.of(name, callOdds)
	switch kind {
	case failsBefore:
		return status.Error(codes.Unavailable, "the vendor answered 500")
	case failsAfter:
		apply()
		return status.Error(codes.Unavailable, "the answer is lost")
	case failsUntil:
		way := time.Duration(random.Int64N(int64(longestWay)))
		v.late.Go(func() {
			time.Sleep(way) //nolint:forbidigo // in a bubble, for as long as the call is on its way
			apply()
		})
		return status.Error(codes.Unavailable, "the connection broke")
	case hangs:
		<-ctx.Done()
		return status.FromContextError(ctx.Err()).Err()
	case isLimited:
		return rpc.Error(codes.ResourceExhausted, rpc.ReasonRateLimited, nil, "too many calls")
	case crashBefore:
		v.crash()
		return status.Error(codes.Unavailable, "nobody is there")
	case crashAfter:
		apply()
		v.crash()
		return status.Error(codes.Unavailable, "nobody is there")
	default:
		apply()
		return nil
	}
}

// did notes an effect; v.mu is held.
func (v *vendor) did(verb, target string, changed bool) {
	v.effects = append(v.effects, judge.Effect{At: time.Now(), Target: target, Verb: verb, Changed: changed})
}

func (v *vendor) set(id, verb string, paused bool) func() {
	return func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.did(verb, "alert:"+id, v.paused[id] != paused)
		v.paused[id] = paused
	}
}

func (v *vendor) alert(id string) *anodotv1.Alert {
	v.mu.Lock()
	defer v.mu.Unlock()
	return &anodotv1.Alert{Id: id, Title: "alert " + id, Paused: v.paused[id]}
}

func (v anodotVendor) GetAlert(ctx context.Context, r *anodotv1.GetAlertRequest) (*anodotv1.GetAlertResponse, error) {
	if err := v.call(ctx, "get "+r.GetAlertId(), nil); err != nil {
		return nil, err
	}
	return &anodotv1.GetAlertResponse{Alert: v.alert(r.GetAlertId())}, nil
}

func (v anodotVendor) PauseAlert(ctx context.Context, r *anodotv1.PauseAlertRequest) (*anodotv1.PauseAlertResponse, error) {
	if err := v.call(ctx, "pause "+r.GetAlertId(), v.set(r.GetAlertId(), judge.Pause, true)); err != nil {
		return nil, err
	}
	return &anodotv1.PauseAlertResponse{}, nil
}

func (v anodotVendor) ResumeAlert(ctx context.Context, r *anodotv1.ResumeAlertRequest) (*anodotv1.ResumeAlertResponse, error) {
	if err := v.call(ctx, "resume "+r.GetAlertId(), v.set(r.GetAlertId(), judge.Resume, false)); err != nil {
		return nil, err
	}
	return &anodotv1.ResumeAlertResponse{}, nil
}

func (v anomifyVendor) ListWatchers(ctx context.Context, _ *anomifyv1.ListWatchersRequest) (*anomifyv1.ListWatchersResponse, error) {
	if err := v.call(ctx, "list", nil); err != nil {
		return nil, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return &anomifyv1.ListWatchersResponse{Watchers: append([]*anomifyv1.Watcher{}, v.watchers...)}, nil
}

func (v anomifyVendor) CreateWatcher(ctx context.Context, r *anomifyv1.CreateWatcherRequest) (*anomifyv1.CreateWatcherResponse, error) {
	w := &anomifyv1.Watcher{Name: r.GetName(), Chips: r.GetChips()}
	err := v.call(ctx, "create "+r.GetName(), func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		w.Id = strconv.Itoa(len(v.watchers) + 1)
		v.watchers = append(v.watchers, w)
		name, _, _ := strings.Cut(r.GetName(), " [sb-")
		v.did(judge.Create, "watcher:"+name, true)
	})
	if err != nil {
		return nil, err
	}
	return &anomifyv1.CreateWatcherResponse{Watcher: w}, nil
}

// seen are the effects so far, and which alerts are paused.
func (v *vendor) seen() (effects []judge.Effect, paused []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for id, isPaused := range v.paused {
		if isPaused {
			paused = append(paused, "alert:"+id)
		}
	}
	return append([]judge.Effect{}, v.effects...), paused
}
