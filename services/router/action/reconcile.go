package action

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	"github.com/signalbox-io/signalbox/services/router/lease"
)

// reconcile compares the leases with the vendors' state, again and again: by one
// list of each kind of target of each source, whatever the number of leases.
func (x *Executor) reconcile(ctx context.Context) {
	ticker := time.NewTicker(x.opts.ReconcileEvery)
	defer ticker.Stop()
	search := &orphans{}
	for {
		select {
		case <-x.quit:
			return
		case <-ticker.C:
		}
		x.logUncompared(ctx, x.findOrphans(ctx, search))
		var comparing sync.WaitGroup // a source that hangs keeps no other waiting
		for of, leases := range x.leasesByKind() {
			comparing.Go(func() { x.compare(ctx, of, leases) })
		}
		comparing.Wait()
	}
}

// kindOf names the targets that one list of a source shows.
type kindOf struct{ source, prefix string }

// leasesByKind sorts the active leases by what lists show. Those that are over are
// not among them: they are ended, whatever became of their timers.
func (x *Executor) leasesByKind() map[kindOf][]*actionv1.Lease {
	sorted := map[kindOf][]*actionv1.Lease{}
	leases := x.leases.List()
	x.keepDoubts(leases)
	for _, l := range leases {
		if !l.GetUntil().AsTime().After(x.opts.Now()) {
			x.enqueueEnd(lease.KeyOf(l))
			continue
		}
		prefix, _, _ := strings.Cut(l.GetTarget(), ":")
		of := kindOf{source: l.GetSource(), prefix: prefix + ":"}
		sorted[of] = append(sorted[of], l)
	}
	return sorted
}

// inspect has a lease looked at in its lane. One whose lane is busy is looked at
// the next time.
func (x *Executor) inspect(l *actionv1.Lease) {
	if key := lease.KeyOf(l); x.isIdle(key) {
		x.enqueue(key, job{kind: leaseCheck})
	}
}

// compare lists what the leases of one kind hold and has those inspected that the
// list does not show to stand. Of those only some are, lest a list that shows
// nothing use up what the source takes.
func (x *Executor) compare(ctx context.Context, of kindOf, leases []*actionv1.Lease) {
	standing, err := x.listStanding(ctx, of)
	if err != nil {
		x.logUncompared(ctx, err, slog.String("source", of.source), slog.String("targets", of.prefix))
		return
	}
	most := mostInspected
	if of.prefix == streamPrefix {
		most = mostStreamsInspected
	}
	for _, l := range leases {
		switch {
		case standing[x.idOf(l)]:
			x.doubt(lease.KeyOf(l), finding{})
		case most > 0:
			most--
			x.inspect(l)
		}
	}
}

// logUncompared tells of leases that are compared the next time, if there is an
// error.
func (x *Executor) logUncompared(ctx context.Context, err error, attrs ...any) {
	if err != nil && !x.stopping() {
		x.logger.DebugContext(ctx, "leases could not be compared with the vendor", append(attrs, slog.Any("error", err))...)
	}
}

// How many leases of a kind and source are read one by one in a comparison. The
// vendor takes ten reads of data streams a minute, also those that actions wait
// for.
const (
	mostInspected        = 50
	mostStreamsInspected = 2
)

// idOf is the vendor's id of what the lease holds.
func (x *Executor) idOf(l *actionv1.Lease) string {
	if id := l.GetMadeId(); id != "" {
		return id
	}
	_, id, _ := strings.Cut(l.GetTarget(), ":")
	return id
}

// listStanding returns the ids of what a source shows as paused, or as made and
// not deleted.
func (x *Executor) listStanding(ctx context.Context, of kindOf) (map[string]bool, error) {
	standing := map[string]bool{}
	var err error
	switch of.prefix {
	case alertPrefix:
		alerts, _, listErr := x.listAlerts(ctx, of.source)
		for _, alert := range alerts {
			standing[alert.GetId()] = alert.GetPaused()
		}
		err = listErr
	case streamPrefix:
		err = x.onAnodot(ctx, of.source, func(ctx context.Context, client anodotv1.AnodotServiceClient) error {
			response, err := client.FindDataStreams(ctx, &anodotv1.FindDataStreamsRequest{Source: of.source})
			for _, stream := range response.GetDataStreams() {
				standing[stream.GetId()] = stream.GetPaused()
			}
			return err
		})
	case watcherPrefix:
		watchers, _, listErr := x.listWatchers(ctx, of.source)
		for _, w := range watchers {
			standing[w.GetId()] = !w.GetDeleted()
		}
		err = listErr
	case exclusionPrefix:
		exclusions, _, listErr := x.listExclusions(ctx, of.source)
		for _, e := range exclusions {
			standing[e.GetId()] = true
		}
		err = listErr
	}
	return standing, err
}

// check compares the target's lease with the vendor's state: one that is over is
// ended, one whose target somebody resumed or deleted by hand is overridden.
// Vendors may show a change late, so it takes two readings in a row to believe
// that. A target that is not found keeps its lease: whether it is gone shows at the
// end.
func (x *Executor) check(ctx context.Context, key lease.Key) error {
	l := x.leases.Active(key)
	if l == nil {
		return nil
	}
	if !l.GetUntil().AsTime().After(x.opts.Now()) {
		return x.over(ctx, key)
	}
	release, isWorthIt, err := x.acquireToCompare(l)
	if err != nil || !isWorthIt {
		return err
	}
	defer release()
	e := x.effectOf(undoOf(l))
	seen, err := e.look(ctx)
	switch {
	case err != nil && !isGone(err):
		x.logUncompared(ctx, err, slog.String("source", key.Source), slog.String("target", key.Target))
		return nil
	case err == nil && !seen.isThere:
		x.doubt(key, finding{})
		return nil
	default:
		return x.suspect(ctx, l, e, finding{lease: l.GetId(), gone: isGone(err)})
	}
}

// suspect takes note of a finding, and acts on the second of a kind in a row.
func (x *Executor) suspect(ctx context.Context, l *actionv1.Lease, e *effect, seen finding) error {
	key := lease.KeyOf(l)
	isSecond := x.doubt(key, seen) == seen
	attrs := []any{
		slog.String("source", key.Source), slog.String("target", key.Target), slog.String("lease_id", l.GetId()),
	}
	switch {
	case seen.gone && !isSecond:
		x.drifted(ctx, DriftGone, l, detailNotFound)
		x.logger.WarnContext(ctx, "target of a lease is not found at the vendor; the lease stays to its end", attrs...)
		return nil
	case seen.gone || !isSecond:
		return nil
	}
	x.doubt(key, finding{})
	x.drifted(ctx, DriftOverridden, l, byHand(e)) // before the lease ends: whoever is killed in between tells it again
	x.logger.InfoContext(ctx, "lease ends before its time", append(attrs, slog.String("reason", byHand(e)))...)
	return x.leases.Close(ctx, l, leaseOverridden, byHand(e))
}
