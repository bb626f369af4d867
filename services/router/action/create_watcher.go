package action

import (
	"context"
	"fmt"
	"strings"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
	"github.com/signalbox-io/signalbox/services/router/ledger"
)

// What a look at the list of watchers may find under the mark of the action's.
const (
	watcherAbsent  = "absent"
	watcherDeleted = "deleted"
	watcherLive    = "live"
)

// createWatcher creates the watcher unless one of its mark is there. Creating is
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

// watcherMark returns by which part of its name a watcher is found again: the
// suffix `[sb-…]`, which is the same for all firings of a key while the rest may
// tell of the event, or the name if it has none.
func watcherMark(name string) string {
	if i := strings.LastIndex(name, "[sb-"); i >= 0 && strings.HasSuffix(name, "]") {
		return name[i:]
	}
	return name
}

// findWatcher looks the action's watcher up at the vendor.
func (x *Executor) findWatcher(ctx context.Context, a *actionv1.Action) (string, error) {
	found, mark := watcherAbsent, watcherMark(a.GetCreateWatcher().GetName())
	err := x.onAnomify(ctx, a.GetSource(), func(ctx context.Context, client anomifyv1.AnomifyServiceClient) error {
		response, err := client.ListWatchers(ctx, &anomifyv1.ListWatchersRequest{Source: a.GetSource()})
		for _, w := range response.GetWatchers() {
			switch {
			case watcherMark(w.GetName()) != mark:
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
