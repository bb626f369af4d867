package action

import (
	"context"
	"slices"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
)

// anomifyEffect returns what an action at Anomify asks for, nil for any other.
func (x *Executor) anomifyEffect(a *actionv1.Action) *effect {
	source := a.GetSource()
	switch o := a.GetOperation().(type) {
	case *actionv1.Action_CreateWatcher:
		return x.createWatcher(source, o.CreateWatcher)
	case *actionv1.Action_UpdateWatcher:
		return x.updateWatcher(source, o.UpdateWatcher)
	case *actionv1.Action_DeleteWatcher:
		return x.deleteWatcher(source, o.DeleteWatcher.GetWatcherId())
	case *actionv1.Action_UndeleteWatcher:
		return x.undeleteWatcher(source, o.UndeleteWatcher.GetWatcherId())
	case *actionv1.Action_AddExclusion:
		return x.addExclusion(source, o.AddExclusion)
	case *actionv1.Action_DeleteExclusion:
		return x.deleteExclusion(source, o.DeleteExclusion.GetExclusionId())
	case *actionv1.Action_TrainAnomaly:
		return x.trainAnomaly(source, o.TrainAnomaly)
	case *actionv1.Action_DisablePattern:
		return x.disablePattern(source, o.DisablePattern.GetPatternId())
	default:
		return nil
	}
}

// createWatcher is found again by the suffix of its name. One that was deleted by
// hand is made again by another firing of the rule only.
func (x *Executor) createWatcher(source string, o *actionv1.CreateWatcher) *effect {
	mark := markOf(o.GetName())
	return &effect{
		did: "created", noun: "watcher", already: detailExists, makes: true, until: o.GetUntil(),
		look: func(ctx context.Context) (sight, error) {
			watchers, isWhole, err := x.listWatchers(ctx, source)
			found := sight{state: stateAbsent, isPartial: !isWhole}
			for _, w := range watchers {
				switch {
				case markOf(w.GetName()) != mark:
				case !w.GetDeleted():
					return sight{state: statePresent, isThere: true, made: w.GetId()}, err
				default:
					found.state, found.wasThere = stateDeleted, true
				}
			}
			return found, err
		},
		ask: func(ctx context.Context) (made string, err error) {
			err = x.onAnomify(ctx, source, func(ctx context.Context, client anomifyv1.AnomifyServiceClient) error {
				response, err := client.CreateWatcher(ctx, &anomifyv1.CreateWatcherRequest{
					Source: source, Name: o.GetName(), Chips: o.GetChips(), Alert: o.GetAlert(),
				})
				made = response.GetWatcher().GetId()
				return err
			})
			return made, err
		},
	}
}

func (x *Executor) updateWatcher(source string, o *actionv1.UpdateWatcher) *effect {
	isSo := func(w *anomifyv1.Watcher) bool {
		return (o.GetName() == "" || w.GetName() == o.GetName()) &&
			(len(o.GetChips()) == 0 || slices.Equal(w.GetChips(), o.GetChips())) &&
			(o.Alert == nil || w.GetAlert() == o.GetAlert())
	}
	return x.watcherEffect(source, o.GetWatcherId(), "changed", isSo,
		func(ctx context.Context, client anomifyv1.AnomifyServiceClient) error {
			_, err := client.UpdateWatcher(ctx, &anomifyv1.UpdateWatcherRequest{
				Source: source, WatcherId: o.GetWatcherId(), Name: o.GetName(), Chips: o.GetChips(), Alert: o.Alert,
			})
			return err
		})
}

func (x *Executor) deleteWatcher(source, id string) *effect {
	return x.watcherEffect(source, id, "deleted", (*anomifyv1.Watcher).GetDeleted,
		func(ctx context.Context, client anomifyv1.AnomifyServiceClient) error {
			_, err := client.DeleteWatcher(ctx, &anomifyv1.DeleteWatcherRequest{Source: source, WatcherId: id})
			return err
		})
}

func (x *Executor) undeleteWatcher(source, id string) *effect {
	return x.watcherEffect(source, id, "brought back", func(w *anomifyv1.Watcher) bool { return !w.GetDeleted() },
		func(ctx context.Context, client anomifyv1.AnomifyServiceClient) error {
			_, err := client.UndeleteWatcher(ctx, &anomifyv1.UndeleteWatcherRequest{Source: source, WatcherId: id})
			return err
		})
}

// watcherEffect changes the watcher of that id; isSo tells that it is as it shall
// be.
func (x *Executor) watcherEffect(
	source, id, did string, isSo func(*anomifyv1.Watcher) bool,
	change func(context.Context, anomifyv1.AnomifyServiceClient) error,
) *effect {
	return &effect{
		did: did,
		look: func(ctx context.Context) (sight, error) {
			watchers, isWhole, err := x.listWatchers(ctx, source)
			if err != nil {
				return sight{}, err
			}
			for _, w := range watchers {
				if w.GetId() == id {
					return sight{state: stateOf(w.GetDeleted(), stateDeleted, statePresent), isThere: isSo(w)}, nil
				}
			}
			return sight{}, absent("watcher", id, isWhole)
		},
		ask: func(ctx context.Context) (string, error) { return "", x.onAnomify(ctx, source, change) },
	}
}

