package router

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/services/router/engine"
)

// locate finds out where to go on and returns the stream: where the loop
// stands, where the snapshot stands if the loop has just begun, or at the
// beginning of the stream if that is another one than what was decided.
func (l *loop) locate(ctx context.Context) (jetstream.Stream, error) {
	stream, err := findStream(ctx, l.bus.JetStream(), bus.StreamEvents)
	if err != nil {
		return nil, err
	}
	if err := l.ensureKept(ctx); err != nil {
		return nil, err
	}
	if l.engine == nil {
		if err := l.restore(ctx, stream); err != nil {
			return nil, err
		}
	} else {
		reason, err := foreign(ctx, stream, l.position)
		if err != nil {
			return nil, err
		}
		if reason != "" {
			l.startOver(ctx, overForeign, errors.New(reason))
		}
	}
	info := stream.CachedInfo()
	l.position.Created = info.Created
	if first := info.State.FirstSeq; l.position.Sequence > 0 && first > l.position.Sequence+1 {
		missed := first - l.position.Sequence - 1
		l.metrics.missed.Add(float64(missed))
		l.logger.ErrorContext(ctx, "events left the stream before they could be decided; going on with the first there is",
			slog.Uint64("missed", missed), slog.Uint64("first_sequence", first))
		l.position = position{Sequence: first - 1, Created: info.Created}
	}
	return stream, nil
}

// restore takes up the snapshot, if there is one that can be read and that
// belongs to the stream.
func (l *loop) restore(ctx context.Context, stream jetstream.Stream) error {
	s, err := loadSnapshot(ctx, l.bus.Snapshots())
	switch {
	case errors.Is(err, jetstream.ErrObjectNotFound):
		l.startOver(ctx, overMissing, err)
		return nil
	case errors.Is(err, errDamaged):
		l.startOver(ctx, overDamaged, err)
		return nil
	case err != nil:
		return err
	}
	reason, err := foreign(ctx, stream, s.Events)
	if err != nil {
		return err
	}
	if reason != "" {
		l.startOver(ctx, overForeign, errors.New(reason))
		return nil
	}
	return l.goOn(ctx, s)
}

// goOn takes up the snapshot by the rules that decided then, where they are kept:
// so what was decided after it is decided again, alike. Else those that shall
// decide take its state over, and what they decide is in doubt.
func (l *loop) goOn(ctx context.Context, s snapshot) error {
	rules, err := l.keptRules(ctx, s.RuleSet)
	if err != nil {
		return err
	}
	why := s.Doubt
	if rules == nil {
		rules = l.wanted
		if why == noDoubt {
			why = rulesDoubt
		}
	}
	restored, err := engine.Restore(rules.Set, l.settings, s.Engine)
	if err != nil {
		l.startOver(ctx, overDamaged, err)
		return nil
	}
	l.begin(rules, restored, s, why)
	l.logger.InfoContext(ctx, "state restored from the snapshot",
		slog.Uint64("sequence", s.Events.Sequence), slog.String("rule_set", s.RuleSet))
	return nil
}

// startOver goes over the stream from its beginning, and over the inputs that
// were recorded. What had been decided is decided again, alike: the ledger knows
// the actions, and the decisions that are on their stream are not published
// again. What had not is history, up to the last event that had been decided.
func (l *loop) startOver(ctx context.Context, reason string, cause error) {
	l.metrics.startsOver.WithLabelValues(reason).Inc()
	if reason == overMissing { // as at the first start of all
		l.logger.InfoContext(ctx, "there is no snapshot, deciding the stream from its beginning")
	} else {
		l.logger.WarnContext(ctx, "no snapshot to go on from, deciding the stream from its beginning",
			slog.String("reason", reason), slog.Any("error", cause))
	}
	l.begin(l.wanted, engine.New(l.wanted.Set, l.settings), snapshot{}, stateDoubt)
	l.isUnnamed, l.changed = true, true
}

// begin sets the loop to a state and lets what follows from it be compared
// with what is published already.
func (l *loop) begin(rules *Rules, e *engine.Engine, at snapshot, why doubt) {
	l.engine, l.position, l.doubt = e, at.Events, why
	l.stats, l.behind = e.Stats(), 0
	l.outbox.end, l.recorded.position = at.Decisions, at.Inputs
	l.isCompared, l.isUnnamed = false, false
	l.rules = rules
	l.origins.follow(rules.Set)
	l.tellRules(byStart)
}

// compare collects what former processes, or this one before the bus went
// away, have recorded and published beyond the state at hand. The time from which on
// nothing of it can come any more is the server's.
func (l *loop) compare(ctx context.Context, stream jetstream.Stream) error {
	if l.isCompared {
		return nil
	}
	if err := l.openInputs(ctx, stream.CachedInfo()); err != nil {
		return err
	}
	h := &historian{stream: stream.CachedInfo(), other: idSet{}}
	var err error
	if h.version, err = l.lastRules(ctx); err != nil {
		return err
	}
	decisions, end, err := decisionsSince(ctx, l.bus.JetStream(), l.outbox.end, h.look)
	if err != nil {
		return err
	}
	if err := l.learn(ctx, stream, h); err != nil {
		return err
	}
	letters, err := lettersOfRouter(ctx, l.bus.JetStream())
	if err != nil {
		return err
	}
	l.outbox.known, l.outbox.knownEnd, l.morgue.known = decisions, end, letters
	l.replayedAt = stream.CachedInfo().TimeStamp
	l.isCompared = true
	return nil
}

// lastRules returns the version of the rules by which the last known event was
// decided.
func (l *loop) lastRules(ctx context.Context) (string, error) {
	if l.recorded.next == nil {
		return l.rules.Version(), nil
	}
	version, err := l.lastSwitch(ctx)
	if version == "" {
		version = l.rules.Version()
	}
	return version, err
}

// forget lets go of what compare has collected, once everything that former
// processes can have decided has been decided again: the stream as it was then
// has been read, and no judgement waits that was due by then.
func (l *loop) forget() {
	if l.outbox.known == nil || !l.hasCaughtUp || l.recorded.next != nil {
		return
	}
	if due, waits := l.engine.Next(); waits && !due.After(l.replayedAt) {
		return
	}
	l.outbox.forget()
	l.morgue.known, l.history, l.doubt = nil, history{}, noDoubt
	l.changed = true // the next process need not compare as much
}

// foreign says why the position does not belong to the stream, "" if it does.
// A message that the stream no longer keeps proves nothing.
func foreign(ctx context.Context, stream jetstream.Stream, at position) (string, error) {
	info := stream.CachedInfo()
	switch {
	case at.Sequence == 0:
		return "", nil
	case !at.Created.Equal(info.Created):
		return "the stream was created again", nil
	case info.State.LastSeq < at.Sequence:
		return fmt.Sprintf("the stream ends at %d, before the last decided event %d", info.State.LastSeq, at.Sequence), nil
	case info.State.FirstSeq > at.Sequence || at.Stored.IsZero():
		return "", nil
	}
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	msg, err := stream.GetMsg(ctx, at.Sequence)
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("read the last decided event %d: %w", at.Sequence, err)
	case !msg.Time.Equal(at.Stored):
		return fmt.Sprintf("the event at %d is another one", at.Sequence), nil
	default:
		return "", nil
	}
}
