package router

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/retry"
)

const (
	// trailEvery is how often a router that stands by looks how far the other one is.
	trailEvery = time.Second
	// thawEvery is how often it looks again at a snapshot that it could not begin with.
	thawEvery = 5 * time.Second
)

// errNotFollowed is why a router that stands by has no state.
var errNotFollowed = errors.New("the snapshot cannot be followed from")

// trail keeps the state of a router that stands by at the place up to which the one
// that decides has judged and published, so that taking over is quick however much
// there is to remember. Nothing is written and nothing done: what follows from the
// events is on the bus already. It ends with ctx. A state that is not the other
// one's for certain is let go; then the take-over begins with the snapshot.
func (r *Router) trail(ctx context.Context) {
	l := r.loop
	l.isTrailing = true
	defer func() { l.isTrailing = false }()
	for retry.Wait(ctx, trailEvery) == nil {
		r.lookAtFiles(ctx)
		if err := l.trail(ctx); err != nil && ctx.Err() == nil {
			l.logger.DebugContext(ctx, "the router that decides could not be followed, trying again", slog.Any("error", err))
		}
	}
}

func (l *loop) trail(ctx context.Context) error {
	stream, err := findStream(ctx, l.bus.JetStream(), bus.StreamEvents)
	if err != nil {
		return err
	}
	judged, err := l.readJudged(ctx)
	if err != nil {
		return err
	}
	info := stream.CachedInfo()
	if !judged.canBeFollowed(info) || l.engine != nil && !l.position.Created.Equal(info.Created) {
		l.engine = nil
		return nil
	}
	if l.engine == nil {
		if err := l.thaw(ctx, stream); err != nil || l.engine == nil {
			return err
		}
	}
	err = l.trailTo(ctx, stream, judged)
	l.status.decided(l.position.Sequence, info.State.LastSeq)
	return err
}

// canBeFollowed reports whether the state of the one that decides is what the
// stream and the recorded inputs come to.
func (j judgedUpTo) canBeFollowed(info *jetstream.StreamInfo) bool {
	return j.Sequence > 0 && j.Created.Equal(info.Created) && j.Sequence <= info.State.LastSeq &&
		j.Doubt == noDoubt && !j.Decisions.Created.IsZero()
}

// thaw takes up the snapshot, if there is one that needs no second look; else the
// engine stays nil.
func (l *loop) thaw(ctx context.Context, stream jetstream.Stream) error {
	if time.Since(l.thawed) < thawEvery {
		return nil
	}
	s, err := loadSnapshot(ctx, l.bus.Snapshots())
	switch {
	case errors.Is(err, jetstream.ErrObjectNotFound):
		return nil
	case errors.Is(err, errDamaged):
		l.thawed = time.Now()
		return nil
	case err != nil:
		return err
	}
	l.thawed = time.Now()
	reason, err := foreign(ctx, stream, s.Events)
	switch {
	case err != nil:
		return err
	case reason != "":
		return fmt.Errorf("%w: %s", errNotFollowed, reason)
	case s.Doubt != noDoubt:
		return fmt.Errorf("%w: it is in doubt: %s", errNotFollowed, s.Doubt)
	case stream.CachedInfo().State.FirstSeq > s.Events.Sequence+1:
		return fmt.Errorf("%w: events after it have left the stream", errNotFollowed)
	}
	rules, err := l.keptRules(ctx, s.RuleSet)
	if err != nil || rules == nil {
		return errors.Join(err, errNotFollowed)
	}
	restored, err := engine.Restore(rules.Set, l.settings, s.Engine)
	if err != nil {
		return errors.Join(errNotFollowed, err)
	}
	l.begin(rules, restored, s, noDoubt)
	return nil
}

// trailTo takes events, recorded inputs and what was due, as far as the other one
// has. Inputs that it records meanwhile are not looked at: they may come after events
// that we do not know of yet. Whatever stops it, the state stays one at a place among
// them.
func (l *loop) trailTo(ctx context.Context, stream jetstream.Stream, judged judgedUpTo) error {
	if judged.Sequence < l.position.Sequence || judged.Inputs.Sequence < l.recorded.position.Sequence {
		return nil // the snapshot or an earlier mark went further
	}
	if err := l.openInputsUpTo(ctx, stream.CachedInfo().Created, judged.Sequence, judged.Inputs.Sequence); err != nil {
		return err
	}
	if err := l.trailEvents(ctx, stream, judged); err != nil {
		return err
	}
	if err := l.trailInputs(ctx, judged.Sequence+1); err != nil {
		return err
	}
	l.engine.Advance(judged.Clock)
	l.outbox.end = judged.Decisions
	return nil
}

// trailEvents takes the events up to the judged one, and the inputs before each.
func (l *loop) trailEvents(ctx context.Context, stream jetstream.Stream, judged judgedUpTo) error {
	if judged.Sequence == l.position.Sequence {
		return nil
	}
	r, err := openReader(ctx, stream, l.position.Sequence+1, l.bus.JetStream().Conn().MaxPayload(), nil)
	if err != nil {
		return err
	}
	defer r.close(ctx)
	var batch []item
	for came := time.Now(); l.position.Sequence < judged.Sequence; {
		if batch, err = r.take(ctx, trailEvery, batch); err == nil {
			err = ctx.Err()
		}
		switch {
		case err != nil:
			return err
		case len(batch) > 0:
			came = time.Now()
			err = l.trailBatch(ctx, batch, judged)
		case time.Since(came) > stallTime:
			err = l.trailGap(ctx, r, judged)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// trailGap goes on where the last events that were judged are not on the stream any
// more.
func (l *loop) trailGap(ctx context.Context, r *reader, judged judgedUpTo) error {
	hasAll, err := r.hasAll(ctx)
	if err != nil {
		return err
	}
	if !hasAll {
		return errStalled
	}
	l.position.Sequence, l.position.Stored = judged.Sequence, time.Time{}
	return nil
}

func (l *loop) trailBatch(ctx context.Context, batch []item, judged judgedUpTo) error {
	for i := range batch {
		it := &batch[i]
		if it.sequence > judged.Sequence {
			l.position.Sequence, l.position.Stored = judged.Sequence, time.Time{} // the last ones were removed
			return nil
		}
		if err := l.trailInputs(ctx, it.sequence); err != nil {
			return err
		}
		l.ask(it)
		l.position.Sequence, l.position.Stored = it.sequence, it.stored
	}
	return nil
}

// trailInputs takes the recorded inputs that stand before the event. One that names rules that are not kept ends the trail.
func (l *loop) trailInputs(ctx context.Context, before uint64) error {
	for l.recorded.next != nil && l.recorded.next.GetAfterSequence() < before {
		if err := l.replayOne(ctx); err != nil {
			return err
		}
		if l.doubt != noDoubt {
			l.engine = nil
			return errNoSet
		}
	}
	return nil
}