// addExclusion is found again by its type and value.
func (x *Executor) addExclusion(source string, o *actionv1.AddExclusion) *effect {
	return &effect{
		did: "added", noun: "exclusion", already: detailExists, makes: true, until: o.GetUntil(),
		look: func(ctx context.Context) (sight, error) {
			exclusions, isWhole, err := x.listExclusions(ctx, source)
			for _, e := range exclusions {
				if e.GetType() == o.GetType() && e.GetValue() == o.GetValue() {
					return sight{state: statePresent, isThere: true, made: e.GetId()}, err
				}
			}
			return sight{state: stateAbsent, isPartial: !isWhole}, err
		},
		ask: func(ctx context.Context) (made string, err error) {
			err = x.onAnomify(ctx, source, func(ctx context.Context, client anomifyv1.AnomifyServiceClient) error {
				response, err := client.AddExclusion(ctx, &anomifyv1.AddExclusionRequest{
					Source: source, Type: o.GetType(), Value: o.GetValue(),
				})
				made = response.GetExclusion().GetId()
				return err
			})
			return made, err
		},
	}
}

func (x *Executor) deleteExclusion(source, id string) *effect {
	return &effect{
		did: "deleted", deletes: true,
		look: func(ctx context.Context) (sight, error) {
			exclusions, isWhole, err := x.listExclusions(ctx, source)
			if err != nil {
				return sight{}, err
			}
			if slices.ContainsFunc(exclusions, func(e *anomifyv1.Exclusion) bool { return e.GetId() == id }) {
				return sight{state: statePresent}, nil
			}
			return sight{}, absent("exclusion", id, isWhole)
		},
		ask: func(ctx context.Context) (string, error) {
			return "", x.onAnomify(ctx, source, func(ctx context.Context, client anomifyv1.AnomifyServiceClient) error {
				_, err := client.DeleteExclusion(ctx, &anomifyv1.DeleteExclusionRequest{Source: source, ExclusionId: id})
				return err
			})
		},
	}
}

// trainAnomaly is there when the anomaly has a pattern: trained twice, it would
// have two.
func (x *Executor) trainAnomaly(source string, o *actionv1.TrainAnomaly) *effect {
	return &effect{
		did: "trained", noun: "pattern", makes: true,
		look: func(ctx context.Context) (sight, error) {
			var anomaly *anomifyv1.Anomaly
			err := x.onAnomify(ctx, source, func(ctx context.Context, client anomifyv1.AnomifyServiceClient) error {
				response, err := client.GetAnomaly(ctx, &anomifyv1.GetAnomalyRequest{Source: source, AnomalyId: o.GetAnomalyId()})
				anomaly = response.GetAnomaly()
				return err
			})
			if err == nil && anomaly == nil {
				err = errEmptyAnswer
			}
			return sight{state: stateAbsent, isThere: len(anomaly.GetPatterns())+len(anomaly.GetPendingPatterns()) > 0}, err
		},
		ask: func(ctx context.Context) (made string, err error) {
			err = x.onAnomify(ctx, source, func(ctx context.Context, client anomifyv1.AnomifyServiceClient) error {
				response, err := client.TrainAnomaly(ctx, &anomifyv1.TrainAnomalyRequest{
					Source: source, AnomalyId: o.GetAnomalyId(), Label: o.GetLabel(),
				})
				made = response.GetPattern().GetId()
				return err
			})
			return made, err
		},
	}
}

func (x *Executor) disablePattern(source, id string) *effect {
	return &effect{
		did: "disabled",
		look: func(ctx context.Context) (sight, error) {
			var pattern *anomifyv1.Pattern
			err := x.onAnomify(ctx, source, func(ctx context.Context, client anomifyv1.AnomifyServiceClient) error {
				response, err := client.GetPattern(ctx, &anomifyv1.GetPatternRequest{Source: source, PatternId: id})
				pattern = response.GetPattern()
				return err
			})
			if err == nil && pattern == nil {
				err = errEmptyAnswer
			}
			return sight{state: stateActive, isThere: !pattern.GetEnabled()}, err
		},
		ask: func(ctx context.Context) (string, error) {
			return "", x.onAnomify(ctx, source, func(ctx context.Context, client anomifyv1.AnomifyServiceClient) error {
				_, err := client.DisablePattern(ctx, &anomifyv1.DisablePatternRequest{Source: source, PatternId: id})
				return err
			})
		},
	}
}
