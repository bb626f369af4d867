package core_test

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
	"github.com/signalbox-io/signalbox/services/signalbox/torture/judge"
	"github.com/signalbox-io/signalbox/services/signalbox/torture/story"
)

const (
	// longestWay is how long a call that was cut off may take to the vendor: less
	// than a call of an adapter may take as a whole.
	longestWay = callTime * 5 / 9
)

// vendor is the vendors behind their adapters. It outlives the processes.
type vendor struct {
	fates *fates
	crash func() // ends the process that lives
	late  sync.WaitGroup

	mu         sync.Mutex
	paused     map[string]bool // targets
	watchers   []*anomifyv1.Watcher
	exclusions []*anomifyv1.Exclusion // nil where one was deleted
	effects    []judge.Effect
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

func (v *vendor) set(target, verb string, paused bool) func() {
	return func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.did(verb, target, v.paused[target] != paused)
		v.paused[target] = paused
	}
}

func (v *vendor) isPaused(target string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.paused[target]
}

func (v anodotVendor) GetAlert(ctx context.Context, r *anodotv1.GetAlertRequest) (*anodotv1.GetAlertResponse, error) {
	if err := v.call(ctx, "get "+r.GetAlertId(), nil); err != nil {
		return nil, err
	}
	return &anodotv1.GetAlertResponse{Alert: &anodotv1.Alert{
		Id: r.GetAlertId(), Title: "alert " + r.GetAlertId(), Paused: v.isPaused("alert:" + r.GetAlertId()),
	}}, nil
}

func (v anodotVendor) PauseAlert(ctx context.Context, r *anodotv1.PauseAlertRequest) (*anodotv1.PauseAlertResponse, error) {
	if err := v.call(ctx, "pause "+r.GetAlertId(), v.set("alert:"+r.GetAlertId(), judge.Pause, true)); err != nil {
		return nil, err
	}
	return &anodotv1.PauseAlertResponse{}, nil
}

func (v anodotVendor) ResumeAlert(ctx context.Context, r *anodotv1.ResumeAlertRequest) (*anodotv1.ResumeAlertResponse, error) {
	if err := v.call(ctx, "resume "+r.GetAlertId(), v.set("alert:"+r.GetAlertId(), judge.Resume, false)); err != nil {
		return nil, err
	}
	return &anodotv1.ResumeAlertResponse{}, nil
}

func (v anodotVendor) GetDataStream(ctx context.Context, r *anodotv1.GetDataStreamRequest) (*anodotv1.GetDataStreamResponse, error) {
	id := r.GetDataStreamId()
	if err := v.call(ctx, "get stream "+id, nil); err != nil {
		return nil, err
	}
	return &anodotv1.GetDataStreamResponse{DataStream: &anodotv1.DataStream{
		Id: &id, Name: &id, Paused: new(v.isPaused("stream:" + id)),
	}}, nil
}

func (v anodotVendor) PauseDataStream(ctx context.Context, r *anodotv1.PauseDataStreamRequest) (*anodotv1.PauseDataStreamResponse, error) {
	id := r.GetDataStreamId()
	return &anodotv1.PauseDataStreamResponse{}, v.call(ctx, "pause stream "+id, v.set("stream:"+id, judge.PauseStream, true))
}

func (v anodotVendor) ResumeDataStream(ctx context.Context, r *anodotv1.ResumeDataStreamRequest) (*anodotv1.ResumeDataStreamResponse, error) {
	id := r.GetDataStreamId()
	return &anodotv1.ResumeDataStreamResponse{}, v.call(ctx, "resume stream "+id, v.set("stream:"+id, judge.ResumeStream, false))
}

