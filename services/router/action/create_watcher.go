package action

import (
	"context"
	"fmt"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
	"github.com/signalbox-io/signalbox/services/router/ledger"
)

// What a look at the list of watchers may find under the action's name.
const (
	watcherAbsent  = "absent"
	watcherDeleted = "deleted"
	watcherLive    = "live"
)

// createWatcher creates the watcher unless one of its name is there. Creating is
// not idempotent at the vendor: each attempt begins with a look at the list, and
// one of unknown outcome is not repeated before a call can have ended. One that
// was deleted by hand is made again by another firing of the rule only.
func (x *Executor) createWatcher(ctx context.Context, r ledger.Record, t *turn) (ledger.Record, error) {
	a, isFresh, isGivenUp := r.Action, r.State() == pending, x.isGivenUp(t, x.opts.WatcherGiveUpAfter)
	if isFresh && isGivenUp {
		return x.end(ctx, r, failed, givenUp(a, x.opts.WatcherGiveUpAfter))
	}
	found, err := x.findWatcher(ctx, a)
	switch {
	case err != nil && !isGivenUp:
		return x.unread(ctx, r, t, err)
	case err != nil:
		return x.end(ctx, r, failed, givenUp(a, x.opts.WatcherGiveUpAfter)+detailMayExist)
	case found == watcherLive && isFresh:
		return x.end(ctx, r, done, detailExists)
	case found == watcherLive:
		return x.end(ctx, r, done, detailCreatedReadBack)
	case found == watcherDeleted && a.GetStateBefore() == watcherAbsent && !isFresh:
		return x.end(ctx, r, done, detailCreatedDeleted)
	case x.mayStillHappen(r, t):
		return r, nil
	case isGivenUp:
		return x.end(ctx, r, failed, givenUp(a, x.opts.WatcherGiveUpAfter))
	default:
		return x.createAbsent(ctx, r, t, found)
	}
}

// createAbsent asks for the watcher.
func (x *Executor) createAbsent(ctx context.Context, r ledger.Record, t *turn, found string) (ledger.Record, error) {
	a, was := r.Action, r.State()
	r, err := x.attempt(ctx, r, found)
	if err != nil {
		return r, err
	}
	var created *anomifyv1.Watcher
	err = x.onAnomify(ctx, a.GetSource(), func(ctx context.Context, client anomifyv1.AnomifyServiceClient) error {
		w := a.GetCreateWatcher()
		response, err := client.CreateWatcher(ctx, &anomifyv1.CreateWatcherRequest{
			Source: a.GetSource(), Name: w.GetName(), Chips: w.GetChips(), Alert: w.GetAlert(),
		})
		created = response.GetWatcher()
		return err
	})
	if err != nil {
		return x.settle(ctx, r, t, was, err)
	}
	return x.end(ctx, r, done, fmt.Sprintf(detailCreated, created.GetId()))
}

// findWatcher looks the action's name up at the vendor.
func (x *Executor) findWatcher(ctx context.Context, a *actionv1.Action) (string, error) {
	found := watcherAbsent
	err := x.onAnomify(ctx, a.GetSource(), func(ctx context.Context, client anomifyv1.AnomifyServiceClient) error {
		response, err := client.ListWatchers(ctx, &anomifyv1.ListWatchersRequest{Source: a.GetSource()})
		for _, w := range response.GetWatchers() {
			switch {
			case w.GetName() != a.GetCreateWatcher().GetName():
			case !w.GetDeleted():
				found = watcherLive
			case found == watcherAbsent:
				found = watcherDeleted
			}
		}
		return err
	})
	return found, err
}
