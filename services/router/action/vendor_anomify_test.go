package action_test

import (
	"context"
	"slices"
	"strconv"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
)

// ListWatchers implements anomifyv1.AnomifyServiceServer.
func (v anomifyVendor) ListWatchers(ctx context.Context, _ *anomifyv1.ListWatchersRequest) (*anomifyv1.ListWatchersResponse, error) {
	response := &anomifyv1.ListWatchersResponse{}
	err := v.take(ctx, "list", func() {
		if response.Watchers = slices.Clone(v.watchers); v.isInParts {
			response.Watchers, response.Rejected = nil, []*anomifyv1.RejectedRecord{{}}
		}
	})
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

// UpdateWatcher implements anomifyv1.AnomifyServiceServer.
func (v anomifyVendor) UpdateWatcher(ctx context.Context, r *anomifyv1.UpdateWatcherRequest) (*anomifyv1.UpdateWatcherResponse, error) {
	return &anomifyv1.UpdateWatcherResponse{}, v.alterWatcher(ctx, "update watcher", r.GetWatcherId(), func(w *anomifyv1.Watcher) {
		if r.GetName() != "" {
			w.Name = r.GetName()
		}
		if len(r.GetChips()) > 0 {
			w.Chips = r.GetChips()
		}
		if r.Alert != nil {
			w.Alert = r.GetAlert()
		}
	})
}

// DeleteWatcher implements anomifyv1.AnomifyServiceServer.
func (v anomifyVendor) DeleteWatcher(ctx context.Context, r *anomifyv1.DeleteWatcherRequest) (*anomifyv1.DeleteWatcherResponse, error) {
	return &anomifyv1.DeleteWatcherResponse{}, v.alterWatcher(ctx, "delete watcher", r.GetWatcherId(),
		func(w *anomifyv1.Watcher) { w.Deleted = true })
}

// UndeleteWatcher implements anomifyv1.AnomifyServiceServer.
func (v anomifyVendor) UndeleteWatcher(
	ctx context.Context, r *anomifyv1.UndeleteWatcherRequest,
) (*anomifyv1.UndeleteWatcherResponse, error) {
	return &anomifyv1.UndeleteWatcherResponse{}, v.alterWatcher(ctx, "undelete watcher", r.GetWatcherId(),
		func(w *anomifyv1.Watcher) { w.Deleted = false })
}

// alterWatcher changes a watcher that must be there.
func (v *vendor) alterWatcher(ctx context.Context, verb, id string, change func(*anomifyv1.Watcher)) error {
	isThere := true
	err := v.take(ctx, verb+" "+id, func() {
		i := slices.IndexFunc(v.watchers, func(w *anomifyv1.Watcher) bool { return w.GetId() == id })
		if isThere = i >= 0; isThere {
			v.watchers[i] = proto.CloneOf(v.watchers[i])
			change(v.watchers[i])
			v.effects = append(v.effects, verb+" "+id)
		}
	})
	if err == nil && !isThere {
		err = notFound()
	}
	return err
}

// ListExclusions implements anomifyv1.AnomifyServiceServer.
func (v anomifyVendor) ListExclusions(
	ctx context.Context, _ *anomifyv1.ListExclusionsRequest,
) (*anomifyv1.ListExclusionsResponse, error) {
	response := &anomifyv1.ListExclusionsResponse{}
	err := v.take(ctx, "exclusions", func() {
		response.Exclusions = slices.DeleteFunc(slices.Clone(v.exclusions), func(e *anomifyv1.Exclusion) bool { return e == nil })
		if v.isInParts {
			response.Exclusions, response.Rejected = nil, []*anomifyv1.RejectedRecord{{}}
		}
	})
	return response, err
}

// AddExclusion implements anomifyv1.AnomifyServiceServer.
func (v anomifyVendor) AddExclusion(ctx context.Context, r *anomifyv1.AddExclusionRequest) (*anomifyv1.AddExclusionResponse, error) {
	response := &anomifyv1.AddExclusionResponse{}
	err := v.take(ctx, "add exclusion", func() {
		response.Exclusion = &anomifyv1.Exclusion{
			Id: new(strconv.Itoa(len(v.exclusions) + 1)), Type: new(r.GetType()), Value: new(r.GetValue()),
		}
		v.exclusions = append(v.exclusions, response.GetExclusion())
		v.effects = append(v.effects, "add exclusion "+r.GetType()+" "+r.GetValue())
	})
	return response, err
}

// DeleteExclusion implements anomifyv1.AnomifyServiceServer.
func (v anomifyVendor) DeleteExclusion(
	ctx context.Context, r *anomifyv1.DeleteExclusionRequest,
) (*anomifyv1.DeleteExclusionResponse, error) {
	isThere := true
	err := v.take(ctx, "delete exclusion", func() {
		number, _ := strconv.Atoi(r.GetExclusionId())
		if isThere = number > 0 && number <= len(v.exclusions) && v.exclusions[number-1] != nil; isThere {
			v.exclusions[number-1] = nil
			v.effects = append(v.effects, "delete exclusion "+r.GetExclusionId())
		}
	})
	if err == nil && !isThere {
		err = notFound()
	}
	return &anomifyv1.DeleteExclusionResponse{}, err
}

// GetAnomaly implements anomifyv1.AnomifyServiceServer.
func (v anomifyVendor) GetAnomaly(ctx context.Context, r *anomifyv1.GetAnomalyRequest) (*anomifyv1.GetAnomalyResponse, error) {
	response := &anomifyv1.GetAnomalyResponse{Anomaly: &anomifyv1.Anomaly{Id: r.GetAnomalyId()}}
	err := v.take(ctx, "anomaly", func() {
		for range v.trained[r.GetAnomalyId()] {
			response.Anomaly.PendingPatterns = append(response.GetAnomaly().GetPendingPatterns(), structpb.NewStringValue("p"))
		}
	})
	return response, err
}

// TrainAnomaly implements anomifyv1.AnomifyServiceServer.
func (v anomifyVendor) TrainAnomaly(ctx context.Context, r *anomifyv1.TrainAnomalyRequest) (*anomifyv1.TrainAnomalyResponse, error) {
	err := v.take(ctx, "train", func() {
		v.trained[r.GetAnomalyId()]++
		v.effects = append(v.effects, "train "+r.GetAnomalyId())
	})
	return &anomifyv1.TrainAnomalyResponse{Pattern: &anomifyv1.Pattern{Id: new("5")}}, err
}

// GetPattern implements anomifyv1.AnomifyServiceServer.
func (v anomifyVendor) GetPattern(ctx context.Context, r *anomifyv1.GetPatternRequest) (*anomifyv1.GetPatternResponse, error) {
	response := &anomifyv1.GetPatternResponse{}
	err := v.take(ctx, "pattern", func() {
		response.Pattern = &anomifyv1.Pattern{Id: new(r.GetPatternId()), Enabled: new(v.patterns[r.GetPatternId()])}
	})
	return response, err
}

// DisablePattern implements anomifyv1.AnomifyServiceServer.
func (v anomifyVendor) DisablePattern(ctx context.Context, r *anomifyv1.DisablePatternRequest) (*anomifyv1.DisablePatternResponse, error) {
	return &anomifyv1.DisablePatternResponse{}, v.take(ctx, "disable", func() {
		v.patterns[r.GetPatternId()] = false
		v.effects = append(v.effects, "disable "+r.GetPatternId())
	})
}