func (v anomifyVendor) ListWatchers(ctx context.Context, _ *anomifyv1.ListWatchersRequest) (*anomifyv1.ListWatchersResponse, error) {
	if err := v.call(ctx, "list", nil); err != nil {
		return nil, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	answer := &anomifyv1.ListWatchersResponse{}
	for _, w := range v.watchers {
		answer.Watchers = append(answer.Watchers, proto.CloneOf(w))
	}
	return answer, nil
}

func (v anomifyVendor) CreateWatcher(ctx context.Context, r *anomifyv1.CreateWatcherRequest) (*anomifyv1.CreateWatcherResponse, error) {
	w := &anomifyv1.Watcher{Name: r.GetName(), Chips: r.GetChips()}
	err := v.call(ctx, "create "+r.GetName(), func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		w.Id = strconv.Itoa(len(v.watchers) + 1)
		v.watchers = append(v.watchers, w)
		v.did(judge.Create, targetOf(w), true)
	})
	if err != nil {
		return nil, err
	}
	return &anomifyv1.CreateWatcherResponse{Watcher: w}, nil
}

func (v anomifyVendor) DeleteWatcher(ctx context.Context, r *anomifyv1.DeleteWatcherRequest) (*anomifyv1.DeleteWatcherResponse, error) {
	return &anomifyv1.DeleteWatcherResponse{}, v.call(ctx, "delete "+r.GetWatcherId(), func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		for _, w := range v.watchers {
			if w.GetId() == r.GetWatcherId() {
				v.did(judge.DeleteWatcher, targetOf(w), !w.GetDeleted())
				w.Deleted = true
			}
		}
	})
}

func targetOf(w *anomifyv1.Watcher) string {
	name, _, _ := strings.Cut(w.GetName(), " [sb-")
	return "watcher:" + name
}

func (v anomifyVendor) ListExclusions(ctx context.Context, _ *anomifyv1.ListExclusionsRequest) (*anomifyv1.ListExclusionsResponse, error) {
	if err := v.call(ctx, "list exclusions", nil); err != nil {
		return nil, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return &anomifyv1.ListExclusionsResponse{Exclusions: slices.DeleteFunc(slices.Clone(v.exclusions), isNone)}, nil
}

func isNone(x *anomifyv1.Exclusion) bool { return x == nil }

func (v anomifyVendor) AddExclusion(ctx context.Context, r *anomifyv1.AddExclusionRequest) (*anomifyv1.AddExclusionResponse, error) {
	x := &anomifyv1.Exclusion{Type: new(r.GetType()), Value: new(r.GetValue())}
	err := v.call(ctx, "add "+r.GetValue(), func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		x.Id = new(strconv.Itoa(len(v.exclusions) + 1))
		v.exclusions = append(v.exclusions, x)
		v.did(judge.AddExclusion, "exclusion:"+r.GetValue(), true)
	})
	if err != nil {
		return nil, err
	}
	return &anomifyv1.AddExclusionResponse{Exclusion: x}, nil
}

func (v anomifyVendor) DeleteExclusion(ctx context.Context, r *anomifyv1.DeleteExclusionRequest) (*anomifyv1.DeleteExclusionResponse, error) {
	return &anomifyv1.DeleteExclusionResponse{}, v.call(ctx, "delete exclusion "+r.GetExclusionId(), func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		for i, x := range v.exclusions {
			if x != nil && x.GetId() == r.GetExclusionId() {
				v.did(judge.DeleteExclusion, "exclusion:"+x.GetValue(), true)
				v.exclusions[i] = nil
			}
		}
	})
}

// seen are the effects so far, and what is paused, or there and made for a while.
func (v *vendor) seen() (effects []judge.Effect, held []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for target, isPaused := range v.paused {
		if isPaused {
			held = append(held, target)
		}
	}
	for _, w := range v.watchers {
		if !w.GetDeleted() && strings.HasPrefix(targetOf(w), "watcher:bots on "+story.Timed) {
			held = append(held, targetOf(w))
		}
	}
	for _, x := range slices.DeleteFunc(slices.Clone(v.exclusions), isNone) {
		held = append(held, "exclusion:"+x.GetValue())
	}
	return append([]judge.Effect{}, v.effects...), held
}
